"""What is pushed to the gateway from outside and rules look at: forecasts, and moratoria that operators raise."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class ForecastHour:
    """What is forecast for one moment."""

    at: datetime
    temperature_c: Decimal


@dataclass(frozen=True, slots=True)
class Forecast:
    """The newest forecast of an area."""

    area: str
    issued_at: datetime
    received_at: datetime
    source: str
    hours: tuple[ForecastHour, ...]
    """In the order of time."""


@dataclass(frozen=True, slots=True)
class Moratorium:
    """No disconnections in some areas for a while: a storm, a failure, a public event."""

    moratorium_id: str
    areas: tuple[str, ...]
    """Empty: the whole site."""
    from_at: datetime
    until_at: datetime
    reason: str
    by: str
