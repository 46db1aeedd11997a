"""A technician's lock: nothing switches the meter until its owner takes it off."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.commands import LockMeter, UnlockMeter
from meterhold.domain.errors import UnknownThing
from meterhold.domain.meter import Meter
from meterhold.domain.words import Because
from meterhold.usecases.ports import Ports


@dataclass(frozen=True, slots=True)
class LockAnswer:
    """Whether hands may go in.

    ``held`` only when the lock is on and no write to the meter is unresolved; until then it is not yet safe, and
    ``waiting_for`` names the operation that must be resolved first.
    """

    meter: Meter
    held: bool
    waiting_for: str | None


async def lock_meter(ports: Ports, meter_id: str, owner: str, reason: str, review_at: datetime) -> LockAnswer:
    """Put the lock on. It stops the next write; one that is under way is waited for by asking ``lock_state`` again."""
    await ports.journal.submit(LockMeter(ports.clock.now(), meter_id, owner, reason, review_at))
    return await lock_state(ports, meter_id)


async def lock_state(ports: Ports, meter_id: str) -> LockAnswer:
    """Say whether the lock is on and safe."""
    meter = await ports.queries.meter(meter_id)
    if meter is None:
        raise UnknownThing(Because.UNKNOWN_METER, f"there is no meter {meter_id!r}")
    waiting_for = await _unresolved(ports, meter)
    return LockAnswer(meter, held=meter.lock is not None and waiting_for is None, waiting_for=waiting_for)


async def _unresolved(ports: Ports, meter: Meter) -> str | None:
    for hold_id in meter.open_holds:
        hold = await ports.queries.hold(hold_id)
        operation = None if hold is None else hold.leg(meter.meter_id).operation
        if operation is not None and operation.unresolved:
            return operation.operation_id
    return None


async def unlock_meter(ports: Ports, meter_id: str, by: str, reason: str, *, is_admin: bool) -> Meter:
    """Take the lock off: its owner may, and an admin with a reason."""
    command = UnlockMeter(ports.clock.now(), meter_id, by, reason, is_admin=is_admin)
    draft = await ports.journal.submit(command)
    return draft.meter(meter_id)
