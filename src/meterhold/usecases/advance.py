"""Take an operation's next turn: one call for start, retry, restart, late reply and settled valve.

A turn is: identity and look, then the intent (durable), then one write. Each later look is another turn. Between
turns an operation lives only in the journal; what happens inside one is kept in an ``Attempt`` until the next commit.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never

from meterhold.domain.commands import RecordIntent, RecordTurn
from meterhold.domain.errors import IllegalTransition, MeterRefused, NeverSent, NoAnswer, OutcomeUnknown, Refused
from meterhold.domain.hold import Hold, Leg
from meterhold.domain.identity import IdentityVerdict, check_identity
from meterhold.domain.meter import Meter
from meterhold.domain.next_step import End, LookAgain, NextStep, TakeBack, Timing, WriteNow
from meterhold.domain.observation import Observation
from meterhold.domain.operation import Intent, Move, Operation
from meterhold.domain.operation_table import OperationState, Trigger
from meterhold.domain.proof import grade
from meterhold.domain.protocol import (
    INTENT_GOOD_FOR_S,
    after_failed_look,
    after_look,
    after_stranger,
    after_unmet,
    back_off_s,
)
from meterhold.domain.words import Because, Outcome, Proof
from meterhold.profiles import Profile, describe, plan_command
from meterhold.usecases.executing import NotHeld, RefusedHalfWay, Steps, carry_out, divided, prepare
from meterhold.usecases.looking import link_of, look, profile_of, timing_of
from meterhold.usecases.ports import Ports, Turn

_SENT = frozenset({OperationState.INTENDED, OperationState.SENT, OperationState.DELIVERED})


@dataclass(slots=True)
class Attempt:
    """An operation in the middle of a turn: as it stands, and the moves that the journal does not have yet."""

    ports: Ports
    leg: Leg
    meter: Meter
    profile: Profile
    operation: Operation
    known_revision: int
    moves: list[Move] = field(default_factory=list)

    @property
    def timing(self) -> Timing:
        """How this model moves."""
        return timing_of(self.profile)

    def now(self) -> datetime:
        """Civil time."""
        return self.ports.clock.now()

    def take(self, move: Move) -> None:
        """Take a step of the table and remember it for the journal."""
        self.operation = self.operation.fire(move)
        self.moves.append(move)

    def due(self) -> bool:
        """Whether the next turn may be taken at once."""
        return not self.operation.ended and self.operation.due_at <= self.now()


async def advance(ports: Ports, hold: Hold, meter: Meter) -> None:
    """Take what turns are due on the meter's operation, and leave the result in the journal.

    Nothing is raised for what happens at the meter: that is the operation's own life. ``StoreUnavailable`` means that
    the journal could not be written; whatever was sent is then found unresolved and looked at first.
    """
    leg = hold.leg(meter.meter_id)
    if leg.operation is None or leg.operation.ended:
        return
    attempt = Attempt(ports, leg, meter, profile_of(ports, meter), leg.operation, leg.operation.revision)
    if attempt.operation.state is OperationState.INTENDED:
        # The write may be no older than this moment: it gets the time that the model needs before its first look.
        _in_doubt(attempt, OutcomeUnknown(Because.OUTCOME_UNKNOWN, "found with an intent and no outcome"))
    elif await _another_write_is_unresolved(attempt):
        return
    while attempt.due():
        if not await _take_turn(attempt):
            return
    await _record(attempt)


async def _another_write_is_unresolved(attempt: Attempt) -> bool:
    """Whether another hold's write to this meter is not resolved yet: what is seen now may be its movement."""
    operation, meter = attempt.operation, attempt.meter
    if operation.unresolved or not attempt.due():
        return False
    for other_id in meter.open_holds:
        other = None if other_id == operation.hold_id else await attempt.ports.queries.hold(other_id)
        its = None if other is None else other.leg(meter.meter_id).operation
        if its is not None and its.unresolved:
            detail = f"a write of hold {other_id} to this meter is not resolved yet"
            again = attempt.now() + timedelta(seconds=max(1.0, attempt.timing.poll_s))
            attempt.take(_put_off(attempt, LookAgain(again, Because.BUS_BUSY, detail)))
            await _record(attempt)
            return True
    return False


async def _take_turn(attempt: Attempt) -> bool:
    """Take one turn on the link. False: the journal knows everything, and somebody else may go on."""
    try:
        async with attempt.ports.links.turn(link_of(attempt.ports, attempt.meter)) as turn:
            observation = await look(attempt.ports, turn, attempt.meter, attempt.profile, _delivered_at(attempt))
            step = _looked(attempt, observation)
            if not isinstance(step, WriteNow):
                return True
            command = _command(attempt)
            first, rest = divided(command)
            await prepare(first, turn, attempt.ports.clock)
            if not await _permitted(attempt, command):
                return False
            await _write(attempt, turn, rest)
            return True
    except NotHeld as unmet:
        _unmet(attempt, unmet)
        return True
    except (NeverSent, NoAnswer, MeterRefused) as failure:
        _could_not_look(attempt, failure)
        return True


def _delivered_at(attempt: Attempt) -> datetime | None:
    return attempt.operation.written_at if attempt.operation.unresolved else None


def _looked(attempt: Attempt, observation: Observation) -> NextStep:
    """Grade what was seen, and let the protocol say what follows."""
    verdict = _identity(attempt, observation)
    if not verdict.ok:
        return _saw_stranger(attempt, observation, verdict)
    operation = attempt.operation
    result = grade(
        operation.target,
        attempt.meter.installation.service,
        operation.before if operation.unresolved else None,
        observation,
        acknowledged=operation.acknowledged,
        written=operation.writes > 0,
        load_seen=operation.load_seen and operation.unresolved,
        required=attempt.ports.terms.required_proof.get(attempt.meter.installation.profile),
    )
    move = Move(Trigger.LOOKED, attempt.now(), observation=observation, grade=result)
    step = after_look(operation.fire(move), attempt.now(), attempt.timing)
    match step:
        case WriteNow() | TakeBack():
            attempt.take(move)
        case LookAgain():
            attempt.take(replace(move, look_again_at=step.at))
            if step.detail:
                attempt.take(_put_off(attempt, step))
        case End():
            attempt.take(move)
            attempt.take(_end(attempt, step))
        case _:
            assert_never(step)
    return step


def _saw_stranger(attempt: Attempt, observation: Observation, verdict: IdentityVerdict) -> NextStep:
    """Keep what answered as evidence, and take it for a look that failed: nothing was seen of our meter."""
    because = verdict.because or Because.METER_MISMATCH
    move = Move(_blind(attempt), attempt.now(), observation, because=because, detail=verdict.detail)
    step = after_stranger(attempt.operation.fire(move), verdict, attempt.now(), attempt.timing)
    if isinstance(step, LookAgain):
        attempt.take(replace(move, look_again_at=step.at))
    else:
        attempt.take(move)
    if isinstance(step, End):
        attempt.take(_end(attempt, step))
    return step


def _blind(attempt: Attempt) -> Trigger:
    """What a turn that saw nothing does: what was sent and not seen is in doubt."""
    return Trigger.OUTCOME_LOST if attempt.operation.state in _SENT else Trigger.LOOK_FAILED


def _identity(attempt: Attempt, observation: Observation) -> IdentityVerdict:
    return check_identity(
        attempt.meter,
        attempt.leg.expected_serial,
        attempt.profile.identity,
        observation,
        disconnects=not attempt.operation.connects,
    )


def _put_off(attempt: Attempt, step: LookAgain) -> Move:
    return Move(Trigger.PUT_OFF, attempt.now(), because=step.because, detail=step.detail, look_again_at=step.at)


def _end(attempt: Attempt, step: End) -> Move:
    return Move(Trigger.END, attempt.now(), outcome=step.outcome, because=step.because, detail=step.detail)


def _could_not_look(attempt: Attempt, failure: NeverSent | NoAnswer | MeterRefused) -> None:
    """Note that the meter could not be read."""
    move = Move(_blind(attempt), attempt.now(), because=failure.because, detail=failure.detail)
    step = after_failed_look(attempt.operation.fire(move), attempt.now(), attempt.timing)
    if isinstance(step, LookAgain):
        attempt.take(replace(move, look_again_at=step.at))
        return
    attempt.take(move)
    if isinstance(step, End):
        refused = step.outcome is Outcome.UNREACHABLE and isinstance(failure, MeterRefused)
        attempt.take(_end(attempt, replace(step, outcome=Outcome.REFUSED_BY_DEVICE) if refused else step))


def _unmet(attempt: Attempt, failure: NotHeld) -> None:
    """Note that something in the device forbids the command, as the profile's own check found."""
    step = after_unmet(attempt.operation, failure.because, failure.detail, attempt.now(), attempt.timing)
    attempt.take(_put_off(attempt, step) if isinstance(step, LookAgain) else _end(attempt, step))


async def _permitted(attempt: Attempt, command: Steps) -> bool:
    """Ask the journal for permission: it is given, and durable, or the operation has become something else."""
    started = attempt.ports.clock.monotonic()
    at = attempt.now()
    request = RecordIntent(
        at=at,
        hold_id=attempt.operation.hold_id,
        meter_id=attempt.meter.meter_id,
        operation_id=attempt.operation.operation_id,
        revision=attempt.known_revision,
        moves=tuple(attempt.moves),
        intent=Intent(at, tuple(describe(step) for step in command), _number(attempt)),
        clock_trusted=attempt.ports.clock.trusted(),
        terms=attempt.ports.terms,
    )
    try:
        draft = await attempt.ports.journal.submit(request)
    except (Refused, IllegalTransition):
        return False
    operation = draft.hold(attempt.operation.hold_id).leg(attempt.meter.meter_id).operation
    if operation is None or operation.state is not OperationState.INTENDED:
        return False
    attempt.operation, attempt.known_revision = operation, operation.revision
    attempt.moves.clear()
    if attempt.ports.clock.monotonic() - started > INTENT_GOOD_FOR_S:
        _never_sent(attempt, NeverSent(Because.BUS_BUSY, "the intent took too long to record and was not used"))
        await _record(attempt)
        return False
    return True


def _number(attempt: Attempt) -> int:
    """Another number than the meter's last command had."""
    return attempt.meter.commands % 255 + 1


def _command(attempt: Attempt) -> Steps:
    place = attempt.meter.installation
    return plan_command(attempt.profile, attempt.operation.target, place.address, number=_number(attempt))


async def _write(attempt: Attempt, turn: Turn, steps: Steps) -> None:
    """Write each step once. Whatever is not certain puts the operation in doubt, and the next turn is a look."""
    timing = attempt.timing
    try:
        carried = await carry_out(steps, turn, attempt.ports.clock)
    except NeverSent as failure:
        _never_sent(attempt, failure)
    except MeterRefused as failure:
        # Refused at once it has not moved; what it took before it refused gets the time to move.
        rests_s = timing.travel_s if isinstance(failure, RefusedHalfWay) else 0.0
        again = attempt.now() + timedelta(seconds=rests_s)
        move = Move(Trigger.WRITE_REFUSED, attempt.now(), because=failure.because, detail=failure.detail)
        attempt.take(replace(move, look_again_at=again))
    except OutcomeUnknown as failure:
        _in_doubt(attempt, failure)
    else:
        at = attempt.now()
        trigger = Trigger.ACKNOWLEDGED if carried.level is Proof.ACKNOWLEDGED else Trigger.WRITE_SENT
        again = at + timedelta(seconds=timing.settle_s)
        attempt.take(Move(trigger, at, detail=carried.raw, look_again_at=again))


def _never_sent(attempt: Attempt, failure: NeverSent) -> None:
    again = attempt.now() + timedelta(seconds=back_off_s(attempt.operation.failed_looks + 1, attempt.timing))
    first = attempt.operation.writes == 1
    trigger = Trigger.WRITE_NEVER_SENT if first else Trigger.REWRITE_NEVER_SENT
    move = Move(trigger, attempt.now(), because=failure.because, detail=failure.detail, look_again_at=again)
    attempt.take(move)


def _in_doubt(attempt: Attempt, failure: OutcomeUnknown) -> None:
    timing = attempt.timing
    again = attempt.now() + timedelta(seconds=max(timing.settle_s, min(timing.poll_s, 1.0)))
    move = Move(
        Trigger.OUTCOME_LOST, attempt.now(), because=failure.because, detail=failure.detail, look_again_at=again
    )
    attempt.take(move)


async def _record(attempt: Attempt) -> None:
    """Leave what happened in the journal."""
    if not attempt.moves:
        return
    command = RecordTurn(
        at=attempt.now(),
        hold_id=attempt.operation.hold_id,
        meter_id=attempt.meter.meter_id,
        operation_id=attempt.operation.operation_id,
        revision=attempt.known_revision,
        moves=tuple(attempt.moves),
        terms=attempt.ports.terms,
    )
    await attempt.ports.journal.submit(command)
