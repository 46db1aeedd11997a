"""What happened when a meter was replaced by another one."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.exchange import Exchange


@dataclass(frozen=True, slots=True)
class MeterExchanged:
    """Another meter hangs in its place: who it is, and what it shows, must be learned anew."""

    at: datetime
    meter_id: str
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class LegExchanged:
    """The meter of an open hold was replaced: from then on the leg is about the new one."""

    at: datetime
    hold_id: str
    meter_id: str
    exchange: Exchange
