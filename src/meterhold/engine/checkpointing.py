"""Note where the chains end, elsewhere, and raise an alarm where that cannot be done.

A checkpoint that fails stops no switching: the journal itself is written, only its anchor is older than it should be.
"""

import asyncio
from pathlib import Path

import structlog

from meterhold.domain.commands import KeepCheckpoint, ReportSiteAlarm
from meterhold.domain.errors import StoreUnavailable
from meterhold.domain.words import Because
from meterhold.store import CheckpointsUnusable, Noting, Store
from meterhold.usecases.ports import Ports

_log = structlog.get_logger()

WITHIN_S = 5.0
"""How long a volume may take to answer. Start and stop wait for it no longer than this."""


class Checkpointing:
    """The job of the calendar that notes the heads of one store in one file."""

    def __init__(self, ports: Ports, store: Store, file: Path) -> None:
        self._ports = ports
        self._store = store
        self._file = file
        self._noting: asyncio.Task[Noting | None] | None = None

    async def run(self) -> None:
        """Note the heads, if anything has happened since."""
        if self._noting is None:
            self._noting = asyncio.create_task(self._store.note_heads(self._file, self._ports.clock.now()))
        noting = self._noting
        done, _ = await asyncio.wait({noting}, timeout=WITHIN_S)
        if not done:
            # It stays the one attempt: a second could write into the first, should that ever come back.
            await self._alarm(f"nobody answers at the checkpoints in {self._file}")
            return
        self._noting = None
        try:
            await self._keep(noting.result())
        except CheckpointsUnusable as error:
            await self._alarm(str(error))
        except StoreUnavailable as error:
            _log.warning("no checkpoint was noted: the store is unavailable", error=str(error))

    async def _keep(self, noting: Noting | None) -> None:
        if noting is None:
            return
        clock, anchor = self._ports.clock, noting.anchor
        # Wherever the log goes is one more place that knows how far the journal was.
        _log.info("heads noted", lines=anchor.lines, link=anchor.link, heads=[str(head) for head in noting.heads])
        await self._ports.journal.submit(KeepCheckpoint(clock.now(), anchor.lines, anchor.link))
        if noting.begun_anew:
            await self._alarm(f"the checkpoints in {self._file} were gone, and are begun anew")

    async def _alarm(self, detail: str) -> None:
        _log.error("the checkpoints need a person", detail=detail)
        try:
            await self._ports.journal.submit(
                ReportSiteAlarm(self._ports.clock.now(), Because.CHECKPOINTS_UNUSABLE, detail, "checkpoints")
            )
        except StoreUnavailable as error:
            _log.warning("an alarm could not be recorded", error=str(error))
