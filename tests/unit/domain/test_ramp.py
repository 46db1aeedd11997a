"""How fast a feeder is loaded again: no minute bears more than it may, moments are random, lone homes come at once."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from meterhold.domain.ramp import (
    MassRestore,
    Moving,
    Planned,
    Sent,
    ahead,
    free_at,
    in_travel,
    next_moment,
    planned,
    sent,
    spread_of,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RULE = MassRestore(above=10, per_minute=20)


def after(seconds: float) -> datetime:
    """A moment after noon."""
    return NOON + timedelta(seconds=seconds)


@given(st.lists(st.floats(0, 30), max_size=200), st.integers(1, 12))
def test_no_minute_bears_more_than_it_may(waits: list[float], per_minute: int) -> None:
    """Whatever asks when: each is sent when it is free, and then no 60 seconds hold more than the cap."""
    known: tuple[Sent, ...] = ()
    moments: list[datetime] = []
    now = NOON
    for wait in waits:
        now += timedelta(seconds=wait)
        now = free_at(known, now, per_minute)
        known = sent(known, now)
        moments.append(now)
    for n, first in enumerate(moments):
        inside = [one for one in moments[n:] if one - first < timedelta(minutes=1)]
        assert len(inside) <= per_minute


@given(st.lists(st.floats(0, 3), max_size=300))
def test_what_is_counted_stays_small(waits: list[float]) -> None:
    """A row holds at most a minute of seconds, however much is sent."""
    known: tuple[Sent, ...] = ()
    now = NOON
    for wait in waits:
        now += timedelta(seconds=wait)
        known = sent(known, now)
        assert len(known) <= 62


def test_a_minute_takes_what_is_planned_for_it_and_the_next_one_the_rest() -> None:
    """A hundred at once fill seven minutes, and each moment lies within its minute."""
    known: tuple[Planned, ...] = ()
    per_minute: dict[datetime, int] = {}
    for n in range(100):
        due_at = next_moment(known, NOON, RULE.planned_a_minute, 5, spread_of(f"H-{n}"))
        known = planned(known, NOON, due_at, 5)
        minute = due_at.replace(second=0, microsecond=0)
        per_minute[minute] = per_minute.get(minute, 0) + 1
    assert sorted(per_minute) == [after(60 * n) for n in range(7)]
    assert max(per_minute.values()) == RULE.planned_a_minute == 15


def test_the_more_urgent_do_not_stand_behind_the_others() -> None:
    """They share minutes only with each other; the others then wait when they are sent."""
    known: tuple[Planned, ...] = ()
    for n in range(60):
        known = planned(known, NOON, next_moment(known, NOON, 15, 5, spread_of(str(n))), 5)
    assert ahead(known, NOON, 5) == 60
    assert ahead(known, NOON, 9) == 0
    assert next_moment(known, NOON, 15, 9, 0.5) == after(30)
    assert next_moment(known, NOON, 15, 5, 0.5) >= after(240)


def test_what_is_over_is_let_go_of() -> None:
    """Two minutes later nothing stands before anybody, and the row is empty again."""
    known = planned((), NOON, NOON, 5)
    assert ahead(known, after(61), 5) == 1
    assert ahead(known, after(121), 5) == 0
    assert len(planned(known, after(121), after(121), 5)) == 1


def test_chance_is_even_and_nobody_s_to_choose() -> None:
    """Names give numbers that fill the minute evenly; the same name gives the same number."""
    drawn = [spread_of(f"01J{n:08}") for n in range(2000)]
    assert all(0 <= one < 1 for one in drawn)
    for tenth in range(10):
        assert 140 < sum(tenth <= 10 * one < tenth + 1 for one in drawn) < 260
    assert spread_of("H-1") == spread_of("H-1") != spread_of("H-2")


def test_a_valve_counts_until_it_must_be_at_rest() -> None:
    """But for the one that asks."""
    known = (Moving("a", after(10)), Moving("b", after(20)))
    assert [one.operation_id for one in in_travel(known, NOON)] == ["a", "b"]
    assert [one.operation_id for one in in_travel(known, NOON, "a")] == ["b"]
    assert [one.operation_id for one in in_travel(known, after(10))] == ["b"]
