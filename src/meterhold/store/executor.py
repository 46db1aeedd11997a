"""Where the store's blocking work runs: threads in production, in line in a simulation."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import Protocol, TypeVar, cast

T = TypeVar("T")


class Executor(Protocol):
    """Runs blocking work; pieces of one kind run one after the other, in the order they were given."""

    async def write(self, work: Callable[[], T]) -> T:
        """Run a piece of work that writes."""

    async def read(self, work: Callable[[], T]) -> T:
        """Run a piece of work that only reads."""

    async def aside(self, work: Callable[[], T]) -> T:
        """Run what may be kept waiting for ever by something else than the store, and keeps nobody else waiting."""

    async def close(self) -> None:
        """Finish what was given and take no more; what runs aside is left to itself."""


class ThreadExecutor:
    """One thread that writes and one that reads, so that a long read never delays a commit."""

    def __init__(self) -> None:
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="store-write")
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="store-read")

    async def write(self, work: Callable[[], T]) -> T:
        """Run on the writing thread."""
        return await asyncio.get_running_loop().run_in_executor(self._writing, work)

    async def read(self, work: Callable[[], T]) -> T:
        """Run on the reading thread."""
        return await asyncio.get_running_loop().run_in_executor(self._reading, work)

    async def aside(self, work: Callable[[], T]) -> T:
        """Run on a thread of its own, which does not keep the process from ending."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def run() -> None:
            try:
                result = work()
            except Exception as error:  # noqa: BLE001 (handed to whoever waits, as any executor does)
                give = partial(_give, answer, error=error)
            else:
                give = partial(_give, answer, result=result)
            with suppress(RuntimeError):  # the loop has gone meanwhile: nobody waits any more
                loop.call_soon_threadsafe(give)

        Thread(target=run, name="store-aside", daemon=True).start()
        return await answer

    async def close(self) -> None:
        """Wait until both threads have ended."""
        loop = asyncio.get_running_loop()
        # The loop's own default threads do the waiting: joining here would stop the loop.
        await loop.run_in_executor(None, self._writing.shutdown)
        await loop.run_in_executor(None, self._reading.shutdown)


class InlineExecutor:
    """Runs everything at once where it is called: the same order every time, for simulation and tests."""

    async def write(self, work: Callable[[], T]) -> T:
        """Run now."""
        return work()

    async def read(self, work: Callable[[], T]) -> T:
        """Run now."""
        return work()

    async def aside(self, work: Callable[[], T]) -> T:
        """Run now."""
        return work()

    async def close(self) -> None:
        """Nothing is left to wait for."""


def _give(answer: "asyncio.Future[T]", result: T | None = None, error: Exception | None = None) -> None:
    """Answer whoever still waits."""
    if answer.done():
        return
    if error is not None:
        answer.set_exception(error)
    else:
        answer.set_result(cast("T", result))
