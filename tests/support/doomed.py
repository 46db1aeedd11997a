"""A gateway in a process of its own, which carries out one order and dies at a chosen step of it."""

import asyncio
import multiprocessing
import os
import signal
import sys
from dataclasses import dataclass
from enum import Enum
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from meterhold.documents.config import GatewayDocument
from tests.support.desk import WITHIN_S
from tests.support.faceless import faceless_gateway
from tests.support.homes import quick_profiles
from tests.support.steps import Steps

DIED = 137
"""What a process leaves behind that ended at its step."""


class Death(Enum):
    """How the process ends at its step."""

    AT_ONCE = "at once"
    """It ends itself between two instructions, with nothing closed or flushed."""
    FROZEN = "frozen"
    """It stops, says so, and waits to be killed from outside."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What the process is to do."""

    config: GatewayDocument
    store: Path
    order: dict[str, Any]
    meter_id: str
    load: bool | None
    """What the meter's load must be known to be before the order is sent, where that takes a while."""
    die_at: int | None = None
    death: Death = Death.AT_ONCE
    comes_back: bool = False
    """It finds the order under way: its steps count from the start."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the process says: which step it stands at, or at its end all that it took."""

    steps: tuple[str, ...]
    ended: bool


class Doomed:
    """The process, seen from outside."""

    def __init__(self, errand: Errand) -> None:
        """Start it: a copy of a process that has imported everything, so that it is there at once."""
        # Not the tests' own process: a copy of that would hold its sockets and loop.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__])
        self._hears, says = context.Pipe(duplex=False)
        self._process = context.Process(target=_run, args=(errand, says), name=f"gateway {errand.store.stem}")
        self._log = _log_of(errand)
        self._process.start()
        says.close()

    async def told(self) -> Told | None:
        """Wait for what it says next; nothing if it ended first."""
        try:
            told: Told = await asyncio.to_thread(self._hears.recv)
        except EOFError:
            return None
        return told

    async def ended(self) -> int:
        """Wait for its end; how it ended, as a shell says it."""
        await asyncio.to_thread(self._process.join, WITHIN_S)
        code = self._process.exitcode
        self._hears.close()
        assert code is not None, f"it does not end:\n{self.log}"
        return 128 - code if code < 0 else code

    def kill(self) -> None:
        """Kill it from outside, as ``kill -9`` does."""
        self._process.kill()

    @property
    def log(self) -> str:
        """What it printed."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""


def _log_of(errand: Errand) -> Path:
    return errand.store.with_suffix(".log")


def _run(errand: Errand, says: Connection) -> None:
    log = os.open(_log_of(errand), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, sys.stdout.fileno())
    os.dup2(log, sys.stderr.fileno())
    asyncio.run(_carry_out(errand, says))


async def _carry_out(errand: Errand, says: Connection) -> None:
    def reached(n: int, name: str) -> None:
        if n != errand.die_at:
            return
        if errand.death is Death.AT_ONCE:
            os._exit(DIED)
        says.send(Told((*steps.names[:n], name), ended=False))
        os.kill(os.getpid(), signal.SIGSTOP)

    steps = Steps(reached, counting=errand.comes_back)
    async with faceless_gateway(errand.config, errand.store, quick_profiles(), wrap=steps.around) as desk:
        if not errand.comes_back:
            await desk.seen(errand.meter_id, load=errand.load)
        steps.counting = True
        await desk.send(errand.order)
        await desk.until_answered(errand.order["order_id"])
        steps.counting = False
    says.send(Told(tuple(steps.names), ended=True))
