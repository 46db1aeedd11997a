"""How the steps of an operation change the hold's leg and the meter."""

from collections.abc import Mapping
from typing import assert_never

from meterhold.domain.draft import Draft
from meterhold.domain.events import OperationMoved, OperationQueued
from meterhold.domain.evolve.applying import Apply
from meterhold.domain.hold import Leg, OffPeriod, Register, Window
from meterhold.domain.meter import Actual, Intended, Meter
from meterhold.domain.observation import Observation
from meterhold.domain.operation import Grade, Operation, OperationKind
from meterhold.domain.operation_table import Trigger
from meterhold.domain.replacing import replace
from meterhold.domain.words import OFF_STATES, Because, Moment, Outcome, SupplyState


def _operation_queued(draft: Draft, event: OperationQueued) -> None:
    """Give the leg its operation."""
    operation = event.operation
    leg = draft.hold(event.hold_id).leg(operation.meter_id)
    if operation.watches:
        leg = replace(leg, check=operation)
    else:
        leg = replace(
            leg if operation.restores else _period_kept(leg),
            operation=operation,
            outcome=None,
            because=None,
            held_by=None,
            waits_until=None,
            accepted=False,
        )
    _replace_leg(draft, event.hold_id, leg)


def _operation_moved(draft: Draft, event: OperationMoved) -> None:
    """Take the step, and carry over what it says of supply."""
    leg = draft.hold(event.hold_id).leg(event.meter_id)
    operation = leg.find(event.operation_id)
    if operation is None:
        msg = f"{event.operation_id} moved on a leg that has no such operation"
        raise AssertionError(msg)
    operation = operation.fire(event.move)
    leg = _watched(draft, leg, operation, event) if operation.watches else _switched(draft, leg, operation, event)
    _replace_leg(draft, event.hold_id, leg)


def _switched(draft: Draft, leg: Leg, operation: Operation, event: OperationMoved) -> Leg:
    """Carry over what a switching says."""
    leg = replace(leg, operation=operation)
    move = event.move
    match move.trigger:
        case Trigger.LOOKED:
            if move.observation is not None and move.grade is not None:
                identity = move.observation.identity.strength
                leg = replace(leg, actual=move.grade.actual, proof=move.grade.proof, identity=identity, because=None)
                draft.meters[event.meter_id] = _seen(draft.meter(event.meter_id), move.observation, move.grade)
        case Trigger.INTEND:
            written = leg.written or not operation.connects
            leg = replace(leg, intended=operation.target, because=None, held_by=None, waits_until=None, written=written)
            # What was on when it was told to go off is this hold's to bring back, however it was found at first.
            leg = replace(leg, found_off=leg.found_off and operation.connects)
            meter = draft.meter(event.meter_id)
            draft.meters[event.meter_id] = replace(
                meter,
                intended=Intended(operation.target, event.hold_id, move.at),
                commands=meter.commands + 1,
            )
        case Trigger.WRITE_NEVER_SENT | Trigger.REWRITE_NEVER_SENT:
            undone = operation.writes == 0 and not operation.connects and not operation.after_a_write
            leg = replace(leg, because=move.because, written=leg.written and not undone)
        case Trigger.WITHDRAW:
            meter = draft.meter(event.meter_id)
            draft.meters[event.meter_id] = replace(meter, commands=meter.commands + 1)
            leg = replace(leg, because=operation.because)
        case Trigger.PUT_OFF | Trigger.LOOK_FAILED | Trigger.OUTCOME_LOST:
            leg = replace(leg, because=operation.because)
        case Trigger.END:
            leg = _ended(leg, operation)
            if operation.connects and operation.outcome is Outcome.VERIFIED and operation.writes == 0:
                # Nothing had to be written: it is wanted where it was found all the same.
                leg = replace(leg, intended=operation.target)
                wanted = Intended(operation.target, event.hold_id, move.at)
                draft.meters[event.meter_id] = replace(draft.meter(event.meter_id), intended=wanted)
        case (
            Trigger.WRITE_SENT
            | Trigger.CARRIER_TOOK_IT
            | Trigger.ACKNOWLEDGED
            | Trigger.WRITE_REFUSED
            | Trigger.WITHDRAWN
        ):
            pass
        case _:
            assert_never(move.trigger)
    return leg


def _watched(draft: Draft, leg: Leg, operation: Operation, event: OperationMoved) -> Leg:
    """Carry over what a check says: nothing of the leg, unless it found supply somewhere else."""
    leg = replace(leg, check=operation)
    move, look, grade = event.move, operation.last_look, operation.last_grade
    if move.trigger is Trigger.LOOKED and look is not None and grade is not None:
        draft.meters[event.meter_id] = _seen(draft.meter(event.meter_id), look, grade)
    if move.trigger is not Trigger.END or look is None or grade is None:
        return leg
    before = operation.before.at if operation.before is not None else operation.created_at
    window = Window(before, look.at)
    if operation.outcome is Outcome.REVERTED:
        leg = replace(leg, actual=grade.actual, proof=grade.proof, outcome=Outcome.REVERTED, because=operation.because)
        supplied_again = not operation.connects and grade.actual not in OFF_STATES
        return replace(leg, reverted_at=window) if supplied_again else leg
    if operation.outcome is Outcome.VERIFIED and leg.exchanges and not operation.connects:
        # It is another meter than the one that was switched off: this look is the first that tells of it.
        since = leg.suspended_at or window
        leg = replace(leg, actual=grade.actual, proof=grade.proof, outcome=Outcome.VERIFIED, because=None)
        return replace(leg, suspended_at=since, identity=look.identity.strength)
    if operation.kind is OperationKind.AWAIT_BUTTON and operation.outcome is Outcome.VERIFIED:
        return replace(
            leg,
            actual=grade.actual,
            proof=grade.proof,
            outcome=Outcome.VERIFIED,
            because=None,
            restored_at=window,
            registers=_with_registers(leg, operation, None, look),
        )
    return leg


def _seen(meter: Meter, observation: Observation, grade: Grade) -> Meter:
    register = observation.registers[0] if observation.registers else meter.last_register
    return replace(
        meter,
        actual=Actual(grade.actual, grade.proof, observation.source, observation.at),
        identity=observation.identity.strength,
        last_register=register,
    )


def _ended(leg: Leg, operation: Operation) -> Leg:
    """Carry the result over: registers of both moments, and the window in which supply changed."""
    if operation.kind is OperationKind.LEAK_CLOSE:
        return _closed_again(leg, operation)
    leg = replace(leg, outcome=operation.outcome, because=operation.because)
    before, after = operation.before, operation.last_look
    if before is None or after is None:
        return leg
    if operation.last_grade is None:  # nobody has looked since the write: the last look is still the one before it
        return replace(leg, registers=_with_registers(leg, operation, before, None))
    leg = replace(leg, registers=_with_registers(leg, operation, before, after))
    window = Window(operation.intent.at if operation.intent is not None else before.at, after.at)
    if operation.connects:
        restored = operation.outcome is Outcome.VERIFIED and leg.actual is SupplyState.CONNECTED
        return replace(leg, restored_at=window) if restored else leg
    if operation.outcome in {Outcome.VERIFIED, Outcome.ARMED} and leg.actual in OFF_STATES:
        found_off = operation.because is Because.ALREADY_IN_STATE and not leg.written
        # A meter that was only armed meanwhile has been off all the time.
        return replace(leg, suspended_at=leg.suspended_at or window, found_off=found_off)
    if operation.outcome is Outcome.UNVERIFIED and operation.writes == 0 and not leg.written:
        return replace(leg, found_off=True)
    return leg


def _period_kept(leg: Leg) -> Leg:
    """Put the time off that ended by itself aside, with its registers, before another one may begin."""
    if leg.suspended_at is None or leg.reverted_at is None:
        return leg
    its = tuple(register for register in leg.registers if register.moment in _SUSPENDING)
    left = tuple(register for register in leg.registers if register.moment not in _SUSPENDING)
    period = OffPeriod(leg.suspended_at, leg.reverted_at, its)
    return replace(leg, off_before=(*leg.off_before, period), suspended_at=None, reverted_at=None, registers=left)


_SUSPENDING = frozenset({Moment.BEFORE_SUSPEND, Moment.AFTER_SUSPEND})


def _closed_again(leg: Leg, operation: Operation) -> Leg:
    """Say of a leg that let water run what its restore came to: blocked, or what keeps it from being off."""
    if operation.outcome in {Outcome.VERIFIED, Outcome.UNVERIFIED}:
        return replace(leg, outcome=Outcome.BLOCKED, because=Because.LEAK_ON_RESTORE)
    return replace(leg, outcome=operation.outcome, because=operation.because)


def _with_registers(
    leg: Leg, operation: Operation, before: Observation | None, after: Observation | None
) -> tuple[Register, ...]:
    first, last = (
        (Moment.BEFORE_RESTORE, Moment.AFTER_RESTORE)
        if operation.connects
        else (Moment.BEFORE_SUSPEND, Moment.AFTER_SUSPEND)
    )
    new = () if before is None else _registers(before, first)
    new += () if after is None else _registers(after, last)
    # What is read anew replaces what was read before; before a button is pressed nothing is read.
    gone = {last} if before is None else {first, last}
    return tuple(register for register in leg.registers if register.moment not in gone) + new


def _registers(look: Observation, moment: Moment) -> tuple[Register, ...]:
    return tuple(
        Register(reading.quantity, reading.value, reading.quantity.unit, reading.quality, moment, reading.at)
        for reading in look.registers + look.paired
    )


def _replace_leg(draft: Draft, hold_id: str, leg: Leg) -> None:
    hold = draft.hold(hold_id)
    legs = tuple(leg if other.meter_id == leg.meter_id else other for other in hold.legs)
    draft.holds[hold_id] = replace(hold, legs=legs)


OPERATIONS: Mapping[type, Apply] = {
    OperationQueued: _operation_queued,
    OperationMoved: _operation_moved,
}
