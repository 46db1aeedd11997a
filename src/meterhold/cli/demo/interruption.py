"""Ctrl-C and SIGTERM as something that a run can wait for, instead of something that falls upon it."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Interruption:
    """Made on the running loop; from then on signals are heard here."""

    def __init__(self) -> None:
        self._told = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._told.set)

    def again(self) -> None:
        """Wait for the next one."""
        self._told.clear()

    async def race(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Run until the work is done, or cancel it when a signal comes: then ``None``."""
        task = asyncio.create_task(work)
        told = asyncio.create_task(self._told.wait())
        try:
            await asyncio.wait({task, told}, return_when=asyncio.FIRST_COMPLETED)
            return await task if task.done() else None
        finally:
            for one in (task, told):
                one.cancel()
            await asyncio.gather(task, told, return_exceptions=True)
