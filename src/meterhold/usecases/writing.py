"""Permission to write, and the write: durable before the first byte leaves, and once."""

from dataclasses import replace
from datetime import datetime

from meterhold.domain.commands import RecordIntent
from meterhold.domain.errors import IllegalTransition, MeterRefused, NeverSent, OutcomeUnknown, Refused
from meterhold.domain.frame import Frame
from meterhold.domain.operation import Intent, Move
from meterhold.domain.operation_table import OperationState, Trigger
from meterhold.domain.protocol import INTENT_GOOD_FOR_S
from meterhold.domain.words import Because, Proof, SupplyState
from meterhold.profiles import describe, plan_command, plan_withdraw
from meterhold.usecases.attempt import Attempt
from meterhold.usecases.executing import RefusedHalfWay, Steps, carry_out, divided, prepare
from meterhold.usecases.ports import Turn

_LATE = NeverSent(Because.BUS_BUSY, "the intent took too long to record and was not used")
_LEFT = NeverSent(Because.BUS_BUSY, "the gateway was told to stop before it was sent")


async def write(attempt: Attempt, turn: Turn) -> bool:
    """Ask for permission and write. False: the operation has become something else, and the journal has it all.

    Raises ``NotHeld`` for a check of the profile that forbids it, and what a failing question raises.
    """
    expires_at = _expiry(attempt)
    command = _command(attempt, expires_at)
    first, rest = divided(command)
    await prepare(first, turn, attempt.ports.clock)
    started = attempt.ports.clock.monotonic()
    if attempt.leaving():
        await attempt.record()
        return False
    if not await _permitted(attempt, _intent(attempt, command, expires_at)):
        return False
    if attempt.operation.state is not OperationState.INTENDED:
        return False
    if (unused := _unused(attempt, started)) is not None:
        attempt.never_sent(unused)
        await attempt.record()
        return False
    await _send(attempt, turn, rest)
    return True


async def take_back(attempt: Attempt, turn: Turn) -> bool:
    """Take back what was sent and may still happen, with an intent of its own. False as of ``write``.

    It switches nothing. Whether it came in time only a look can tell.
    """
    steps = plan_withdraw(attempt.profile, attempt.meter.installation.address, number=_number(attempt))
    started = attempt.ports.clock.monotonic()
    if attempt.leaving():
        await attempt.record()
        return False
    if not await _permitted(attempt, _intent(attempt, steps, None), withdraws=True):
        return False
    if attempt.operation.state is not OperationState.IN_DOUBT:
        return True
    again = attempt.later(attempt.timing.settle_s)
    left: list[Frame] = []
    failure = await _carry_back(attempt, turn, steps, left, since=started)
    if failure is None:
        move = Move(Trigger.WITHDRAWN, attempt.now())
    else:
        detail = f"it could not be taken back: {failure.detail}"
        move = Move(Trigger.LOOK_FAILED, attempt.now(), because=failure.because, detail=detail)
    attempt.take(replace(move, look_again_at=again, frames=tuple(left)))
    return True


async def _carry_back(
    attempt: Attempt, turn: Turn, steps: Steps, left: list[Frame], *, since: float
) -> NeverSent | MeterRefused | OutcomeUnknown | None:
    """Send what takes a command back, and say what kept it; an intent that came late might hit the next command."""
    if (unused := _unused(attempt, since)) is not None:
        return unused
    try:
        await carry_out(steps, turn, attempt.ports.clock, left)
    except (NeverSent, MeterRefused, OutcomeUnknown) as failure:
        return failure
    return None


def _unused(attempt: Attempt, since: float) -> NeverSent | None:
    """Why an intent that was asked for at some moment may not be used any more."""
    if attempt.leaving():
        return _LEFT
    return _LATE if attempt.ports.clock.monotonic() - since > INTENT_GOOD_FOR_S else None


def _expiry(attempt: Attempt) -> datetime | None:
    """From when on a carrier may deliver it no more: never later than the order itself permits."""
    if attempt.profile.carrier is None:
        return None
    expires_at = attempt.later(attempt.profile.carrier.latency_s)
    send_before = attempt.operation.send_before
    return expires_at if send_before is None else min(expires_at, send_before)


def _command(attempt: Attempt, expires_at: datetime | None) -> Steps:
    target, limit = attempt.operation.target, attempt.leg.restrict_to
    return plan_command(
        attempt.profile,
        target,
        attempt.meter.installation.address,
        number=_number(attempt),
        expires_at=expires_at,
        limit=limit.value if limit is not None and target is SupplyState.RESTRICTED else None,
    )


def _number(attempt: Attempt) -> int:
    """Another number than the meter's last command had."""
    return attempt.meter.commands % 255 + 1


def _intent(attempt: Attempt, command: Steps, expires_at: datetime | None) -> Intent:
    writes = tuple(describe(step) for step in command)
    return Intent(attempt.now(), writes, _number(attempt), expires_at, attempt.profile.digest, attempt.timing.travel_s)


async def _permitted(attempt: Attempt, intent: Intent, *, withdraws: bool = False) -> bool:
    """Ask the journal for permission: it is given, and durable, or the operation has become something else."""
    command = RecordIntent(
        at=intent.at,
        hold_id=attempt.operation.hold_id,
        meter_id=attempt.meter.meter_id,
        operation_id=attempt.operation.operation_id,
        revision=attempt.known_revision,
        moves=tuple(attempt.moves),
        intent=intent,
        clock_trusted=attempt.ports.clock.trusted(),
        terms=attempt.ports.terms,
        withdraws=withdraws,
        settings=attempt.settings,
    )
    try:
        draft = await attempt.ports.journal.submit(command)
    except (Refused, IllegalTransition):
        return False
    operation = draft.hold(attempt.operation.hold_id).leg(attempt.meter.meter_id).find(attempt.operation.operation_id)
    if operation is None:
        return False
    attempt.operation, attempt.known_revision = operation, operation.revision
    attempt.moves.clear()
    attempt.settings = ()
    return True


async def _send(attempt: Attempt, turn: Turn, steps: Steps) -> None:
    """Send each step once. Whatever is not certain puts the operation in doubt, and the next turn is a look."""
    timing = attempt.timing
    left: list[Frame] = []
    try:
        level = await carry_out(steps, turn, attempt.ports.clock, left)
    except NeverSent as failure:
        attempt.never_sent(failure, left)
    except MeterRefused as failure:
        # Refused at once it has not moved; what it took before it refused gets the time to move.
        rests_s = timing.travel_s if isinstance(failure, RefusedHalfWay) else 0.0
        move = Move(Trigger.WRITE_REFUSED, attempt.now(), because=failure.because, detail=failure.detail)
        attempt.take(replace(move, look_again_at=attempt.later(rests_s), frames=tuple(left)))
    except OutcomeUnknown as failure:
        attempt.in_doubt(failure, left)
    else:
        trigger, wait_s = Trigger.WRITE_SENT, timing.settle_s
        if level is Proof.ACKNOWLEDGED:
            trigger = Trigger.ACKNOWLEDGED
        elif attempt.profile.carrier is not None:
            trigger, wait_s = Trigger.CARRIER_TOOK_IT, timing.between_s
        attempt.take(Move(trigger, attempt.now(), look_again_at=attempt.later(wait_s), frames=tuple(left)))
