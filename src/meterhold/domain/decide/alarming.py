"""Raising alarms: once for each matter, until a person has said that they know of it."""

from collections.abc import Mapping
from datetime import datetime

from meterhold.domain.alarm import Alarm
from meterhold.domain.draft import Draft
from meterhold.domain.events import AlarmRaised
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
