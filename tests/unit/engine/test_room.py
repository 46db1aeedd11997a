"""Watching the disk: a person is told of each change for the worse, also where that could not be recorded at once."""

import asyncio
from dataclasses import dataclass, field

import pytest

from meterhold.domain.words import Because
from meterhold.engine import room, watching
from meterhold.engine.room import WatchedRoom
from meterhold.usecases.room import ELSEWHERE, RoomLimits, RoomState, Space
from tests.fakes.ports import FakeWorld

LIMITS = RoomLimits(warn_bytes=200, stop_bytes=100)


@dataclass
class Disk:
    """A disk that a test fills."""

    free: int = 1000
    broken: bool = False
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def measure(self) -> Space:
        """What the file system says."""
        self.asked.set()
        if self.broken:
            raise OSError(5, "Input/output error")
        return Space(self.free, 1000)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often."""
    monkeypatch.setattr(room, "LOOK_EVERY_S", 0.001)


async def look(disk: Disk, times: int = 3) -> None:
    """Let the watch look a few times."""
    for _ in range(times):
        disk.asked.clear()
        await disk.asked.wait()
        await asyncio.sleep(0)


def codes(world: FakeWorld) -> list[str]:
    """The subjects of the alarms that are open."""
    assert {alarm.code for alarm in world.store.world.site.alarms} <= {Because.STORE_NEARLY_FULL}
    return [alarm.subject for alarm in world.store.world.site.alarms]


async def test_each_change_for_the_worse_is_told_once() -> None:
    """Low, then too low; and room again is no alarm."""
    world, disk = FakeWorld(), Disk()
    watched = WatchedRoom(disk.measure, LIMITS)
    async with watching(world.ports, watched):
        await look(disk)
        assert codes(world) == []
        disk.free = 150
        await look(disk)
        assert (watched.state, codes(world)) == (RoomState.LOW, ["store low"])
        disk.free = 50
        await look(disk)
        assert (watched.state, codes(world)) == (RoomState.TIGHT, ["store low", "store tight"])
        disk.free = 900
        await look(disk)
        assert (watched.state, len(codes(world))) == (RoomState.AMPLE, 2)


async def test_an_alarm_that_could_not_be_recorded_is_tried_again() -> None:
    """The store was away just then."""
    world, disk = FakeWorld(), Disk(free=150)
    async with watching(world.ports, WatchedRoom(disk.measure, LIMITS)):
        world.store.broken = True
        await look(disk)
        world.store.broken = False
        await look(disk)
        assert codes(world) == ["store low"]


async def test_a_disk_that_does_not_answer_leaves_the_last_word() -> None:
    """What is true of it then the store itself will say."""
    world, disk = FakeWorld(), Disk(free=50)
    watched = WatchedRoom(disk.measure, LIMITS)
    async with watching(world.ports, watched):
        await look(disk)
        disk.broken = True
        await look(disk)
        assert watched.state is RoomState.TIGHT
        assert watched.free_bytes() is None


async def test_what_somebody_else_watches_over_is_left_to_them() -> None:
    """A server's disk is not ours to see."""
    world = FakeWorld()
    async with watching(world.ports, ELSEWHERE):
        assert ELSEWHERE.state is RoomState.AMPLE
    assert codes(world) == []
