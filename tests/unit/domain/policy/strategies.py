"""Rules and cases that hypothesis makes up."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from meterhold.domain.policy import Calendar, Case, Effect, Rule, Scope
from meterhold.domain.policy.conditions import Always, Holidays, Hours, Notice, Season
from meterhold.domain.words import Action
from tests.unit.domain.policy.cases import DAY, case, forecast, frost, home, rule, window

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Tokyo"]


def _hours(start: int, length: int, days: set[int]) -> Hours:
    end = None if start + length > 23 else f"{start + length:02}:00"
    return Hours((window(f"{start:02}:00", end, "".join(map(str, days))),))


def _holidays(days: set[int], eves: bool) -> Holidays:
    return Holidays(Calendar("made up", {date(2026, 1, 1) + number * DAY: "Day" for number in days}), eves)


def _case(zone: str, minute: int, notice: int, temperatures: list[int]) -> Case:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    return case(
        now=now,
        notice_given_at=now - timedelta(hours=notice) if notice else None,
        legs=(home(time_zone=zone),),
        forecasts={"*": forecast(now, *temperatures)} if temperatures else {},
    )


_DAYS_OF_YEARS = st.tuples(st.integers(1, 12), st.integers(1, 28))
CONDITIONS = st.one_of(
    st.builds(_hours, st.integers(0, 22), st.integers(1, 12), st.sets(st.integers(0, 6), min_size=1)),
    st.builds(Season, _DAYS_OF_YEARS, _DAYS_OF_YEARS),
    st.builds(_holidays, st.sets(st.integers(0, 800), max_size=40), st.booleans()),
    st.builds(lambda hours, days: Notice(hours, days, Calendar("none", {})), st.integers(0, 80), st.integers(0, 5)),
    st.just(frost()),
    st.just(Always()),
)
EFFECTS = st.sampled_from([Effect.WARN, Effect.DEFER, Effect.NEEDS_APPROVAL, Effect.REFUSE])
SCOPES = st.sampled_from([Scope(), Scope(action=Action.RESTORE)])


def _numbered(rules: list[Rule]) -> tuple[Rule, ...]:
    return tuple(rule(one.condition, one.effect, f"rule-{number}", scope=one.scope) for number, one in enumerate(rules))


RULES = st.lists(st.builds(rule, CONDITIONS, EFFECTS, scope=SCOPES), max_size=5).map(_numbered)
"""A few rules, each with a name of its own."""
CASES = st.builds(
    _case,
    st.sampled_from(ZONES),
    st.integers(0, 366 * 24 * 60),
    st.integers(0, 100),
    st.lists(st.integers(-10, 10), max_size=60),
)
"""A suspension at any moment of a year, in any of these zones."""
