"""A technician's lock: nothing switches the meter until its owner takes it off."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from meterhold.domain.commands import LockMeter, ReviewLock, UnlockMeter
from meterhold.domain.errors import UnknownThing
from meterhold.domain.hold import Leg
from meterhold.domain.meter import Meter
from meterhold.domain.operation import Operation
from meterhold.domain.operation_table import OperationState
from meterhold.domain.protocol import INTENT_GOOD_FOR_S
from meterhold.domain.words import Because, Outcome, SupplyState
from meterhold.usecases.ports import Ports

ASK_AGAIN_S = 0.25
"""How often somebody who waits for the lock to hold has the rows read for them."""


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A write to the meter that is not resolved yet: what it is, how far it has got, and how long it may last."""

    operation: Operation
    why: str
    until: datetime | None
    """From when on it cannot arrive any more, where that is known."""


@dataclass(frozen=True, slots=True)
class LockAnswer:
    """Whether hands may go in.

    ``held`` only when the lock is on and no write to the meter is unresolved or at a carrier. ``cautions`` say what a
    lock cannot keep from happening: it stops the gateway, neither the device nor its customer.
    """

    meter: Meter
    held: bool
    waits: tuple[Unresolved, ...]
    cautions: tuple[str, ...] = ()


async def lock_meter(ports: Ports, meter_id: str, owner: str, reason: str, review_at: datetime) -> LockAnswer:
    """Put the lock on. It stops the next write; one that is under way is waited for by asking ``lock_state`` again."""
    await ports.journal.submit(LockMeter(ports.clock.now(), meter_id, owner, reason, review_at))
    return await lock_state(ports, meter_id)


async def await_lock(ports: Ports, meter_id: str, within_s: float) -> LockAnswer:
    """Say whether the lock is on and safe; where it is on and not safe yet, wait a while until it is."""
    until = ports.clock.monotonic() + within_s
    answer = await lock_state(ports, meter_id)
    while answer.meter.lock is not None and not answer.held and ports.clock.monotonic() < until:
        await asyncio.sleep(ASK_AGAIN_S)
        answer = await lock_state(ports, meter_id)
    return answer


async def lock_state(ports: Ports, meter_id: str) -> LockAnswer:
    """Say whether the lock is on and safe.

    The lock is read first: no write begins once it is on, so that whatever is unresolved then is still found.
    """
    meter = await ports.queries.meter(meter_id)
    if meter is None:
        raise UnknownThing(Because.UNKNOWN_METER, f"there is no meter {meter_id!r}")
    legs = await _legs(ports, meter)
    waits = tuple(_unresolved(leg.operation) for leg in legs if leg.operation is not None and leg.operation.unresolved)
    cautions = tuple(dict.fromkeys(_cautions(meter, legs)))
    return LockAnswer(meter, held=meter.lock is not None and not waits, waits=waits, cautions=cautions)


async def _legs(ports: Ports, meter: Meter) -> list[Leg]:
    holds = [await ports.queries.hold(hold_id) for hold_id in meter.open_holds]
    return [hold.leg(meter.meter_id) for hold in holds if hold is not None]


def _unresolved(operation: Operation) -> Unresolved:
    intent = operation.intent
    match operation.state:
        case OperationState.INTENDED:
            sent_by = None if intent is None else intent.at + timedelta(seconds=INTENT_GOOD_FOR_S)
            return Unresolved(operation, "a write is about to leave or has just left", sent_by)
        case OperationState.AT_CARRIER:
            expires_at = None if intent is None else intent.expires_at
            return Unresolved(operation, "a carrier holds the write and may deliver it", expires_at)
        case OperationState.IN_DOUBT:
            return Unresolved(operation, "a write may or may not have taken effect: it is being looked at", None)
        case _:
            return Unresolved(operation, "a write was sent and its effect is not proven yet", None)


def _cautions(meter: Meter, legs: list[Leg]) -> list[str]:
    found = []
    if meter.actual.state is SupplyState.ARMED:
        found.append("it was seen armed: the customer's button connects it whatever the lock says")
    if any(leg.outcome is Outcome.UNRESOLVED for leg in legs):
        found.append("what became of the last command was never seen: read the meter before you touch it")
    return found


async def review_lock(ports: Ports, meter_id: str) -> None:
    """Alarm for a lock that outlasts its review time. It stays on."""
    await ports.journal.submit(ReviewLock(ports.clock.now(), meter_id))


async def unlock_meter(ports: Ports, meter_id: str, by: str, reason: str, *, is_admin: bool) -> Meter:
    """Take the lock off: its owner may, and an admin with a reason."""
    command = UnlockMeter(ports.clock.now(), meter_id, by, reason, is_admin=is_admin)
    draft = await ports.journal.submit(command)
    return draft.meter(meter_id)
