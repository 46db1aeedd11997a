"""Watch how much room the journal has left, and tell before it is gone."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import structlog

from meterhold.documents.config import StoreSection
from meterhold.domain.commands import ReportSiteAlarm
from meterhold.domain.errors import MeterholdError
from meterhold.domain.words import Because
from meterhold.store import space_at
from meterhold.usecases.ports import Ports
from meterhold.usecases.room import ELSEWHERE, Elsewhere, RoomLimits, RoomState, Space

_log = structlog.get_logger()

LOOK_EVERY_S = 5.0
_MIB = 1024 * 1024
_SAID = {
    RoomState.LOW: "make room",
    RoomState.TIGHT: "make room: until then no suspension is taken, and restores go on",
}


class WatchedRoom:
    """The room of a store's file system, looked at now and then."""

    def __init__(self, measure: Callable[[], Space], limits: RoomLimits) -> None:
        self._measure = measure
        self._limits = limits
        self._state = RoomState.AMPLE
        self.look()

    @property
    def state(self) -> RoomState:
        """What it is enough for, as last looked at."""
        return self._state

    def free_bytes(self) -> int | None:
        """How much is free now; ``None`` where the file system does not say."""
        try:
            return self._measure().free_bytes
        except OSError:
            return None

    def look(self) -> RoomState:
        """Look again. Where the file system does not say, the last answer stands: the store itself will fail."""
        try:
            self._state = self._limits.state_of(self._measure())
        except OSError as error:
            _log.warning("the store's file system does not say how much room it has", error=str(error))
        return self._state


def room_of(file: Path | None, store: StoreSection) -> WatchedRoom | Elsewhere:
    """The room of a store's file; of a server's nobody here knows."""
    if file is None:
        return ELSEWHERE
    limits = RoomLimits(_bytes_of(store.warn_below_mib), _bytes_of(store.stop_below_mib))
    return WatchedRoom(partial(space_at, file), limits)


def _bytes_of(mebibytes: float | None) -> int | None:
    return None if mebibytes is None else int(mebibytes * _MIB)


@asynccontextmanager
async def watching(ports: Ports, room: WatchedRoom | Elsewhere) -> AsyncIterator[None]:
    """Look at the room and tell of each change until the block ends; not at what somebody else watches over."""
    if isinstance(room, Elsewhere):
        yield
        return
    task = asyncio.create_task(_watch(ports, room), name="room")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _watch(ports: Ports, room: WatchedRoom) -> None:
    told = RoomState.AMPLE
    while True:
        state = room.look()
        if state is not told and await _tell(ports, state, room.free_bytes()):
            told = state
        await asyncio.sleep(LOOK_EVERY_S)


async def _tell(ports: Ports, state: RoomState, free_bytes: int | None) -> bool:
    """Tell of a change; false: nobody could be told yet."""
    if state is RoomState.AMPLE:
        _log.info("the store has room again", free_bytes=free_bytes)
        return True
    detail = f"the store's disk has {free_bytes} bytes left: {_SAID[state]}"
    _log.warning("the store is nearly full", state=state, free_bytes=free_bytes)
    alarm = ReportSiteAlarm(ports.clock.now(), Because.STORE_NEARLY_FULL, detail, subject=f"store {state}")
    try:
        await ports.journal.submit(alarm)
    except MeterholdError as error:
        _log.warning("an alarm could not be recorded", error=str(error))
        return False
    return True
