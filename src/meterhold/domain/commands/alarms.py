"""What people say of alarms."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.commands.needs import Needs


@dataclass(frozen=True, slots=True)
class AcknowledgeAlarm:
    """Keep that a person knows of an alarm. Nothing is switched, and nothing that is wrong is put right by it."""

    at: datetime
    alarm_id: str
    meter_id: str | None
    by: str
    comment: str

    @property
    def needs(self) -> Needs:
        """The meter that it concerns, if it concerns one; the site comes by itself."""
        return Needs(meters=() if self.meter_id is None else (self.meter_id,))
