"""Counts in sliding windows: never too low, too high by a few minutes at most, and small however busy the day was."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhold.domain.limits import (
    BOUNDS,
    COARSE_S,
    DEFAULT_LIMITS,
    FINE_S,
    FLEET,
    LONGEST_WINDOW_S,
    Bucket,
    Limits,
    area_scope,
    counted,
    out_of_bounds,
    sender_scope,
    uncounted,
    within,
)
from meterhold.domain.replacing import replace

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
STEPS = st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 50)), min_size=1, max_size=80)
"""Seconds since the one before, and how many."""
WINDOWS = st.integers(int(BOUNDS["window_s"][0]), LONGEST_WINDOW_S)


def told(steps: list[tuple[int, int]]) -> tuple[list[tuple[datetime, int]], tuple[Bucket, ...]]:
    """Count as time goes by; return what happened and what is kept of it."""
    at, happened, buckets = NOON, [], ()
    kept: tuple[Bucket, ...] = buckets
    for seconds, legs in steps:
        at += timedelta(seconds=seconds)
        happened.append((at, legs))
        kept = counted(kept, at, legs, legs * 100)
    return happened, kept


@given(STEPS, WINDOWS, st.integers(0, 7200))
def test_a_count_is_never_too_low(steps: list[tuple[int, int]], window_s: int, later_s: int) -> None:
    """And too high by no more than one stretch of time before the window."""
    happened, kept = told(steps)
    now = happened[-1][0] + timedelta(seconds=later_s)
    since = now - timedelta(seconds=window_s)
    slack = timedelta(seconds=FINE_S if window_s + later_s <= COARSE_S else COARSE_S)
    legs, load_w = within(kept, now, window_s)
    assert legs >= sum(n for at, n in happened if at > since)
    assert legs <= sum(n for at, n in happened if at > since - slack)
    assert load_w == legs * 100


@given(STEPS, st.data())
def test_what_never_left_is_taken_out_of_the_count(steps: list[tuple[int, int]], data: st.DataObject) -> None:
    """And nothing else is."""
    happened, kept = told(steps)
    now = happened[-1][0]
    late = [one for one in happened if one[0] > now - timedelta(hours=1)]
    at, legs = data.draw(st.sampled_from(late))
    before, _ = within(kept, now, LONGEST_WINDOW_S)
    assert within(uncounted(kept, at, legs, legs * 100), now, LONGEST_WINDOW_S) == (
        before - legs,
        (before - legs) * 100,
    )


@given(STEPS)
def test_a_row_stays_small(steps: list[tuple[int, int]]) -> None:
    """A day is kept in some fifty numbers."""
    _, kept = told(steps)
    assert len(kept) <= 2 * COARSE_S // FINE_S + LONGEST_WINDOW_S // COARSE_S + 3
    assert [bucket.until for bucket in kept] == sorted({bucket.until for bucket in kept})


def test_what_is_older_than_any_window_is_gone() -> None:
    """No row grows for ever."""
    kept = counted(counted((), NOON, 7), NOON + timedelta(days=2), 1)
    assert [bucket.legs for bucket in kept] == [1]


def test_what_comes_a_moment_late_is_counted_with_what_overtook_it() -> None:
    """Commands are stamped before they are decided on, and may change places."""
    kept = counted(counted((), NOON, 2), NOON - timedelta(seconds=1), 3)
    assert within(kept, NOON, 900) == (5, 0)
    assert len(kept) == 1


def test_a_clock_that_was_put_back_does_not_block_for_years() -> None:
    """What was counted in the future counts as of now, and is forgotten after one window like everything else."""
    kept = counted((), NOON + timedelta(days=400), 500)
    kept = counted(kept, NOON, 1)
    assert within(kept, NOON, 3600)[0] == 501
    assert within(kept, NOON + timedelta(hours=1, minutes=6), 3600)[0] == 0


@pytest.mark.parametrize("name", BOUNDS)
def test_no_threshold_can_be_set_beyond_its_bounds(name: str) -> None:
    """Neither by the configuration nor by two persons: thresholds cannot be agreed away."""
    lowest, highest = BOUNDS[name]
    assert not list(out_of_bounds(changed(name, highest)))
    for value in (lowest - 1, highest + 1):
        assert [field for field, _ in out_of_bounds(changed(name, value))] == [name]


def changed(name: str, value: Any) -> Limits:  # noqa: ANN401 - a whole number or not, as the field has it
    """The usual thresholds but for one."""
    return replace(DEFAULT_LIMITS, **{name: value})


def test_each_scope_has_its_own_threshold() -> None:
    """A sender whose name looks like an area's is still a sender."""
    limits = Limits(off_by_sender=1, off_by_area=2, off_by_fleet=3, on_by_sender=4, on_by_area=5, on_by_fleet=6)
    scopes = (sender_scope("area:x"), area_scope("x"), FLEET)
    assert [limits.most_off(scope) for scope in scopes] == [1, 2, 3]
    assert [limits.most_on(scope) for scope in scopes] == [4, 5, 6]
