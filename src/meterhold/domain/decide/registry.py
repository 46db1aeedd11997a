"""Meters as the registry names them, and what is seen of them outside any operation."""

from datetime import datetime

from meterhold.domain.commands import CommissionMeter, ObserveMeter, RegisterMeters, ReportAlarm
from meterhold.domain.decide.alarming import raise_alarm
from meterhold.domain.draft import Draft
from meterhold.domain.errors import Refused
from meterhold.domain.events import MeterCommissioned, MeterObserved, MeterRegistered, MeterRetired
from meterhold.domain.evolve import emit
from meterhold.domain.meter import Installation, Meter
from meterhold.domain.replacing import replace
from meterhold.domain.words import Because


def register(draft: Draft, command: RegisterMeters) -> None:
    """Take over what changed; a meter with an open hold cannot vanish."""
    for installation in command.installations:
        known = draft.find_meter(installation.meter_id)
        named = _after_exchange(draft, known, installation, command.at)
        if known is None or known.installation != named or known.retired:
            emit(draft, MeterRegistered(command.at, named.meter_id, named))
            _tell_of_lost_protection(draft, known, named, command.at)
    for meter_id in command.retire:
        meter = draft.meter(meter_id)
        if meter.open_holds:
            raise Refused(
                Because.CONFLICTING_ORDER,
                f"meter {meter_id} has the open hold {meter.open_holds[0]} and may not leave the registry",
            )
        if not meter.retired:
            emit(draft, MeterRetired(command.at, meter_id))


def _tell_of_lost_protection(draft: Draft, known: Meter | None, named: Installation, at: datetime) -> None:
    """A home that was protected and no longer is may be cut from now on: somebody else than the registry must know."""
    lost = frozenset() if known is None else known.installation.flags - named.flags
    if lost:
        flags = ", ".join(sorted(lost))
        detail = f"the registry took {flags} off {named.meter_id}: it may be disconnected from now on"
        raise_alarm(draft, at, Because.PROTECTED_CUSTOMER, detail, meter_id=named.meter_id, subject=flags)


def _after_exchange(draft: Draft, known: Meter | None, named: Installation, at: datetime) -> Installation:
    """Keep the serial number that a person recorded, where the file still names the meter that was taken off."""
    if known is None or named.serial is None or named.serial != known.taken_off:
        return named
    detail = f"the registry's file names {named.serial!r}, which was exchanged: it is {known.installation.serial!r} now"
    raise_alarm(draft, at, Because.METER_REPLACED, detail, meter_id=named.meter_id, subject=named.serial)
    return replace(named, serial=known.installation.serial)


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
