"""How the steps of an operation change the hold's leg and the meter."""

from dataclasses import replace
from typing import assert_never

from meterhold.domain.draft import Draft
from meterhold.domain.events import OperationMoved, OperationQueued
from meterhold.domain.hold import Leg, Register, Window
from meterhold.domain.meter import Actual, Intended, Meter
from meterhold.domain.observation import Observation
from meterhold.domain.operation import Operation
from meterhold.domain.operation_table import Trigger
from meterhold.domain.words import OFF_STATES, Because, Moment, Outcome, SupplyState


def operation_queued(draft: Draft, event: OperationQueued) -> None:
    """Give the leg its operation."""
    operation = event.operation
    _replace_leg(
        draft,
        event.hold_id,
        replace(
            draft.hold(event.hold_id).leg(operation.meter_id),
            operation=operation,
            outcome=None,
            because=None,
            held_by=None,
            accepted=False,
        ),
    )


def operation_moved(draft: Draft, event: OperationMoved) -> None:
    """Take the step, and carry over what it says of supply."""
    leg = draft.hold(event.hold_id).leg(event.meter_id)
    if leg.operation is None:
        msg = f"{event.operation_id} moved on a leg that has no operation"
        raise AssertionError(msg)
    operation = leg.operation.fire(event.move)
    leg = replace(leg, operation=operation)
    move = event.move
    match move.trigger:
        case Trigger.LOOKED:
            if move.observation is not None and move.grade is not None:
                leg = replace(
                    leg,
                    actual=move.grade.actual,
                    proof=move.grade.proof,
                    identity=move.observation.identity.strength,
                    because=None,
                )
                draft.meters[event.meter_id] = _seen(draft.meter(event.meter_id), move.observation, leg)
        case Trigger.INTEND:
            written = leg.written or not operation.connects
            leg = replace(leg, intended=operation.target, because=None, held_by=None, written=written)
            meter = draft.meter(event.meter_id)
            draft.meters[event.meter_id] = replace(
                meter,
                intended=Intended(operation.target, event.hold_id, move.at),
                commands=meter.commands + 1,
            )
        case Trigger.WRITE_NEVER_SENT | Trigger.REWRITE_NEVER_SENT:
            undone = operation.writes == 0 and not operation.connects and not operation.after_a_write
            leg = replace(leg, because=move.because, written=leg.written and not undone)
        case Trigger.PUT_OFF | Trigger.LOOK_FAILED | Trigger.OUTCOME_LOST:
            leg = replace(leg, because=operation.because)
        case Trigger.END:
            leg = _ended(leg, operation)
        case Trigger.WRITE_SENT | Trigger.CARRIER_TOOK_IT | Trigger.ACKNOWLEDGED | Trigger.WRITE_REFUSED:
            pass
        case _:
            assert_never(move.trigger)
    _replace_leg(draft, event.hold_id, leg)


def _seen(meter: Meter, observation: Observation, leg: Leg) -> Meter:
    register = observation.registers[0] if observation.registers else meter.last_register
    return replace(
        meter,
        actual=Actual(leg.actual, leg.proof, observation.source, observation.at),
        identity=leg.identity,
        last_register=register,
    )


def _ended(leg: Leg, operation: Operation) -> Leg:
    """Carry the result over: registers of both moments, and the window in which supply changed."""
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
    if operation.outcome is Outcome.VERIFIED and leg.actual in OFF_STATES:
        found_off = operation.because is Because.ALREADY_IN_STATE and not leg.written
        return replace(leg, suspended_at=window, found_off=found_off)
    if operation.outcome is Outcome.UNVERIFIED and operation.writes == 0 and not leg.written:
        return replace(leg, found_off=True)
    return leg


def _with_registers(
    leg: Leg, operation: Operation, before: Observation, after: Observation | None
) -> tuple[Register, ...]:
    moments = (
        (Moment.BEFORE_RESTORE, Moment.AFTER_RESTORE)
        if operation.connects
        else (Moment.BEFORE_SUSPEND, Moment.AFTER_SUSPEND)
    )
    kept = tuple(register for register in leg.registers if register.moment not in moments)
    return kept + _registers(before, moments[0]) + (() if after is None else _registers(after, moments[1]))


def _registers(look: Observation, moment: Moment) -> tuple[Register, ...]:
    return tuple(
        Register(reading.quantity, reading.value, reading.quantity.unit, reading.quality, moment, reading.at)
        for reading in look.registers
    )


def _replace_leg(draft: Draft, hold_id: str, leg: Leg) -> None:
    hold = draft.hold(hold_id)
    legs = tuple(leg if other.meter_id == leg.meter_id else other for other in hold.legs)
    draft.holds[hold_id] = replace(hold, legs=legs)
