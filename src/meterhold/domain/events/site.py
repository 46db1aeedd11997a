"""What happened to the whole site."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.limits import Limits
from meterhold.domain.policy.weather import Forecast, Moratorium
from meterhold.domain.site import Inhibit


@dataclass(frozen=True, slots=True)
class InhibitSet:
    """The kill switch was thrown."""

    at: datetime
    inhibit: Inhibit


@dataclass(frozen=True, slots=True)
class InhibitLifted:
    """Disconnects may leave again."""

    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class ClockStepped:
    """The machine's clock jumped and the gateway has taken over the new time."""

    at: datetime
    step_s: float
    clock_holds: tuple[str, ...]
    """Holds whose open operations' waits moved with the clock."""


@dataclass(frozen=True, slots=True)
class ForecastReceived:
    """A forecast for an area came in, newer than the one before."""

    at: datetime
    forecast: Forecast


@dataclass(frozen=True, slots=True)
class MoratoriumRaised:
    """An operator forbade disconnections for a while."""

    at: datetime
    moratorium: Moratorium


@dataclass(frozen=True, slots=True)
class MoratoriumLifted:
    """Disconnections are permitted again there, as far as this moratorium goes."""

    at: datetime
    moratorium_id: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class LimitsChanged:
    """Two persons agreed on other thresholds; ``None``: on those of the configuration."""

    at: datetime
    limits: Limits | None
    by: str
    approval_id: str
