"""The gateway's own turn at a meter: permission to write, and what a turn brought."""

from datetime import datetime, timedelta

from meterhold.domain.commands import RecordIntent, RecordTurn, ReportPoisoned, Terms
from meterhold.domain.decide import (
    admission,
    checks,
    evidence,
    handing_over,
    pacing,
    quarantine,
    restore,
    suspend,
    unrestored,
)
from meterhold.domain.decide.attention import ON_ITS_OWN, STOPS, clear_passing, raise_once, while_stopped
from meterhold.domain.draft import Draft
from meterhold.domain.errors import Refused
from meterhold.domain.events import CommissioningVoided, OperationMoved
from meterhold.domain.evolve import emit
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.meter import Meter
from meterhold.domain.operation import Move, Operation
from meterhold.domain.operation_table import OperationState, Trigger
from meterhold.domain.policy import Verdict
from meterhold.domain.protocol import PUT_OFF_S
from meterhold.domain.sentences import sentence
from meterhold.domain.words import Because, Outcome

_SUSPENDS = frozenset({HoldStatus.SUSPENDING, HoldStatus.SUSPENDED})
"""Where a hold may disconnect: while it begins, and again by a person's decision where supply came back by itself."""


def record_intent(draft: Draft, command: RecordIntent) -> None:
    """Permit a write, or say what the operation does instead.

    Everything that can forbid a write is checked here, inside the transaction that records the intent. The caller may
    write only if the operation comes back as ``intended``; take back only if it comes back as ``in_doubt``. Taking
    back switches nothing: neither a lock nor the inhibit stops it.
    """
    operation = take_moves(draft, command)
    evidence.note_settings(draft, operation, command.at, command.settings)
    if command.withdraws:
        if not operation.connects and handing_over.stacked_over(draft, command.meter_id, command.hold_id) is not None:
            return  # another hold wants the meter off: what is still on its way may as well arrive
        because, detail = operation.because, "taken back"
        _move(
            draft, operation, Move(Trigger.WITHDRAW, command.at, intent=command.intent, because=because, detail=detail)
        )
        return
    stop = _forbidden(draft, operation, command)
    if isinstance(stop, Move):
        _move(draft, operation, stop)
        if stop.trigger is Trigger.END or operation.connects:
            # What stops one leg's restore does not stop the others'.
            _follow(draft, command.hold_id, command.meter_id, command.at, command.terms)
        return
    clear_passing(draft, command.hold_id, command.at, command.meter_id)
    _move(draft, operation, Move(Trigger.INTEND, command.at, intent=command.intent))


def record_turn(draft: Draft, command: RecordTurn) -> None:
    """Keep what happened, and draw the consequences for the hold."""
    if checks.overtaken(draft, command):
        return
    operation = take_moves(draft, command)
    _refuse_overtaken(draft, operation)
    evidence.note_settings(draft, operation, command.at, command.settings)
    if operation.because is Because.METER_MISMATCH or operation.because is Because.NOT_COMMISSIONED:
        _void_commissioning(draft, command, operation)
    if operation.watches:
        checks.note(draft, operation, command)
        if operation.ended:
            follow(draft, command.hold_id, command.at, command.terms)
        return
    if not operation.restores and not operation.ended and operation.because in STOPS:
        return
    if operation.ended:
        checks.queue(draft, operation, command)
    elif command.moves and command.moves[-1].trigger is Trigger.PUT_OFF:
        _make_room(draft, operation, command.at)
    _follow(draft, command.hold_id, command.meter_id, command.at, command.terms)


def _refuse_overtaken(draft: Draft, operation: Operation) -> None:
    """Believe no look that says that nothing is to be done while another hold's write may be moving the meter."""
    if not operation.ended or operation.writes or operation.watches or operation.last_look is None:
        return
    other = _other_unresolved(draft, draft.meter(operation.meter_id), operation.hold_id)
    if other is not None:
        raise Refused(Because.BUS_BUSY, f"a write of hold {other} to this meter is not resolved yet: look again")


def report_poisoned(draft: Draft, command: ReportPoisoned) -> None:
    """Raise attention for an operation that our own code cannot carry on."""
    detail = f"the gateway's own code failed on it: {command.error}"
    raise_once(
        draft, command.hold_id, command.at, Because.POISONED, command.meter_id, decisions=ON_ITS_OWN, detail=detail
    )


def take_moves(draft: Draft, command: RecordIntent | RecordTurn) -> Operation:
    """Let the operation take the steps that happened, if nobody else has moved it."""
    operation = draft.hold(command.hold_id).leg(command.meter_id).find(command.operation_id)
    if operation is None or operation.revision != command.revision:
        raise Refused(
            Because.CONFLICTING_ORDER, f"operation {command.operation_id} was moved by somebody else: look again"
        )
    for move in command.moves:
        _move(draft, operation, move)
    moved = draft.hold(command.hold_id).leg(command.meter_id).find(command.operation_id)
    return operation if moved is None else moved


def _move(draft: Draft, operation: Operation, move: Move) -> None:
    emit(draft, OperationMoved(move.at, operation.hold_id, operation.meter_id, operation.operation_id, move))


def _forbidden(draft: Draft, operation: Operation, command: RecordIntent) -> Move | None:
    """Say what happens instead of a write; ``None`` permits it."""
    meter, at = draft.meter(command.meter_id), command.at
    if meter.lock is not None:
        raise_once(
            draft,
            command.hold_id,
            at,
            Because.TECHNICIAN_LOCK,
            command.meter_id,
            who=meter.lock.owner,
            decisions=while_stopped(draft, command.hold_id),
            detail=f"locked by {meter.lock.owner}: {meter.lock.reason}",
        )
        return _put_off(at, Because.TECHNICIAN_LOCK, f"locked by {meter.lock.owner}")
    other = _other_unresolved(draft, meter, command.hold_id)
    if other is not None:
        return _put_off(
            at, Because.BUS_BUSY, f"a write of hold {other} to this meter is not resolved yet", within_s=1.0
        )
    if operation.connects:
        return _forbidden_connect(draft, operation, at) or _paced(draft, operation, meter, at)
    return _forbidden_disconnect(draft, operation, meter, command) or _behind_valves(draft, operation, meter, command)


def _paced(draft: Draft, operation: Operation, meter: Meter, at: datetime) -> Move | None:
    until = pacing.too_many_at_once(draft, operation, meter, at)
    if until is None:
        return None
    pacing.note_paced(draft, operation.hold_id, meter, at, until)
    return Move(Trigger.PUT_OFF, at, because=Because.PACED, detail=sentence(Because.PACED), look_again_at=until)


def _behind_valves(draft: Draft, operation: Operation, meter: Meter, command: RecordIntent) -> Move | None:
    until = pacing.valves_moving(draft, operation, meter, command.at, command.intent.travel_s)
    if until is None:
        return None
    because = Because.VALVES_MOVING
    return Move(Trigger.PUT_OFF, command.at, because=because, detail=sentence(because), look_again_at=until)


def _forbidden_connect(draft: Draft, operation: Operation, at: datetime) -> Move | None:
    holder = handing_over.stacked_over(draft, operation.meter_id, operation.hold_id)
    if holder is None:
        return _left_to_heir(draft, operation, at)
    unrestored.wait_for(draft, operation.hold_id, operation.meter_id, at, holder)
    detail = f"the {holder.reason} hold {holder.hold_id} is open on this meter"
    if operation.state is OperationState.OBSERVING:
        return Move(Trigger.END, at, outcome=Outcome.SUPERSEDED, because=Because.HELD_BY, detail=detail)
    return _put_off(at, Because.HELD_BY, detail)


def _left_to_heir(draft: Draft, operation: Operation, at: datetime) -> Move | None:
    """Leave the meter off where another hold has come to want it so since this restore was planned."""
    heir = handing_over.heir_of(draft, operation.meter_id, operation.hold_id)
    if heir is None:
        return None
    handing_over.hand_over(draft, operation.hold_id, operation.meter_id, heir, at)
    detail = f"the {heir.reason} hold {heir.hold_id} keeps this meter off"
    return Move(Trigger.END, at, outcome=Outcome.SUPERSEDED, because=Because.HELD_BY, detail=detail)


def _make_room(draft: Draft, operation: Operation, at: datetime) -> None:
    """End a restore that the device stops after a write without effect, where another hold keeps the meter off.

    Its write is known to have done nothing; left open it would keep that hold from disconnecting.
    """
    grade = operation.last_grade
    without_effect = operation.state is OperationState.OBSERVING and grade is not None and grade.shows_old_state
    stop = _forbidden_connect(draft, operation, at) if operation.connects and without_effect else None
    if stop is not None:
        _move(draft, operation, stop)


def _forbidden_disconnect(draft: Draft, operation: Operation, meter: Meter, command: RecordIntent) -> Move | None:
    at, hold = command.at, draft.hold(command.hold_id)
    if hold.status not in ({HoldStatus.RESTORING} if operation.restores else {*_SUSPENDS}):
        return Move(Trigger.END, at, outcome=Outcome.SUPERSEDED, detail=f"the hold is {hold.status}")
    if operation.send_before is not None and at >= operation.send_before:
        return Move(Trigger.END, at, outcome=Outcome.EXPIRED, because=Because.EXPIRED, detail="not_after has passed")
    protected = admission.protects(draft, hold, meter, at)
    if protected is not None:
        return Move(Trigger.END, at, outcome=Outcome.BLOCKED, because=protected.code, detail=protected.sentence)
    unpermitted = None if operation.restores else admission.not_now(draft, hold, meter.meter_id, at, command.terms)
    if unpermitted is not None:
        return _by_rule(operation, unpermitted, at)
    inhibit = draft.site.inhibit
    if inhibit is not None:
        raise_once(
            draft,
            command.hold_id,
            at,
            Because.INHIBITED,
            command.meter_id,
            who=inhibit.by,
            decisions=while_stopped(draft, command.hold_id),
            detail=f"the inhibit is on: {inhibit.reason}",
        )
        return _put_off(at, Because.INHIBITED, f"the inhibit is on: {inhibit.reason}")
    if not command.clock_trusted:
        return _put_off(at, Because.CLOCK, "the machine's clock has jumped or is not synchronised")
    return quarantine.hold_back(draft, operation, meter, at, command.terms)


def _by_rule(operation: Operation, verdict: Verdict, at: datetime) -> Move:
    """Let a first write wait for a permitted moment. Where there is none, it is blocked.

    So is a second one, whose first had no effect: left open for hours it would keep the meter taken.
    """
    if verdict.until is None or operation.unresolved:
        return Move(Trigger.END, at, outcome=Outcome.BLOCKED, because=verdict.code, detail=verdict.sentence)
    detail = f"{verdict.rule}: {verdict.sentence}"
    return Move(Trigger.PUT_OFF, at, because=verdict.code, detail=detail, look_again_at=verdict.until)


def _put_off(at: datetime, because: Because, detail: str, *, within_s: float = PUT_OFF_S) -> Move:
    again = at + timedelta(seconds=within_s)
    return Move(Trigger.PUT_OFF, at, because=because, detail=detail, look_again_at=again)


def _other_unresolved(draft: Draft, meter: Meter, hold_id: str) -> str | None:
    """Name another hold whose write to this meter is not resolved: there is never more than one."""
    for other_id in meter.open_holds:
        other = draft.find_hold(other_id)
        if other is None or other_id == hold_id:
            continue
        operation = other.leg(meter.meter_id).operation
        if operation is not None and operation.unresolved:
            return other_id
    return None


def _void_commissioning(draft: Draft, command: RecordTurn, operation: Operation) -> None:
    if draft.meter(command.meter_id).commissioning is not None:
        because = operation.because or Because.METER_MISMATCH
        emit(draft, CommissioningVoided(command.at, command.meter_id, because, operation.detail))


def _follow(draft: Draft, hold_id: str, meter_id: str, at: datetime, terms: Terms) -> None:
    """Let the hold go on after one of its legs has."""
    leg = draft.hold(hold_id).leg(meter_id)
    operation = leg.operation
    ended = operation is not None and operation.ended
    if operation is not None and ended:
        if operation.restores:
            unrestored.note_ended_leg(draft, hold_id, meter_id, at)
        else:
            suspend.note_ended_leg(draft, hold_id, meter_id, at)
    elif operation is not None and operation.restores:
        unrestored.note_stopped_leg(draft, operation, at, terms)
    follow(draft, hold_id, at, terms, ended=ended)


def follow(draft: Draft, hold_id: str, at: datetime, terms: Terms, *, ended: bool = True) -> None:
    """Take the next step of a hold in whichever direction it goes."""
    if draft.hold(hold_id).status is HoldStatus.SUSPENDING and ended:
        suspend.proceed(draft, hold_id, at, terms)
    if draft.hold(hold_id).status is HoldStatus.RESTORING:
        restore.proceed(draft, hold_id, at)
