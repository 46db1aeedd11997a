"""Who is looked at when: spread over the interval, the same after each start, and nobody forgotten."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from meterhold.engine.rounds import Rounds, next_place

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EVERY_S = 3600.0


@given(
    meter_id=st.text(min_size=1, max_size=64),
    now=st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    every_s=st.floats(min_value=1, max_value=7 * 86_400),
)
def test_a_place_comes_once_an_interval(meter_id: str, now: datetime, every_s: float) -> None:
    """After now, no later than an interval from now, and an interval after the one before."""
    first = next_place(meter_id, now, every_s)
    assert timedelta(0) < first - now <= timedelta(seconds=every_s * 1.001)
    second = next_place(meter_id, first + timedelta(milliseconds=1), every_s)
    assert abs((second - first).total_seconds() - every_s) < 0.01


def test_places_are_spread_over_the_interval_and_the_same_after_each_start() -> None:
    """A thousand meters: every tenth of the hour has about a tenth of them."""
    names = [f"E-{n}" for n in range(1000)]
    places = [next_place(name, NOON, EVERY_S) for name in names]
    tenths = Counter(int((place - NOON).total_seconds() * 10 / EVERY_S) for place in places)
    assert all(70 <= tenths[n] <= 130 for n in range(10)), tenths
    assert places == [next_place(name, NOON, EVERY_S) for name in names]


def test_the_longest_due_comes_first_and_each_once() -> None:
    """What is not due yet is not handed out."""
    rounds = Rounds()
    for n, name in enumerate(("late", "later", "not yet")):
        rounds.enter(name, "line", NOON + timedelta(seconds=n))
    now = NOON + timedelta(seconds=1)
    assert [rounds.take("line", now) for _ in range(3)] == ["late", "later", None]
    assert rounds.take("another line", now) is None
    assert rounds.late_s("line", NOON + timedelta(seconds=3)) == 3


def test_a_new_plan_takes_the_place_of_the_old_one() -> None:
    """Hurried is sooner only, and who has left is not handed out."""
    rounds = Rounds()
    rounds.enter("E-1", "line", NOON + timedelta(hours=1))
    assert rounds.hurry("E-1", NOON + timedelta(hours=2)) == "line"
    assert rounds.due_at("E-1") == NOON + timedelta(hours=1)
    assert rounds.hurry("E-1", NOON) == "line"
    assert rounds.take("line", NOON) == "E-1"
    rounds.leave("E-1")
    assert "E-1" not in rounds
    assert rounds.take("line", NOON + timedelta(hours=2)) is None
    assert rounds.hurry("E-1", NOON) is None


def test_holds_that_come_and_go_leave_no_plans_behind() -> None:
    """Ten thousand of them at one meter cost what one costs; who is there stays in its place."""
    rounds = Rounds()
    rounds.enter("E-0", "line", NOON)
    for n in range(10_000):
        rounds.enter("E-1", "line", NOON + timedelta(hours=1, seconds=n))
        rounds.leave("E-1")
    assert len(rounds._queues["line"]) < 100
    assert rounds.take("line", NOON + timedelta(hours=9)) == "E-0"
    assert rounds.take("line", NOON + timedelta(hours=9)) is None
