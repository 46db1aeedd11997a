"""What is kept for a dispute: the meter's settings at both ends, and the mark of a wrongful cut."""

from datetime import datetime

from meterhold.domain.commands import MarkWrongful
from meterhold.domain.decide.alarming import raise_alarm
from meterhold.domain.draft import Draft
from meterhold.domain.errors import Refused
from meterhold.domain.events import HoldMarkedWrongful, SettingsRead
from meterhold.domain.evolve import emit
from meterhold.domain.kept_settings import Setting, changed
from meterhold.domain.operation import Operation
from meterhold.domain.words import Because, Moment


def mark_wrongful(draft: Draft, command: MarkWrongful) -> None:
    """Mark a hold, once. What never began cut nobody off."""
    hold = draft.hold(command.hold_id)
    if hold.wrongful is not None:
        raise Refused(Because.HOLD_STATUS, f"hold {hold.hold_id} was marked as wrongful by {hold.wrongful.by} already")
    if not hold.intended_once and all(leg.suspended_at is None for leg in hold.legs):
        raise Refused(Because.HOLD_STATUS, f"hold {hold.hold_id} has not disconnected anything")
    emit(draft, HoldMarkedWrongful(command.at, hold.hold_id, command.by, command.reason))


def note_settings(draft: Draft, operation: Operation, at: datetime, settings: tuple[Setting, ...]) -> None:
    """Keep what was read before a suspension; after a restore say as well what differs. Nothing waits for it."""
    if not settings:
        return
    hold_id, meter_id = operation.hold_id, operation.meter_id
    moment = Moment.AFTER_RESTORE if operation.connects else Moment.BEFORE_SUSPEND
    emit(draft, SettingsRead(at, hold_id, meter_id, moment, settings))
    differing = changed(draft.hold(hold_id).leg(meter_id).settings, settings)
    if differing and operation.connects:
        raise_alarm(
            draft,
            at,
            Because.SETTINGS_CHANGED,
            "; ".join(str(one) for one in differing),
            meter_id=meter_id,
            hold_id=hold_id,
            evidence={one.name: f"{one.before} -> {one.after}" for one in differing},
        )
