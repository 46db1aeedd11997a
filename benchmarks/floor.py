"""The floor: bare pymodbus doing the same requests to the same meters, with nothing around them."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from enum import StrEnum
from itertools import cycle
from typing import Any

import uvloop
from pymodbus.client import AsyncModbusTcpClient

from benchmarks.measured import Span, Speed, Stopwatch
from benchmarks.site import HOST, TIMEOUT_S, Load, Place, wire_sequence
from meterhold.domain.words import SupplyState
from meterhold.profiles.wire import ModbusRead, ModbusWrite

VALVE = 0x001C
_POSITION = 3
"""The bits of the valve register that then show the very code that was written."""


class Loop(StrEnum):
    """Which event loop carries the floor."""

    UVLOOP = "uvloop"
    """As the gateway does: like is compared with like."""
    ASYNCIO = "asyncio"
    """Python's own, as whoever uses bare pymodbus has it."""

    @property
    def run(self) -> Callable[[Coroutine[Any, Any, Speed]], Speed]:
        """What runs a coroutine on it."""
        return uvloop.run if self is Loop.UVLOOP else asyncio.run


def measure_floor(load: Load, ports: dict[str, int], span: Span, loop: Loop) -> Speed:
    """One connection to each device, one sequence at a time on each."""
    return loop.run(_measure(load, ports, span))


async def _measure(load: Load, ports: dict[str, int], span: Span) -> Speed:
    clients = {link: AsyncModbusTcpClient(HOST, port=ports[link], timeout=TIMEOUT_S, retries=0) for link in load.links}
    for client in clients.values():
        assert await client.connect()
    watch = Stopwatch(span)
    async with asyncio.TaskGroup() as tasks:
        for link, client in clients.items():
            there = [place for place in load.places if place.link == link]
            tasks.create_task(_switch(client, there, watch))
    for client in clients.values():
        client.close()
    return watch.speed()


async def _switch(client: AsyncModbusTcpClient, places: Sequence[Place], watch: Stopwatch) -> None:
    targets = (SupplyState.DISCONNECTED, SupplyState.CONNECTED)
    pairs = [[wire_sequence(place.unit, target) for target in targets] for place in places]
    for pair in cycle(pairs):
        if not watch.running:
            return
        for look, write, proof in pair:
            began_at = time.perf_counter()
            await _read(client, look)
            await _write(client, write)
            valve = await _read(client, proof)
            assert valve & _POSITION == write.values[0], (valve, write)
            watch.ended(began_at)


async def _read(client: AsyncModbusTcpClient, read: ModbusRead) -> int:
    reply = await client.read_holding_registers(read.address, count=read.count, device_id=read.unit)
    assert not reply.isError()
    return reply.registers[VALVE - read.address]


async def _write(client: AsyncModbusTcpClient, write: ModbusWrite) -> None:
    reply = await client.write_register(write.address, write.values[0], device_id=write.unit)
    assert not reply.isError()
