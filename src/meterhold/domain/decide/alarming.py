"""Raising alarms, once for each matter, and acknowledging them."""

from collections.abc import Mapping
from datetime import datetime

from meterhold.domain.alarm import Alarm
from meterhold.domain.commands import AcknowledgeAlarm
from meterhold.domain.draft import Draft
from meterhold.domain.errors import Refused
from meterhold.domain.events import AlarmAcknowledged, AlarmRaised
from meterhold.domain.evolve import emit
from meterhold.domain.words import Because


def raise_alarm(
    draft: Draft,
    at: datetime,
    code: Because,
    detail: str,
    *,
    meter_id: str | None = None,
    hold_id: str | None = None,
    subject: str = "",
    evidence: Mapping[str, str] | None = None,
) -> None:
    """Raise an alarm, unless the same one of the same matter is open already."""
    open_now = draft.site.alarms if meter_id is None else draft.meter(meter_id).alarms
    if any(alarm.is_about(code, hold_id, subject) for alarm in open_now):
        return
    n = draft.site.alarms_raised if meter_id is None else draft.meter(meter_id).alarms_raised
    alarm_id = f"{meter_id or 'site'}.{n + 1}"
    emit(draft, AlarmRaised(at, Alarm(alarm_id, code, at, detail, meter_id, hold_id, subject, evidence or {})))


def acknowledge(draft: Draft, command: AcknowledgeAlarm) -> None:
    """Keep that a person knows of it. What is wrong stays wrong, and is said again only when it comes up anew."""
    open_now = draft.site.alarms if command.meter_id is None else draft.meter(command.meter_id).alarms
    alarm = next((alarm for alarm in open_now if alarm.alarm_id == command.alarm_id), None)
    if alarm is None:
        raise Refused(Because.HOLD_STATUS, f"alarm {command.alarm_id} was acknowledged already")
    emit(
        draft,
        AlarmAcknowledged(
            command.at, alarm.alarm_id, alarm.meter_id, alarm.hold_id, by=command.by, comment=command.comment
        ),
    )
