"""Meters as the registry names them, and what is seen of them outside any operation."""

from meterhold.domain.commands import CommissionMeter, ObserveMeter, RegisterMeters, ReportAlarm
from meterhold.domain.decide.alarming import raise_alarm
from meterhold.domain.draft import Draft
from meterhold.domain.errors import Refused
from meterhold.domain.events import MeterCommissioned, MeterObserved, MeterRegistered, MeterRetired
from meterhold.domain.evolve import emit
from meterhold.domain.words import Because


def register(draft: Draft, command: RegisterMeters) -> None:
    """Take over what changed; a meter with an open hold cannot vanish."""
    for installation in command.installations:
        known = draft.find_meter(installation.meter_id)
        if known is None or known.installation != installation or known.retired:
            emit(draft, MeterRegistered(command.at, installation.meter_id, installation))
    for meter_id in command.retire:
        meter = draft.meter(meter_id)
        if meter.open_holds:
            raise Refused(
                Because.CONFLICTING_ORDER,
                f"meter {meter_id} has the open hold {meter.open_holds[0]} and may not leave the registry",
            )
        if not meter.retired:
            emit(draft, MeterRetired(command.at, meter_id))


def commission(draft: Draft, command: CommissionMeter) -> None:
    """Keep the confirmation, if the wiring is still what it was when the person looked."""
    meter = draft.meter(command.meter_id)
    if command.commissioning.wiring != meter.wiring:
        raise Refused(Because.METER_MISMATCH, f"meter {command.meter_id} is now at {meter.wiring}: verify it again")
    emit(draft, MeterCommissioned(command.at, command.meter_id, command.commissioning, command.identity))


def observe(draft: Draft, command: ObserveMeter) -> None:
    """Keep what was seen, unless a later look is already known."""
    meter = draft.meter(command.meter_id)
    if meter.actual.at is not None and command.actual.at is not None and command.actual.at < meter.actual.at:
        return
    emit(draft, MeterObserved(command.at, command.meter_id, command.actual, command.identity, command.register))


def alarm(draft: Draft, command: ReportAlarm) -> None:
    """Raise an alarm of a meter that the registry knows."""
    raise_alarm(draft, command.at, command.code, command.detail, meter_id=command.meter_id, subject=command.subject)
