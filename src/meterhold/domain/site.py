"""What is true of the whole site."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from meterhold.domain.alarm import Alarm
from meterhold.domain.limits import Limits
from meterhold.domain.policy.weather import Forecast, Moratorium


@dataclass(frozen=True, slots=True)
class Inhibit:
    """The kill switch is on: no disconnect leaves the gateway, reconnects still do."""

    by: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Site:
    """What is true of the whole site."""

    inhibit: Inhibit | None = None
    alarms: tuple[Alarm, ...] = ()
    """Those of the site as a whole that nobody has acknowledged."""
    alarms_raised: int = 0
    forecasts: Mapping[str, Forecast] = field(default_factory=dict)
    """By area."""
    moratoria: tuple[Moratorium, ...] = ()
    limits: Limits | None = None
    """Thresholds that two persons have agreed on; ``None``: those of the configuration."""
    clock_stepped_s: float = 0.0
    """By how much the machine's clock has jumped in all, where the gateway saw it and took the new time over."""
    store_id: str | None = None
    """The random name that the journal began with."""

    def on_a_steady_clock(self, at: datetime) -> datetime:
        """The moment that a clock which never jumped would show: no jump opens a fresh window for what is counted."""
        return at - timedelta(seconds=self.clock_stepped_s)
