"""The simulated meters in a process of their own, and the referee's count of what reached them."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TypeVar

import uvloop

from benchmarks.site import Load
from meterhold_simulators import Fleet, FleetSpec, parse_fleet

T = TypeVar("T")

START_WITHIN_S = 30.0
_KEPT_WRITES = 1000


@dataclass(frozen=True, slots=True)
class Count:
    """What the simulators have done so far."""

    writes: int
    """Accepted writes."""
    cpu_s: float

    def __sub__(self, earlier: "Count") -> "Count":
        return Count(self.writes - earlier.writes, self.cpu_s - earlier.cpu_s)


@dataclass(frozen=True, slots=True)
class Meters:
    """A fleet that runs in another process."""

    ports: dict[str, int]
    _pipe: Connection

    def count(self) -> Count:
        """Ask the referee."""
        self._pipe.send("count")
        return _receive(self._pipe, Count)


@contextmanager
def meters(load: Load) -> Iterator[Meters]:
    """Run the meters of a load until the block ends."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(load, theirs), name="simulators", daemon=True)
    process.start()
    try:
        yield Meters(_receive(ours, dict), ours)
    finally:
        ours.close()
        process.join(START_WITHIN_S)
        if process.is_alive():
            process.kill()


def _receive(pipe: Connection, kind: type[T]) -> T:
    if not pipe.poll(START_WITHIN_S):
        raise TimeoutError("the simulators do not answer")
    received = pipe.recv()
    assert isinstance(received, kind), received
    return received


def _run(load: Load, pipe: Connection) -> None:
    uvloop.run(_serve(load, pipe))


async def _serve(load: Load, pipe: Connection) -> None:
    closed = asyncio.Event()
    async with Fleet.start(fleet_spec(load)) as fleet:

        def answer() -> None:
            try:
                pipe.recv()
                pipe.send(Count(sum(fleet.journal.accepted.values()), time.process_time()))
            except (EOFError, OSError):
                asyncio.get_running_loop().remove_reader(pipe.fileno())
                closed.set()

        pipe.send(fleet.ports)
        asyncio.get_running_loop().add_reader(pipe.fileno(), answer)
        await closed.wait()


def fleet_spec(load: Load) -> FleetSpec:
    """Meters whose valves move at once, with water flowing through them so that its absence proves something."""
    return parse_fleet(
        {
            "journal_limit": _KEPT_WRITES,
            "listeners": {link: {} for link in load.links},
            "meters": [
                {
                    "id": place.meter_id,
                    "model": "xintai",
                    "listener": place.link,
                    "unit": place.unit,
                    "serial": place.serial,
                    "demand_m3_h": 0.42,
                    "volume_m3": 318.204,
                    "travel_s": 0,
                }
                for place in load.places
            ],
        }
    )
