"""Take an operation's next turn: one call for start, retry, restart, late reply and settled valve.

A turn is: identity and look, then the intent (durable), then one write. Each later look is another turn. Between
turns an operation lives only in the journal; what happens inside one is kept in an ``Attempt`` until the next commit.
"""

from collections.abc import Callable
from datetime import timedelta

from meterhold.domain.errors import MeterRefused, NeverSent, NoAnswer, OutcomeUnknown
from meterhold.domain.hold import Hold
from meterhold.domain.meter import Meter
from meterhold.domain.next_step import LookAgain, NextStep, TakeBack, WriteNow
from meterhold.domain.operation_table import OperationState
from meterhold.domain.words import Because
from meterhold.usecases.attempt import Attempt, at_work
from meterhold.usecases.carrying import hear_carrier
from meterhold.usecases.executing import NotHeld
from meterhold.usecases.judging import could_not_look, evidence_since, looked, unmet
from meterhold.usecases.looking import link_of, see
from meterhold.usecases.pairing import see_witness
from meterhold.usecases.ports import Ports, Turn
from meterhold.usecases.settings_kept import note_after, note_before
from meterhold.usecases.writing import take_back, write


async def advance(
    ports: Ports, hold: Hold, meter: Meter, *, hurry: bool = False, leaving: Callable[[], bool] = at_work
) -> None:
    """Take what turns are due on the meter's operation, and leave the result in the journal.

    ``hurry``: the device has spoken, so that the next turn is taken although it is not due. ``leaving``: whether the
    process was told to go, from when on nothing is written that is not on its way.
    Nothing is raised for what happens at the meter: that is the operation's own life. ``StoreUnavailable`` means that
    the journal could not be written; whatever was sent is then found unresolved and looked at first.
    """
    attempt = Attempt.at(ports, hold, meter, leaving)
    if attempt is None:
        return
    if attempt.operation.state is OperationState.INTENDED:
        # The write may be no older than this moment: it gets the time that the model needs before its first look.
        attempt.in_doubt(OutcomeUnknown(Because.OUTCOME_UNKNOWN, "found with an intent and no outcome"))
        hurry = False
    elif (hurry or attempt.due()) and await _another_write_is_unresolved(attempt):
        return
    while hurry or attempt.due():
        hurry = False
        if not await _take_turn(attempt):
            return
        if leaving():
            break
    await attempt.record()


async def _another_write_is_unresolved(attempt: Attempt) -> bool:
    """Whether another hold's write to this meter is not resolved yet: what is seen now may be its movement."""
    operation, meter = attempt.operation, attempt.meter
    if operation.unresolved:
        return False
    for other_id in meter.open_holds:
        other = None if other_id == operation.hold_id else await attempt.ports.queries.hold(other_id)
        its = None if other is None else other.leg(meter.meter_id).operation
        if its is not None and its.unresolved:
            detail = f"a write of hold {other_id} to this meter is not resolved yet"
            again = attempt.now() + timedelta(seconds=max(1.0, attempt.timing.poll_s))
            attempt.put_off(LookAgain(again, Because.BUS_BUSY, detail))
            await attempt.record()
            return True
    return False


async def _take_turn(attempt: Attempt) -> bool:
    """Take one turn on the link. False: the journal knows everything, and somebody else may go on."""
    ports, meter, operation = attempt.ports, attempt.meter, attempt.operation
    cuts = operation.state is OperationState.QUEUED and not operation.restores and not operation.watches
    try:
        witness = await see_witness(ports, meter, evidence_since(attempt), must=cuts)
        async with ports.links.turn(link_of(ports, meter)) as turn:
            if operation.state is OperationState.AT_CARRIER:
                await hear_carrier(attempt, turn)
            sight = await see(ports, turn, meter, attempt.profile, evidence_since(attempt))
            step = looked(attempt, sight, witness)
            return await _go_on(attempt, turn, step)
    except NotHeld as failure:
        unmet(attempt, failure)
        return True
    except (NeverSent, NoAnswer, MeterRefused) as failure:
        could_not_look(attempt, failure)
        return True


async def _go_on(attempt: Attempt, turn: Turn, step: NextStep) -> bool:
    """Write, in the same turn as the look that permits it; or take back what had better not arrive."""
    if isinstance(step, WriteNow):
        await note_before(attempt, turn)
        return await write(attempt, turn)
    if isinstance(step, TakeBack) or (attempt.timing.withdraws and _had_better_not_arrive(attempt)):
        return await take_back(attempt, turn)
    await note_after(attempt, turn)
    return True


def _had_better_not_arrive(attempt: Attempt) -> bool:
    """A disconnection is at its carrier, and supply is wanted back, or the order no longer permits it."""
    operation, now = attempt.operation, attempt.now()
    if operation.state is not OperationState.AT_CARRIER or operation.restores:
        return False
    too_late = operation.send_before is not None and now >= operation.send_before
    return attempt.restoring or (too_late and operation.outlives(now))
