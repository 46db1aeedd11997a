"""Windows are clock times of the place: a missing hour does not come, a doubled one counts once."""

from datetime import UTC, date, datetime, time, timedelta
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhold.domain.policy import next_permitted
from meterhold.domain.policy.conditions import Hours
from meterhold.domain.policy.local import Span, doubled_until, first_moment, later, local, zone_of
from tests.unit.domain.policy.cases import at, case, home, rule, window

# Both hemispheres, half an hour's shift, a change at midnight, and a place without any.
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana", "Africa/Cairo", "Asia/Tokyo"]
MINUTE = timedelta(minutes=1)


def test_a_window_that_falls_into_the_missing_hour_does_not_open() -> None:
    """On 2026-03-29 Berlin's clocks go from 02:00 to 03:00: what may be done from 02:15 to 02:45 waits a week."""
    hours, berlin = Hours((window("02:15", "02:45", "6"),)), home(time_zone="Europe/Berlin")
    night = at("2026-03-29 00:30", "Europe/Berlin")
    for minutes in range(300):
        assert hours.look(case(), berlin, night + minutes * MINUTE).bites
    assert hours.free_after(case(), berlin, night) == at("2026-04-05 02:15", "Europe/Berlin")


def test_a_window_that_begins_in_the_missing_hour_opens_when_the_clocks_have_jumped() -> None:
    """From 02:30 to 04:00 means from 03:00 on where 02:30 is missing."""
    hours, berlin = Hours((window("02:30", "04:00", "6"),)), home(time_zone="Europe/Berlin")
    opened = hours.free_after(case(), berlin, at("2026-03-29 00:30", "Europe/Berlin"))
    assert opened == at("2026-03-29 03:00", "Europe/Berlin")


def test_a_doubled_hour_is_permitted_once() -> None:
    """On 2026-10-25 Berlin has 02:00 to 03:00 twice: the second pass lies outside every window."""
    hours, berlin = Hours((window("02:00", "04:00", "6"),)), home(time_zone="Europe/Berlin")
    first_pass = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    second_pass = first_pass + timedelta(hours=1)
    assert local(first_pass, berlin.zone).time() == local(second_pass, berlin.zone).time() == time(2, 30)
    assert not hours.look(case(), berlin, first_pass).bites
    assert hours.look(case(), berlin, second_pass).bites
    assert hours.free_after(case(), berlin, second_pass) == at("2026-10-25 03:00", "Europe/Berlin")


@pytest.mark.parametrize("zone", ZONES)
def test_each_day_begins_once_and_in_order(zone: str) -> None:
    """Over two years, no day of any zone is lost, doubled or before its eve."""
    day, before = date(2025, 1, 1), datetime(2024, 12, 30, tzinfo=UTC)
    for _ in range(730):
        begins = first_moment(day, time(0), zone_of(zone))
        assert begins > before
        assert local(begins, zone_of(zone)).date() == day
        assert local(begins - timedelta(seconds=1), zone_of(zone)).date() < day
        day, before = day + timedelta(days=1), begins


@pytest.mark.parametrize("zone", ZONES)
def test_a_day_with_a_doubled_hour_says_when_it_is_over(zone: str) -> None:
    """Only on such a day; at that moment the clocks show what they have not shown before."""
    for number in range(730):
        day = date(2025, 1, 1) + timedelta(days=number)
        over = doubled_until(day, zone_of(zone))
        if over is not None:
            assert local(over - timedelta(seconds=1), zone_of(zone)).fold == 1
            assert local(over, zone_of(zone)).fold == 0


@given(
    zone=st.sampled_from(ZONES),
    minute=st.integers(0, 366 * 24 * 60),
    start=st.integers(0, 23 * 60),
    length=st.integers(15, 12 * 60),
    days=st.sets(st.integers(0, 6), min_size=1),
)
def test_the_next_permitted_moment_is_permitted_and_none_is_earlier(
    zone: str, minute: int, start: int, length: int, days: set[int]
) -> None:
    """Against a search in steps of a quarter of an hour, over all changes of the clocks of a year."""
    until = start + length
    end = None if until >= 24 * 60 else f"{until // 60:02}:{until % 60:02}"
    hours = Hours((window(f"{start // 60:02}:{start % 60:02}", end, "".join(map(str, days))),))
    place, asked = home(time_zone=zone), datetime(2026, 1, 1, tzinfo=UTC) + minute * MINUTE
    found = next_permitted((rule(hours),), case(legs=(place,)), asked)
    assert found is not None
    assert not hours.look(case(), place, found).bites
    waited = range(0, ceil((found - asked) / MINUTE), 15)
    assert all(hours.look(case(), place, asked + number * MINUTE).bites for number in waited)


@pytest.mark.parametrize(
    ("start", "span", "expected"),
    [
        ("2024-02-29 10:00", Span(months=12), "2025-02-28 10:00"),
        ("2026-08-31 10:00", Span(months=6), "2027-02-28 10:00"),
        ("2026-12-15 10:00", Span(months=1), "2027-01-15 10:00"),
        ("2026-03-28 02:30", Span(days=1), "2026-03-29 03:00"),
        ("2026-03-02 10:00", Span(days=30), "2026-04-01 10:00"),
    ],
)
def test_months_are_counted_on_the_calendar(start: str, span: Span, expected: str) -> None:
    """A month later is the same day; where there is none, the last one; in a missing hour, the moment after it."""
    berlin = "Europe/Berlin"
    assert later(at(start, berlin), span, zone_of(berlin)) == at(expected, berlin)
