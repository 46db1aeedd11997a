"""The looks that follow a switching: whether the meter stayed there, and whether the customer pressed the button."""

from datetime import datetime, timedelta

from meterhold.domain.commands import RecordTurn
from meterhold.domain.decide.attention import RESTORE_DECISIONS, clear, raise_once
from meterhold.domain.decide.matters import say
from meterhold.domain.decide.queueing import Work, end_check, queue_operation
from meterhold.domain.draft import Draft
from meterhold.domain.hold import Hold
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.operation import Operation, OperationKind
from meterhold.domain.watching import Finding, evidence_of
from meterhold.domain.words import Because, Decision, Outcome, SupplyState

_ANSWERS_WITHIN = timedelta(minutes=15)
"""How long a check tries a meter that does not answer."""
_AFTER_THE_END = (Decision.FIELD_VISIT, Decision.ACCEPT_AS_IS)
"""A hold that is over is not reopened: an order brings supply back."""


def queue(draft: Draft, ended: Operation, command: RecordTurn) -> None:
    """Plan the look that follows a switching of ours: once, or until the button of an armed meter is pressed."""
    if ended.kind is not OperationKind.SWITCH or command.check_after_s <= 0:
        return
    due_at = command.at + timedelta(seconds=command.check_after_s)
    if ended.outcome is Outcome.ARMED and ended.connects:
        work = Work(SupplyState.CONNECTED, due_at=due_at, kind=OperationKind.AWAIT_BUTTON)
    elif ended.outcome is Outcome.VERIFIED and (ended.writes > 0 or ended.after_a_write):
        work = Work(ended.target, due_at + _ANSWERS_WITHIN, due_at=due_at, kind=OperationKind.CHECK)
    else:
        return
    queue_operation(draft, draft.hold(ended.hold_id), ended.meter_id, command.at, work)


def overtaken(draft: Draft, command: RecordTurn) -> bool:
    """End a check of a meter that something else was intended for since: what it saw is not its to judge."""
    leg = draft.hold(command.hold_id).leg(command.meter_id)
    operation = leg.find(command.operation_id)
    if operation is None or not operation.watches or operation.ended:
        return False
    # Counted, not timed: a clock that is set must neither hide another command nor make one up.
    if operation.after_command in {None, draft.meter(command.meter_id).commands}:
        return False
    end_check(draft, command.hold_id, leg, command.at)
    if operation.kind is OperationKind.AWAIT_BUTTON:
        # It was all that the restore still waited for: without it nobody would look again.
        raise_once(
            draft,
            command.hold_id,
            command.at,
            Because.VERIFY_MISMATCH,
            operation.meter_id,
            decisions=RESTORE_DECISIONS,
            detail="it waited for its button, and something else was intended for the meter since",
        )
    return True


def note(draft: Draft, operation: Operation, command: RecordTurn) -> None:
    """Say what a check found."""
    _note_new_meter(draft, operation, command)
    if operation.kind is OperationKind.AWAIT_BUTTON:
        _note_button(draft, operation, command)
    if operation.outcome in {Outcome.REVERTED, Outcome.IDENTITY_MISMATCH}:
        hold = draft.hold(operation.hold_id)
        raise_once(
            draft,
            hold.hold_id,
            command.at,
            operation.because or Because.VERIFY_MISMATCH,
            operation.meter_id,
            decisions=decisions_on(hold),
            detail=f"{operation.outcome}: {operation.detail}",
        )
        _alarm(draft, operation, command.at)


def _note_new_meter(draft: Draft, operation: Operation, command: RecordTurn) -> None:
    """Say of a meter that was put in during the hold whether it is seen to be off."""
    hold = draft.hold(operation.hold_id)
    leg = hold.leg(operation.meter_id)
    if not leg.exchanges or operation.connects:
        return
    if operation.outcome is Outcome.VERIFIED:
        clear(draft, hold.hold_id, command.at, meter_id=leg.meter_id, codes={Because.METER_REPLACED})
    elif operation.outcome in {Outcome.UNREACHABLE, Outcome.UNVERIFIED} and leg.actual is SupplyState.UNKNOWN:
        detail = f"nobody could see whether the new meter is off: {operation.detail}"
        raise_once(
            draft,
            hold.hold_id,
            command.at,
            Because.METER_REPLACED,
            leg.meter_id,
            decisions=decisions_on(hold),
            detail=detail,
        )


def _note_button(draft: Draft, operation: Operation, command: RecordTurn) -> None:
    if operation.outcome is Outcome.VERIFIED:
        clear(draft, operation.hold_id, command.at, meter_id=operation.meter_id)
    elif not operation.ended and command.at >= operation.created_at + timedelta(seconds=command.terms.armed_timeout_s):
        raise_once(
            draft,
            operation.hold_id,
            command.at,
            Because.NO_EVIDENCE,
            operation.meter_id,
            decisions=(*RESTORE_DECISIONS, Decision.ACCEPT_AS_IS),
            detail="armed, and the customer has not pressed the button",
        )


def _alarm(draft: Draft, operation: Operation, at: datetime) -> None:
    """Say it as the watch would, which then finds it said."""
    off = not operation.connects
    code = Because.METER_REPLACED
    if operation.outcome is Outcome.REVERTED:
        code = Because.SUPPLY_BACK if off else Because.STATE_DRIFT
    look = operation.last_look
    finding = Finding(code, operation.detail, {} if look is None else evidence_of(look))
    say(draft, at, operation.meter_id, operation.hold_id, finding)


def decisions_on(hold: Hold) -> tuple[Decision, ...]:
    """What a person may decide where supply is not as a switching left it."""
    if hold.final:
        return _AFTER_THE_END
    return RESTORE_DECISIONS if hold.status is HoldStatus.RESTORING else (*RESTORE_DECISIONS, Decision.RESTORE)
