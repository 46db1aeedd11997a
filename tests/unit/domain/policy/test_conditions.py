"""What each kind of condition says of a meter and a moment, and from when on it no longer bites."""

from datetime import date, time, timedelta
from decimal import Decimal

import pytest

from meterhold.domain.policy import WEEKENDS_ONLY, Calendar, Effect
from meterhold.domain.policy.conditions import (
    Absence,
    Always,
    Backdated,
    Comparison,
    Condition,
    Degrees,
    Holidays,
    LeastLeft,
    LeftOn,
    Length,
    Notice,
    Protected,
    Raised,
    SameDay,
    Season,
    Temperature,
)
from meterhold.domain.policy.local import Span
from meterhold.domain.policy.weather import Moratorium
from meterhold.domain.words import Because, Flag, Mode, Service
from tests.unit.domain.policy.cases import DAY, HOUR, NOON, at, case, forecast, frost, home

PUBLIC = Calendar("public", {date(2026, 3, 3): "Founders' Day", date(2026, 3, 4): "Second Day"})


def test_holidays_and_their_eves_last_as_long_as_days_of_the_place() -> None:
    """In Sydney it is Tuesday when it is still Monday in UTC; the eve of the first day is Monday."""
    sydney = home(time_zone="Australia/Sydney")
    with_eves, alone = Holidays(PUBLIC, eves=True), Holidays(PUBLIC)
    monday = at("2026-03-02 09:00", "Australia/Sydney")
    assert not alone.look(case(), sydney, monday).bites
    assert with_eves.look(case(), sydney, monday).sentence == "2026-03-02 is the eve of Founders' Day"
    assert with_eves.free_after(case(), sydney, monday) == at("2026-03-05 00:00", "Australia/Sydney")
    assert alone.look(case(), sydney, at("2026-03-02 13:00")).bites


@pytest.mark.parametrize(
    ("first", "last", "day", "bites"),
    [
        ((11, 15), (4, 30), "2026-11-15", True),
        ((11, 15), (4, 30), "2027-01-01", True),
        ((11, 15), (4, 30), "2027-04-30", True),
        ((11, 15), (4, 30), "2027-05-01", False),
        ((11, 15), (4, 30), "2026-11-14", False),
        ((6, 1), (10, 15), "2026-10-15", True),
        ((6, 1), (10, 15), "2026-10-16", False),
        ((12, 1), (2, 29), "2027-02-28", True),
        ((12, 1), (2, 29), "2028-02-29", True),
        ((12, 1), (2, 29), "2027-03-01", False),
        ((2, 29), (3, 5), "2027-02-28", False),
        ((2, 29), (3, 5), "2027-03-01", True),
    ],
)
def test_a_season_comes_every_year_over_new_year_and_leap_days(
    first: tuple[int, int], last: tuple[int, int], day: str, bites: bool
) -> None:
    """Both days are included, to their last minute."""
    season = Season(first, last)
    assert season.look(case(), home(), at(f"{day} 00:00")).bites is bites
    assert season.look(case(), home(), at(f"{day} 23:59")).bites is bites


def test_a_season_ends_with_the_day_after_the_last() -> None:
    """Over new year, and where it lasts all year it does not end."""
    assert Season((11, 15), (4, 30)).free_after(case(), home(), at("2026-12-24 10:00")) == at("2027-05-01 00:00")
    assert Season((1, 1), (12, 31)).free_after(case(), home(), NOON) is None


@pytest.mark.parametrize(
    ("comparison", "celsius", "bites"),
    [
        (Comparison.AT_OR_BELOW, "0", True),
        (Comparison.BELOW, "0", False),
        (Comparison.BELOW, "-0.1", True),
        (Comparison.AT_OR_BELOW, "0.1", False),
        (Comparison.ABOVE, "0", False),
        (Comparison.ABOVE, "0.1", True),
        (Comparison.AT_OR_ABOVE, "0", True),
        (Comparison.AT_OR_ABOVE, "-0.1", False),
    ],
)
def test_a_limit_in_fahrenheit_is_compared_exactly(comparison: Comparison, celsius: str, bites: bool) -> None:
    """32 F is 0 C to the last digit."""
    limit = Degrees(Decimal(32), fahrenheit=True)
    weather = Temperature(((comparison, limit),), DAY, Effect.DEFER, DAY, HOUR)
    known = {"*": forecast(NOON, *[float(celsius)] * 30)}
    assert weather.look(case(forecasts=known), home(), NOON).bites is bites


def test_frost_bites_from_a_look_ahead_before_until_its_hour_is_over() -> None:
    """Frost in the tenth hour stops from now on; half an hour later it still does, and when it is over it no longer."""
    known = {"*": forecast(NOON, *[5] * 10, -1, *[5] * 60)}
    weather, asked = frost(), case(forecasts=known)
    assert weather.look(asked, home(), NOON).facts["temperature"] == "-1 C"
    assert weather.look(asked, home(), NOON + 10.5 * HOUR).bites
    assert weather.free_after(asked, home(), NOON) == NOON + 11 * HOUR
    assert not weather.look(asked, home(), NOON + 11 * HOUR).bites


def test_the_forecast_of_the_own_area_comes_before_the_one_for_everywhere() -> None:
    """A meter without an area, or in one without a forecast, goes by the forecast for everywhere."""
    known = {"*": forecast(NOON, *[-5] * 30), "coast": forecast(NOON, *[9] * 30, area="coast")}
    asked = case(forecasts=known)
    assert not frost().look(asked, home(area="coast"), NOON).bites
    assert frost().look(asked, home(area="hills"), NOON).bites
    assert frost().look(asked, home(), NOON).bites


@pytest.mark.parametrize(
    ("hours", "issued_before_h", "doubt"),
    [
        (0, 0, "there is no forecast for the area"),
        (60, 25, "which is too long ago"),
        (20, 0, "does not cover all of the look-ahead"),
    ],
)
@pytest.mark.parametrize("if_stale", list(Effect))
def test_a_stale_forecast_is_a_stated_fact_with_a_stated_effect(
    hours: int, issued_before_h: int, doubt: str, if_stale: Effect
) -> None:
    """None, too old, or too short: the rule says what follows, and the verdict says why."""
    known = {"*": forecast(NOON, *[9] * hours, issued_at=NOON - issued_before_h * HOUR)} if hours else {}
    look = frost(if_stale=if_stale).look(case(forecasts=known), home(), NOON)
    assert look.bites is (if_stale is not Effect.ALLOW)
    assert look.effect is if_stale
    assert doubt in look.facts["forecast_doubt"]


def test_an_old_forecast_of_frost_is_still_believed() -> None:
    """Doubt never makes a rule milder than what is known."""
    known = {"*": forecast(NOON, *[-9] * 60, issued_at=NOON - 60 * HOUR)}
    look = frost(if_stale=Effect.ALLOW).look(case(forecasts=known), home(), NOON)
    assert look.bites
    assert look.effect is None


def test_a_moment_ahead_of_the_forecast_is_judged_when_it_comes() -> None:
    """An order for next month is not put off for want of a forecast."""
    look = frost().look(case(), home(), NOON + 30 * DAY)
    assert not look.bites
    assert "looked at again when it is due" in look.sentence


def test_a_mean_over_days_bites_only_where_all_of_them_are_forecast() -> None:
    """As in South Australia: the mean of three days, 28 C or more."""
    limit = ((Comparison.MEAN_AT_OR_ABOVE, Degrees(Decimal(28))),)
    weather = Temperature(limit, 3 * DAY, Effect.ALLOW, DAY, HOUR)
    days_and_nights = [34.0] * 12 + [22.0] * 12
    hot = case(forecasts={"*": forecast(NOON, *days_and_nights * 4)})
    mild = case(forecasts={"*": forecast(NOON, *[33.0, 22.0] * 48)})
    short = case(forecasts={"*": forecast(NOON, *days_and_nights * 2)})
    assert weather.look(hot, home(), NOON).bites
    assert not weather.look(mild, home(), NOON).bites
    assert not weather.look(short, home(), NOON).bites


def test_a_gap_in_a_forecast_is_no_coverage() -> None:
    """Three-hourly values speak for three hours each; a hole of twelve hours is a doubt."""
    whole = {"*": forecast(NOON, *[5] * 10, step=3 * HOUR)}
    holed = {"*": forecast(NOON, *[5] * 10, step=12 * HOUR)}
    assert not frost().look(case(forecasts=whole), home(), NOON).bites
    assert "does not cover" in frost().look(case(forecasts=holed), home(), NOON).sentence


def test_notice_ends_after_whole_business_days() -> None:
    """Told on Monday: Tuesday and Wednesday are holidays, so two business days are Thursday and Friday."""
    notice = Notice(0, 2, PUBLIC)
    told = case(notice_given_at=NOON)
    assert notice.look(told, home(), at("2026-03-06 23:59")).bites
    assert notice.free_after(told, home(), NOON) == at("2026-03-07 00:00")
    assert not notice.look(told, home(), at("2026-03-07 00:00")).bites


def test_notice_in_hours_and_none_at_all() -> None:
    """24 hours from the notice; without one, waiting does not help."""
    notice = Notice(24, 0, WEEKENDS_ONLY)
    assert notice.free_after(case(notice_given_at=NOON), home(), NOON) == NOON + DAY
    assert notice.look(case(), home(), NOON).bites
    assert notice.free_after(case(), home(), NOON) is None


@pytest.mark.parametrize(
    ("ends", "bites"),
    [("2026-05-01 12:00", True), ("2026-05-02 12:00", False), ("2026-08-02 12:00", False), ("2026-08-03 12:00", True)],
)
def test_a_hold_has_a_shortest_and_a_longest_length(ends: str, bites: bool) -> None:
    """Two months to five, counted on the calendar."""
    assert Length(Span(months=2), Span(months=5)).look(case(ends_at=at(ends)), home(), NOON).bites is bites


def test_a_hold_without_an_end_is_longer_than_any_longest_and_not_shorter_than_any_shortest() -> None:
    """A voluntary hold with a longest length must say when it ends."""
    assert Length(None, Span(months=5)).look(case(), home(), NOON).bites
    assert not Length(Span(months=2), None).look(case(), home(), NOON).bites


def test_an_order_after_the_hour_goes_to_the_next_business_day() -> None:
    """As in ERCOT: by 14:00 the same day, else from 08:00 of the next business day."""
    cut = SameDay(time(14), time(8), PUBLIC)
    late, early = case(now=at("2026-03-02 14:00")), case(now=at("2026-03-02 13:59"))
    assert not cut.look(early, home(), early.now).bites
    assert cut.look(late, home(), late.now).bites
    assert cut.free_after(late, home(), late.now) == at("2026-03-05 08:00")
    assert not cut.look(late, home(), at("2026-03-05 08:00")).bites


def test_a_backdated_order_bites_by_its_own_dates() -> None:
    """Within the tolerance it does not."""
    late = case(starts_at=NOON - HOUR)
    assert Backdated(timedelta()).look(late, home(), NOON).bites
    assert not Backdated(HOUR).look(late, home(), NOON).bites


@pytest.mark.parametrize("flag", list(Flag))
def test_protected_flags_bite_with_their_own_cause(flag: Flag) -> None:
    """A fire service has a cause of its own."""
    condition = Protected(frozenset({flag}))
    assert condition.look(case(), home(flags=frozenset({flag})), NOON).bites
    assert not condition.look(case(), home(), NOON).bites
    expected = Because.FIRE_SERVICE if flag is Flag.FIRE_SERVICE else Because.PROTECTED_CUSTOMER
    assert condition.code is expected


@pytest.mark.parametrize(
    ("asked", "bites"), [(("9.9", "l/min"), True), (("10", "L/min"), False), (("0.6", "m3/h"), True)]
)
def test_a_restriction_must_leave_the_least(asked: tuple[str, str], bites: bool) -> None:
    """As in Queensland: 10 litres a minute; what is said in another unit cannot be compared, and bites."""
    leg = home(service=Service.WATER, mode=Mode.RESTRICT, restrict_to=(Decimal(asked[0]), asked[1]))
    assert LeastLeft(Decimal(10), "l/min").look(case(), leg, NOON).bites is bites


def test_nothing_is_left_out_of_what_is_always_forbidden() -> None:
    """A rule without a condition bites wherever it applies, and waiting does not help."""
    assert Always().look(case(), home(), NOON).bites
    assert Always().free_after(case(), home(), NOON) is None


def test_a_long_absence_asks_for_an_inspection() -> None:
    """Off for more than six months, or without an end."""
    absence = Absence(Span(months=6))
    assert not absence.look(case(ends_at=at("2026-09-02 12:00")), home(), NOON).bites
    assert absence.look(case(ends_at=at("2026-09-02 12:01")), home(), NOON).bites
    assert absence.look(case(), home(), NOON).bites
    assert absence.due_at(home(), NOON) == at("2026-09-02 12:00")


def test_electricity_off_in_frost_bites_only_where_water_stays_on() -> None:
    """The pipes freeze where there is water in them and no heating."""
    condition = LeftOn(Service.WATER, frost())
    cold = {"*": forecast(NOON, *[-5] * 30)}
    water = home(meter_id="W-1", service=Service.WATER)
    assert condition.look(case(forecasts=cold, left_on=(water,)), home(), NOON).facts["on"] == "W-1"
    assert not condition.look(case(forecasts=cold), home(), NOON).bites
    assert condition.free_after(case(forecasts=cold, left_on=(water,)), home(), NOON) == NOON + 30 * HOUR
    mild = {"*": forecast(NOON, *[5] * 30)}
    assert not condition.look(case(forecasts=mild, left_on=(water,)), home(), NOON).bites


@pytest.mark.parametrize(
    ("areas", "hours", "bites"), [(("north",), 1, True), (("south",), 1, False), ((), 1, True), ((), 5, False)]
)
def test_a_raised_moratorium_bites_in_its_areas_and_in_its_time(
    areas: tuple[str, ...], hours: int, bites: bool
) -> None:
    """Without areas it is for the whole site; its last moment is not part of it."""
    raised = Raised(Moratorium("M-1", areas, NOON, NOON + 5 * HOUR, "storm", "desk"))
    assert raised.look(case(), home(area="north"), NOON + hours * HOUR).bites is bites
    assert raised.free_after(case(), home(area="north"), NOON) == NOON + 5 * HOUR


TIMELESS: list[Condition] = [
    Length(None, Span(days=1)),
    Backdated(timedelta()),
    Protected(frozenset(Flag)),
    LeastLeft(Decimal(1), "kW"),
    Absence(Span(months=6)),
]


@pytest.mark.parametrize("condition", TIMELESS, ids=lambda condition: type(condition).__name__)
def test_waiting_does_not_change_what_has_nothing_to_do_with_time(condition: Condition) -> None:
    """So a deferral by such a rule is never made without an end."""
    assert condition.free_after(case(), home(), NOON) is None
