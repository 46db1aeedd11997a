"""Cases, rules and moments as tests of policy need them: only what matters is named."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from meterhold.domain.policy import Case, Effect, Policy, Premises, Rule
from meterhold.domain.policy.conditions import Comparison, Condition, Degrees, Temperature, Window
from meterhold.domain.policy.weather import Forecast, ForecastHour
from meterhold.domain.words import Action, Reason, Service

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
"""A Monday."""
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
Field: TypeAlias = Any
"""Whatever the field of that name takes."""


def at(text: str, zone: str = "UTC") -> datetime:
    """A moment that clocks somewhere show: ``2026-03-29 02:30``."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def home(**fields: Field) -> Premises:
    """An electricity meter, in UTC unless told otherwise."""
    return replace(Premises("E-1", Service.ELECTRICITY), **fields)


def case(now: datetime = NOON, **fields: Field) -> Case:
    """A suspension for non-payment of one home, asked for and due now."""
    plain = Case(
        action=Action.SUSPEND,
        reason=Reason.NON_PAYMENT,
        received_at=now,
        now=now,
        starts_at=now,
        legs=(home(),),
    )
    return replace(plain, **fields)


def rule(condition: Condition, effect: Effect = Effect.DEFER, name: str = "rule", **fields: Field) -> Rule:
    """A rule for every suspension."""
    return replace(Rule(name, "a test", effect, condition), **fields)


def policy(*rules: Rule) -> Policy:
    """A policy of these rules."""
    return Policy("v1", rules)


def window(start: str = "08:00", end: str | None = "16:00", days: str = "01234") -> Window:
    """A window of permitted hours; days count from Monday as 0."""
    until = None if end is None else time.fromisoformat(end)
    return Window(frozenset(int(day) for day in days), time.fromisoformat(start), until)


def forecast(start: datetime, *celsius: float, step: timedelta = HOUR, area: str = "*", **fields: Field) -> Forecast:
    """A forecast that was issued when it begins."""
    hours = tuple(ForecastHour(start + number * step, Decimal(str(value))) for number, value in enumerate(celsius))
    return replace(Forecast(area, start, start, "weather service", hours), **fields)


def frost(ahead_h: int = 24, if_stale: Effect = Effect.DEFER) -> Temperature:
    """Bites at freezing point and below."""
    limits = ((Comparison.AT_OR_BELOW, Degrees(Decimal(0))),)
    return Temperature(limits, ahead_h * HOUR, if_stale, DAY, HOUR)
