"""The journal as the use cases see it: commands queue while a transaction runs, and all that wait go into the next."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from meterhold.domain.commands import Command
from meterhold.domain.draft import Draft
from meterhold.domain.errors import StoreUnavailable
from meterhold.store.executor import Executor
from meterhold.store.writer import Answer, Writer

OnCommit = Callable[[Sequence[Draft]], None]
"""Told on the loop what was just committed. A lost call loses nothing."""

BATCH_LIMIT = 500
"""Most commands in one transaction: bounds how long a restore can wait behind others."""


def ignore(_: Sequence[Draft]) -> None:
    """Tell nobody."""


class GroupJournal:
    """The ``Journal`` port: group commit over one writer. Nothing waits for a timer."""

    def __init__(
        self, writer: Writer, executor: Executor, *, on_commit: OnCommit = ignore, batch_limit: int = BATCH_LIMIT
    ) -> None:
        self._writer = writer
        self._executor = executor
        self._on_commit = on_commit
        self._batch_limit = batch_limit
        self._waiting: deque[tuple[Command, asyncio.Future[Draft]]] = deque()
        self._committing: asyncio.Task[None] | None = None
        self.closed = False

    async def submit(self, command: Command) -> Draft:
        """Decide on the rows as they are at commit, and store what is decided, all or nothing.

        Raises what ``decide`` raises (``Refused``), or ``StoreUnavailable``. Who is cancelled while waiting does not
        know whether the command was carried out.
        """
        if self.closed:
            raise StoreUnavailable("the store is closed")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Draft] = loop.create_future()
        self._waiting.append((command, answer))
        if self._committing is None:
            self._committing = loop.create_task(self._commit_waiting(), name="journal")
        return await answer

    async def close(self) -> None:
        """Commit what waits, take no more, and let go of the store."""
        self.closed = True
        if self._committing is not None:
            await self._committing
        await self._executor.write(self._writer.close)

    async def _commit_waiting(self) -> None:
        try:
            while batch := self._take():
                await self._commit(batch)
        finally:
            self._committing = None

    def _take(self) -> list[tuple[Command, asyncio.Future[Draft]]]:
        batch: list[tuple[Command, asyncio.Future[Draft]]] = []
        while self._waiting and len(batch) < self._batch_limit:
            command, answer = self._waiting.popleft()
            if not answer.done():
                batch.append((command, answer))
        return batch

    async def _commit(self, batch: list[tuple[Command, asyncio.Future[Draft]]]) -> None:
        commands = [command for command, _ in batch]
        try:
            answers = await self._executor.write(lambda: self._writer.run(commands))
            committed = [answer for answer in answers if isinstance(answer, Draft) and answer.events]
            if committed:
                # By way of the loop, so that what a listener raises is the loop's to report and fails no commit; and
                # before the waiting are woken, so that none of them finds the listener behind its own commit.
                asyncio.get_running_loop().call_soon(self._on_commit, committed)
            for (_, waiting), answer in zip(batch, answers, strict=True):
                if not waiting.done():
                    _resolve(waiting, answer)
        finally:
            # Only where the loop itself is being torn down: nobody may be left waiting.
            for _, waiting in batch:
                waiting.cancel()


def _resolve(waiting: asyncio.Future[Draft], answer: Answer) -> None:
    if isinstance(answer, Draft):
        waiting.set_result(answer)
    else:
        waiting.set_exception(answer)
