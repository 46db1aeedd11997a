"""Room for the journal: what is little of which disk, and what little room stops."""

from dataclasses import dataclass, replace

import pytest

from meterhold.domain.errors import NoRoom
from meterhold.domain.order import Order
from meterhold.domain.words import Action, OrderResult, Reason
from meterhold.profiles import load_profiles
from meterhold.usecases.ports import Ports
from meterhold.usecases.room import RoomLimits, RoomState, Space
from meterhold.usecases.submit import submit_order
from tests.fakes.journal import installation
from tests.fakes.ports import NOON, FakeWorld

MIB, GIB = 1024**2, 1024**3


@pytest.mark.parametrize(
    ("limits", "total", "free", "state"),
    [
        (RoomLimits(), 1000 * GIB, 2 * GIB, RoomState.AMPLE),
        (RoomLimits(), 1000 * GIB, GIB - 1, RoomState.LOW),
        (RoomLimits(), 1000 * GIB, 65 * MIB, RoomState.LOW),
        (RoomLimits(), 1000 * GIB, 63 * MIB, RoomState.TIGHT),
        # Of a small disk a gibibyte may be all there is.
        (RoomLimits(), 4 * GIB, GIB // 2, RoomState.AMPLE),
        (RoomLimits(), 4 * GIB, GIB // 8, RoomState.LOW),
        (RoomLimits(), 4 * GIB, 40 * MIB, RoomState.TIGHT),
        (RoomLimits(3 * GIB, 2 * GIB), 4 * GIB, 3 * GIB, RoomState.AMPLE),
        (RoomLimits(3 * GIB, 2 * GIB), 4 * GIB, 2 * GIB, RoomState.LOW),
        (RoomLimits(3 * GIB, 2 * GIB), 4 * GIB, 2 * GIB - 1, RoomState.TIGHT),
        (RoomLimits(0, 0), 4 * GIB, 0, RoomState.AMPLE),
    ],
)
def test_what_is_little_depends_on_the_disk_unless_it_is_said(
    limits: RoomLimits, total: int, free: int, state: RoomState
) -> None:
    """A share of a small disk, no more than is of any use of a large one, and the site's own word above both."""
    assert limits.state_of(Space(free, total)) is state


@dataclass
class Room:
    """Room as a test says."""

    state: RoomState = RoomState.AMPLE

    def free_bytes(self) -> int | None:
        """Not asked here."""
        return None


@pytest.fixture
def room() -> Room:
    """Enough, until a test takes it away."""
    return Room()


@pytest.fixture
def ports(room: Room) -> Ports:
    """One meter, and a disk."""
    world = FakeWorld(profiles=load_profiles())
    world.install(installation("E-1"))
    return replace(world.ports, room=room)


def suspend(order_id: str) -> Order:
    """Ask for a suspension."""
    return Order(order_id=order_id, action=Action.SUSPEND, issued_at=NOON, meters=("E-1",), reason=Reason.VACATION)


async def test_a_suspension_waits_for_room_and_a_restore_does_not(ports: Ports, room: Room) -> None:
    """Nothing of the suspension is stored, so that the same order is taken later; a low disk stops nothing."""
    room.state = RoomState.LOW
    taken = await submit_order(ports, suspend("WO-1"), "cis", "1")
    assert taken.record.result is OrderResult.OPEN
    room.state = RoomState.TIGHT
    with pytest.raises(NoRoom):
        await submit_order(ports, suspend("WO-2"), "cis", "2")
    again = await submit_order(ports, suspend("WO-1"), "cis", "1")
    assert again.replay, "what was taken before is answered as before"
    restore = Order(order_id="WO-3", action=Action.RESTORE, issued_at=NOON, hold_id=taken.record.hold_ids[0])
    assert (await submit_order(ports, restore, "cis", "3")).record.result is OrderResult.DONE
    room.state = RoomState.AMPLE
    assert (await submit_order(ports, suspend("WO-2"), "cis", "2")).record.result is OrderResult.OPEN
