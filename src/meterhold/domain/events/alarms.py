"""What a person should know of."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.alarm import Alarm


@dataclass(frozen=True, slots=True)
class AlarmRaised:
    """Something is wrong, and nobody has said yet that they know."""

    at: datetime
    alarm: Alarm

    @property
    def hold_id(self) -> str | None:
        """The hold that it concerns, if it concerns one."""
        return self.alarm.hold_id

    @property
    def meter_id(self) -> str | None:
        """The meter that it concerns, if it concerns one."""
        return self.alarm.meter_id


@dataclass(frozen=True, slots=True)
class AlarmAcknowledged:
    """A person knows of it."""

    at: datetime
    alarm_id: str
    meter_id: str | None
    hold_id: str | None
    by: str
    comment: str
