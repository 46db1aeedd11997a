"""How an alarm comes up, and goes when a person knows of it."""

from collections.abc import Mapping

from meterhold.domain.alarm import Alarm
from meterhold.domain.draft import Draft
from meterhold.domain.events import AlarmAcknowledged, AlarmRaised
from meterhold.domain.evolve.applying import Apply
from meterhold.domain.replacing import replace


def _raised(draft: Draft, event: AlarmRaised) -> None:
    alarm = event.alarm
    draft.alarms[alarm.alarm_id] = alarm
    if alarm.meter_id is None:
        site = draft.site
        draft.site = replace(site, alarms=(*site.alarms, alarm), alarms_raised=site.alarms_raised + 1)
        return
    meter = draft.meter(alarm.meter_id)
    draft.meters[alarm.meter_id] = replace(meter, alarms=(*meter.alarms, alarm), alarms_raised=meter.alarms_raised + 1)


def _acknowledged(draft: Draft, event: AlarmAcknowledged) -> None:
    if event.meter_id is None:
        alarm, left = _taken(draft.site.alarms, event.alarm_id)
        draft.site = replace(draft.site, alarms=left)
    else:
        meter = draft.meter(event.meter_id)
        alarm, left = _taken(meter.alarms, event.alarm_id)
        draft.meters[event.meter_id] = replace(meter, alarms=left)
    draft.alarms[event.alarm_id] = replace(
        alarm, acknowledged_at=event.at, acknowledged_by=event.by, comment=event.comment
    )


def _taken(alarms: tuple[Alarm, ...], alarm_id: str) -> tuple[Alarm, tuple[Alarm, ...]]:
    found = next(alarm for alarm in alarms if alarm.alarm_id == alarm_id)
    return found, tuple(alarm for alarm in alarms if alarm.alarm_id != alarm_id)


ALARMS: Mapping[type, Apply] = {
    AlarmRaised: _raised,
    AlarmAcknowledged: _acknowledged,
}
