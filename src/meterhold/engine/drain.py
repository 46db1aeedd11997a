"""Take the turns that are due on one link. A link has a width; a Modbus line's is one."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from meterhold.domain.errors import MeterholdError, StoreUnavailable
from meterhold.domain.hold import Hold
from meterhold.domain.meter import Meter
from meterhold.engine.board import Board, Key
from meterhold.usecases.ports import Clock

_log = structlog.get_logger()

STORE_PAUSE_S = 1.0
POISON_STRIKES = 3
POISON_PAUSE_S = 300.0

Advance = Callable[[Hold, Meter], Awaitable[None]]
Poisoned = Callable[[Hold, Meter, str], Awaitable[None]]


@dataclass(slots=True)
class Drain:
    """The workers of one link. They live only while there is something due."""

    link: str
    width: int
    board: Board
    clock: Clock
    advance: Advance
    poisoned: Poisoned
    _workers: set[asyncio.Task[None]] = field(default_factory=set)
    _timer: asyncio.TimerHandle | None = None
    _stopping: bool = False
    _strikes: dict[Key, int] = field(default_factory=dict)

    @property
    def full(self) -> bool:
        """All turns of the link are taken."""
        return len(self._workers) >= self.width

    def wake(self) -> None:
        """Look whether something is due; a wake-up too many does nothing."""
        if self._stopping or len(self._workers) >= self.width:
            return
        item = self.board.next(self.link, self.clock.now())
        while item is not None:
            task = asyncio.get_running_loop().create_task(self._work(item), name=f"drain {self.link}")
            self._workers.add(task)
            task.add_done_callback(self._worker_ended)
            if len(self._workers) >= self.width:
                return
            item = self.board.next(self.link, self.clock.now())
        self._sleep_until_due()

    def _worker_ended(self, task: asyncio.Task[None]) -> None:
        self._workers.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("drain worker died", link=self.link, exc_info=task.exception())
        self.wake()

    def _sleep_until_due(self) -> None:
        """Ring when the next operation is due. The sweep finds it as well; this is only sharper."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        moment = self.board.next_moment(self.link)
        if moment is not None:
            wait_s = max(0.0, (moment - self.clock.now()).total_seconds())
            self._timer = asyncio.get_running_loop().call_later(wait_s + 0.001, self.wake)

    async def _work(self, item: tuple[Hold, Meter]) -> None:
        """Serve one operation after the other until nothing is due."""
        following: tuple[Hold, Meter] | None = item
        while following is not None:
            await self._serve(*following)
            following = None if self._stopping else self.board.next(self.link, self.clock.now())

    async def _serve(self, hold: Hold, meter: Meter) -> None:
        """Take an operation's turn; whatever goes wrong with one must not stop the others."""
        key = (hold.hold_id, meter.meter_id)
        pause_s: float | None = None
        try:
            await self.advance(hold, meter)
            self._strikes.pop(key, None)
        except StoreUnavailable as error:
            _log.warning("the store is unavailable, the operation waits", meter=meter.meter_id, error=str(error))
            pause_s = STORE_PAUSE_S
        except MeterholdError as error:
            _log.warning("the operation cannot go on now", meter=meter.meter_id, error=str(error))
            pause_s = await self._strike(hold, meter, str(error))
        except Exception as error:  # noqa: BLE001  the supervisor: one poisoned operation must not take the link down
            _log.exception("the operation failed in our own code", meter=meter.meter_id, hold=hold.hold_id)
            pause_s = await self._strike(hold, meter, repr(error))
        finally:
            later = None if pause_s is None else self.clock.now() + timedelta(seconds=pause_s)
            if later is None and self._unmoved(hold):
                later = self.clock.now() + timedelta(seconds=STORE_PAUSE_S)
            self.board.done(key, not_before=later)

    def _unmoved(self, hold: Hold) -> bool:
        """A turn that left no trace (somebody else moved the operation) is not taken again in the same breath."""
        return self.board.holds.get(hold.hold_id) is hold

    async def _strike(self, hold: Hold, meter: Meter, error: str) -> float:
        key = (hold.hold_id, meter.meter_id)
        self._strikes[key] = self._strikes.get(key, 0) + 1
        if self._strikes[key] < POISON_STRIKES:
            return STORE_PAUSE_S
        try:
            await self.poisoned(hold, meter, error)
        except MeterholdError:
            _log.exception("could not say that an operation is poisoned", meter=meter.meter_id)
        return POISON_PAUSE_S

    async def stop(self) -> None:
        """Take no new turn, and let those under way come to their end."""
        self._stopping = True
        if self._timer is not None:
            self._timer.cancel()
        if self._workers:
            await asyncio.wait(self._workers)
