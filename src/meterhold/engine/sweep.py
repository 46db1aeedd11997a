"""Ask the store every second what is due. This is the only thing that correctness rests on."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from meterhold.domain.errors import MeterholdError, Refused, StoreUnavailable
from meterhold.engine.board import Board
from meterhold.usecases.approving import follow_approvals
from meterhold.usecases.locking import review_lock
from meterhold.usecases.ports import Ports

_log = structlog.get_logger()

SWEEP_EVERY_S = 1.0
AT_ONCE = 500


class Sweep:
    """One pass a second: holds and locks whose moment has come, and operations that the board does not know yet."""

    def __init__(self, ports: Ports, board: Board, advance_hold: Callable[[str], Awaitable[None]]) -> None:
        """Sweep the store of ``ports`` and put what is found on ``board``."""
        self._ports = ports
        self._board = board
        self._advance_hold = advance_hold
        self.last_pass_at: float | None = None

    async def run(self, after_pass: Callable[[set[str]], Awaitable[None]]) -> None:
        """Sweep for ever; a pass that fails is said and the next one tries again."""
        while True:
            try:
                touched = await self.once()
                await after_pass(touched)
                self.last_pass_at = self._ports.clock.monotonic()
                # Last, so that whatever it meets there is no restore and no look behind it.
                await follow_approvals(self._ports)
            except MeterholdError as error:
                _log.warning("sweep failed", error=str(error))
            except Exception:  # noqa: BLE001  the supervisor of the sweep must outlive any defect of a single pass
                _log.exception("sweep failed in our own code")
            await asyncio.sleep(SWEEP_EVERY_S)

    async def once(self) -> set[str]:
        """Do one pass; return the links that have work."""
        await self._holds()
        await self._locks()
        now = self._ports.clock.now()
        links = set(await self._ports.queries.links_with_work(now))
        for link in links:
            for key in await self._ports.queries.due_operations(link, now, AT_ONCE):
                if not self._board.knows(key):
                    await self._load(*key)
        return links

    async def _holds(self) -> None:
        for hold_id in await self._ports.queries.due_holds(self._ports.clock.now(), AT_ONCE):
            try:
                await self._advance_hold(hold_id)
            except StoreUnavailable:
                raise
            except Refused as refusal:
                _log.warning("a due hold could not go on", hold=hold_id, error=str(refusal))

    async def _locks(self) -> None:
        for meter_id in await self._ports.queries.due_lock_reviews(self._ports.clock.now(), AT_ONCE):
            await review_lock(self._ports, meter_id)

    async def _load(self, hold_id: str, meter_id: str) -> None:
        hold = await self._ports.queries.hold(hold_id)
        meter = await self._ports.queries.meter(meter_id)
        if hold is not None and meter is not None:
            self._board.meters[meter_id] = meter
            self._board.put(hold)
