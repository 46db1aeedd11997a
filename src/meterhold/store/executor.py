"""Where the store's blocking work runs: threads in production, in line in a simulation."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

T = TypeVar("T")


class Executor(Protocol):
    """Runs blocking work; pieces of one kind run one after the other, in the order they were given."""

    async def write(self, work: Callable[[], T]) -> T:
        """Run a piece of work that writes."""

    async def read(self, work: Callable[[], T]) -> T:
        """Run a piece of work that only reads."""

    async def close(self) -> None:
        """Finish what was given and take no more."""


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

    async def close(self) -> None:
        """Nothing is left to wait for."""
