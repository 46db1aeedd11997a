"""What happened to the whole site."""

from dataclasses import dataclass
from datetime import datetime

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
