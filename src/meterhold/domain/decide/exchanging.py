"""A meter was replaced: what the old one was told is over, and the new one is looked at and never cut by itself."""

from datetime import datetime, timedelta

from meterhold.domain.commands import ExchangeMeter, Terms
from meterhold.domain.decide import restore, suspend, unrestored
from meterhold.domain.decide.attention import clear
from meterhold.domain.decide.handing_over import open_at
from meterhold.domain.decide.queueing import Work, end_check, queue_operation
from meterhold.domain.draft import Draft
from meterhold.domain.errors import Refused, UnknownThing
from meterhold.domain.events import LegExchanged, MeterExchanged, OperationMoved
from meterhold.domain.evolve import emit
from meterhold.domain.exchange import Exchange
from meterhold.domain.hold import Leg
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.meter import Meter
from meterhold.domain.operation import Move, Operation, OperationKind
from meterhold.domain.operation_table import OperationState, Trigger
from meterhold.domain.replacing import replace
from meterhold.domain.words import Because, Mode, Outcome, SupplyState

_ANSWERS_WITHIN = timedelta(hours=1)
"""How long the new meter has to answer before a person is asked to look at it."""
_CLOCKS_DIFFER_BY = timedelta(minutes=5)
_BEGUN = frozenset({HoldStatus.SUSPENDING, HoldStatus.SUSPENDED, HoldStatus.RESTORING})
_RESOLVABLE = frozenset({OperationState.OBSERVING, OperationState.IN_DOUBT})
"""Where nothing of a write is on its way any more: only its effect is unknown, and went with the old meter."""


def exchange(draft: Draft, command: ExchangeMeter) -> None:
    """Keep the exchange, and let every open hold of the meter go on with the new one."""
    meter = draft.meter(command.meter_id)
    done = _checked(meter, command)
    holds = list(open_at(draft, command.meter_id))
    for hold in holds:
        _refuse_while_writing(hold.leg(command.meter_id))
    emit(draft, MeterExchanged(command.at, command.meter_id, done))
    for hold in holds:
        emit(draft, LegExchanged(command.at, hold.hold_id, command.meter_id, done))
        _go_on(draft, hold.hold_id, command.meter_id, command.at, command.terms)


def _checked(meter: Meter, command: ExchangeMeter) -> Exchange:
    """The exchange as it is kept, if it can be true."""
    done, known = command.exchange, meter.installation.serial
    if meter.retired:
        raise UnknownThing(Because.UNKNOWN_METER, f"meter {command.meter_id} is no longer in the registry")
    if done.at > command.at + _CLOCKS_DIFFER_BY:
        raise Refused(Because.MALFORMED, "the exchange lies in the future")
    if known is not None and done.old_serial is not None and not _same(known, done.old_serial):
        raise Refused(
            Because.METER_MISMATCH, f"{done.old_serial!r} was taken off, and {known!r} is meant by {command.meter_id}"
        )
    if known is not None and done.new_serial is None:
        raise Refused(Because.MALFORMED, "the meter is known by its serial number: say the new one")
    if known is not None and done.new_serial is not None and _same(known, done.new_serial):
        raise Refused(Because.MALFORMED, f"{known!r} is the serial number of the meter that was there already")
    return replace(done, old_serial=done.old_serial or known)


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _refuse_while_writing(leg: Leg) -> None:
    operation = leg.operation
    if operation is not None and operation.unresolved and operation.state not in _RESOLVABLE:
        raise Refused(
            Because.HOLD_STATUS,
            f"a write to meter {leg.meter_id} is on its way ({operation.state}): lock the meter, and record the"
            " exchange once the lock is held",
        )


def _go_on(draft: Draft, hold_id: str, meter_id: str, at: datetime, terms: Terms) -> None:
    """Let a hold that has begun go on; one that is only planned will meet the new meter when it begins."""
    hold = draft.hold(hold_id)
    if hold.status not in _BEGUN or hold.leg(meter_id).mode is Mode.MONITOR_ONLY:
        return
    # What was wrong with the old meter has gone with it.
    clear(draft, hold_id, at, meter_id=meter_id)
    if hold.status is HoldStatus.RESTORING:
        _restore_anew(draft, hold_id, meter_id, at)
        return
    if hold.leg(meter_id).operation is None:
        suspend.queue_suspension(draft, hold, hold.leg(meter_id), at, terms)
    operation = draft.hold(hold_id).leg(meter_id).operation
    if operation is not None and not operation.ended:
        _end(draft, operation, at)
        suspend.note_ended_leg(draft, hold_id, meter_id, at)
    _look(draft, hold_id, meter_id, at)
    if hold.status is HoldStatus.SUSPENDING:
        suspend.proceed(draft, hold_id, at, terms)


def _end(draft: Draft, operation: Operation, at: datetime) -> None:
    """End the work at the old meter. What was not sent yet is not sent to the new one without a person's word."""
    outcome = Outcome.UNRESOLVED if operation.unresolved else Outcome.BLOCKED
    move = Move(Trigger.END, at, outcome=outcome, because=Because.METER_REPLACED, detail="the meter was exchanged")
    emit(draft, OperationMoved(at, operation.hold_id, operation.meter_id, operation.operation_id, move))


def _restore_anew(draft: Draft, hold_id: str, meter_id: str, at: datetime) -> None:
    """Bring supply back at the new meter: that is never too late, and needs nobody's word unless water ran there."""
    operation = draft.hold(hold_id).leg(meter_id).operation
    leaked = operation is not None and operation.kind is OperationKind.LEAK_CLOSE
    if operation is not None and (operation.unresolved or (leaked and not operation.ended)):
        _end(draft, operation, at)
    if leaked:
        # A new meter makes no sound pipe: whoever has looked at the house lets the water in.
        unrestored.note_ended_leg(draft, hold_id, meter_id, at)
        return
    leg = draft.hold(hold_id).leg(meter_id)
    # Also where supply was proven back already: of the new meter nobody knows yet.
    if restore.needs_restore(leg) and not leg.busy:
        end_check(draft, hold_id, leg, at)
        restore.queue_unless_stopped(draft, draft.hold(hold_id), leg, at)
    restore.proceed(draft, hold_id, at)


def _look(draft: Draft, hold_id: str, meter_id: str, at: datetime) -> None:
    """Look at the new meter where the old one may have been off. To find it on is a person's business."""
    hold = draft.hold(hold_id)
    leg = hold.leg(meter_id)
    if not leg.written and not leg.found_off:
        return
    target = SupplyState.RESTRICTED if leg.mode is Mode.RESTRICT else SupplyState.DISCONNECTED
    queue_operation(draft, hold, meter_id, at, Work(target, at + _ANSWERS_WITHIN, due_at=at, kind=OperationKind.CHECK))
