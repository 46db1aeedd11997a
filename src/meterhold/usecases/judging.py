"""What a look is worth to an operation, and the moves that follow from it."""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from meterhold.domain.checking import after_check, after_unseen
from meterhold.domain.errors import MeterRefused, NeverSent, NoAnswer
from meterhold.domain.identity import IdentityVerdict, check_identity
from meterhold.domain.next_step import End, LookAgain, NextStep, TakeBack, WriteNow
from meterhold.domain.observation import Observation
from meterhold.domain.operation import Grade, Move
from meterhold.domain.operation_table import Trigger
from meterhold.domain.proof import grade
from meterhold.domain.protocol import after_failed_look, after_look, after_stranger, after_unmet, at_rest
from meterhold.domain.words import Because, Outcome, Proof, SupplyState
from meterhold.usecases.attempt import Attempt
from meterhold.usecases.executing import NotHeld
from meterhold.usecases.looking import Sight
from meterhold.usecases.pairing import Witness, joined


def evidence_since(attempt: Attempt) -> datetime | None:
    """From when on what a device supplied tells of the operation; ``None``: whatever it says now."""
    operation = attempt.operation
    if operation.watches:
        return operation.created_at
    return operation.written_at if operation.unresolved else None


def looked(attempt: Attempt, sight: Sight, witness: Witness | None = None) -> NextStep:
    """Grade what was seen, and let the protocol say what follows. ``witness``: the meter that proves its load."""
    since = evidence_since(attempt)
    observation = joined(sight.since(since), witness, since)
    verdict = check_identity(
        attempt.meter,
        attempt.leg.expected_serial,
        attempt.profile.identity,
        observation,
        disconnects=not attempt.operation.connects and not attempt.operation.watches,
    )
    if not verdict.ok:
        return _saw_stranger(attempt, observation, verdict)
    observation, worth = _graded(attempt, sight, witness, observation)
    move = Move(Trigger.LOOKED, attempt.now(), observation=observation, grade=worth)
    step = _following(attempt, move)
    match step:
        case WriteNow() | TakeBack():
            attempt.take(move)
        case LookAgain():
            attempt.take(replace(move, look_again_at=step.at))
            if step.detail:
                attempt.put_off(step)
        case End():
            attempt.take(move)
            attempt.end(step)
        case _:
            assert_never(step)
    return step


def _graded(
    attempt: Attempt, sight: Sight, witness: Witness | None, observation: Observation
) -> tuple[Observation, Grade]:
    """Grade a look. That a write had no effect must be told by evidence of a device at rest.

    Where evidence reaches us late, what the device said on its way proves the target, and no more than that; and what
    it said before the work began does not prove that there is nothing to do.
    """
    worth = _grade(attempt, observation)
    timing, operation = attempt.timing, attempt.operation
    if not timing.latency_s or operation.watches:
        return observation, worth
    if not operation.unresolved:
        newer = worth.confirms and _grade(attempt, joined(sight.since(operation.created_at), witness, None)).confirms
        return observation, worth if newer == worth.confirms else _stale(worth)
    if worth.confirms:
        return observation, worth
    rests_at = at_rest(operation, attempt.now(), timing)
    if attempt.now() < rests_at:
        return observation, worth
    later = joined(sight.since(rests_at), witness, rests_at)
    return later, _grade(attempt, later)


def _stale(worth: Grade) -> Grade:
    """What would confirm, and was said before the work began: no state of now, and no proof."""
    return replace(worth, confirms=False, stale=True, actual=SupplyState.UNKNOWN, proof=Proof.NONE)


def _grade(attempt: Attempt, observation: Observation) -> Grade:
    operation = attempt.operation
    return grade(
        operation.target,
        attempt.meter.installation.service,
        operation.before if operation.unresolved else None,
        observation,
        acknowledged=operation.acknowledged,
        written=operation.writes > 0,
        load_seen=operation.load_seen and operation.unresolved,
        required=attempt.required,
    )


def _following(attempt: Attempt, move: Move) -> NextStep:
    after = attempt.operation.fire(move)
    if after.watches:
        return after_check(after, attempt.now(), attempt.timing)
    return after_look(after, attempt.now(), attempt.timing, attempt.leak)


def _saw_stranger(attempt: Attempt, observation: Observation, verdict: IdentityVerdict) -> LookAgain | End:
    """Keep what answered as evidence, and take it for a look that failed: nothing was seen of our meter."""
    because = verdict.because or Because.METER_MISMATCH
    move = Move(attempt.blind, attempt.now(), observation, because=because, detail=verdict.detail)
    after = attempt.operation.fire(move)
    if after.watches:
        step = after_unseen(after, attempt.now(), attempt.timing, verdict)
    else:
        step = after_stranger(after, verdict, attempt.now(), attempt.timing)
    _take_blind(attempt, move, step)
    return step


def could_not_look(attempt: Attempt, failure: NeverSent | NoAnswer | MeterRefused) -> None:
    """Note that the meter could not be read."""
    move = Move(attempt.blind, attempt.now(), because=failure.because, detail=failure.detail)
    after = attempt.operation.fire(move)
    if after.watches:
        step = after_unseen(after, attempt.now(), attempt.timing)
    else:
        step = after_failed_look(after, attempt.now(), attempt.timing)
    if isinstance(step, End) and step.outcome is Outcome.UNREACHABLE and isinstance(failure, MeterRefused):
        step = replace(step, outcome=Outcome.REFUSED_BY_DEVICE)
    _take_blind(attempt, move, step)


def _take_blind(attempt: Attempt, move: Move, step: LookAgain | End) -> None:
    if isinstance(step, LookAgain):
        attempt.take(replace(move, look_again_at=step.at))
        return
    attempt.take(move)
    attempt.end(step)


def unmet(attempt: Attempt, failure: NotHeld) -> None:
    """Note that something in the device forbids the command, as the profile's own check found."""
    step = after_unmet(attempt.operation, failure.because, failure.detail, attempt.now(), attempt.timing)
    if isinstance(step, End):
        attempt.end(step)
    else:
        attempt.put_off(step)
