"""An alarm as every face shows it."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.alarm import Alarm
from meterhold.domain.words import Because


@dataclass(frozen=True, slots=True)
class AlarmView:
    """What was found, where, with its evidence, and who has said that they know."""

    alarm_id: str
    code: Because
    meter_id: str | None
    hold_id: str | None
    subject: str
    raised_at: datetime
    detail: str
    evidence: dict[str, str]
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    comment: str


def view_alarm(alarm: Alarm) -> AlarmView:
    """Show an alarm."""
    return AlarmView(
        alarm_id=alarm.alarm_id,
        code=alarm.code,
        meter_id=alarm.meter_id,
        hold_id=alarm.hold_id,
        subject=alarm.subject,
        raised_at=alarm.raised_at,
        detail=alarm.detail,
        evidence=dict(alarm.evidence),
        acknowledged_at=alarm.acknowledged_at,
        acknowledged_by=alarm.acknowledged_by,
        comment=alarm.comment,
    )
