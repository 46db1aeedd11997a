"""A fleet of thousands of simulated meters in one process: time to ready, memory for each meter, and who answers.

The process is `meterhold simulate` itself. What a fleet of one meter of each model takes is measured beside it, so that
memory is that of the meters and time is told as a ratio as well.
"""

import asyncio
import json
import shutil
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiomqtt
import yaml
from pymodbus.client import AsyncModbusTcpClient

from benchmarks.site import HOST

START_WITHIN_S = 120.0
UNITS_A_PORT = 100
BROKER_PORT = 18893
_CONFIG = f"listener {BROKER_PORT} {HOST}\nallow_anonymous true\nmax_queued_messages 100000\nmax_inflight_messages 0\n"
_STATUS = json.dumps({"id": 1, "src": "bench", "method": "Switch.GetStatus", "params": {"id": 0}})


@dataclass(frozen=True, slots=True)
class Started:
    """A fleet that is ready."""

    ready_s: float
    rss_mb: float
    ports: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Served:
    """What a fleet took, and that all of it answered."""

    meters: int
    ready_s: float
    rss_mb: float
    answered: int
    reading_s: float


async def measure_fleet(count: int, folder: Path) -> tuple[Served, Served]:
    """A fleet of a few meters and one of `count`, half on Modbus and half on a broker, each read once over its wire."""
    async with _broker(folder):
        return await _serve(3, folder), await _serve(count, folder)


def print_fleet(count: int, folder: Path) -> None:
    """Measure and print."""
    few, many = asyncio.run(measure_fleet(count, folder))
    print(f"{'meters':>8}{'ready s':>10}{'RSS MB':>10}{'answered':>10}{'read all s':>12}")
    for one in (few, many):
        print(f"{one.meters:8}{one.ready_s:10.2f}{one.rss_mb:10.1f}{one.answered:10}{one.reading_s:12.2f}")
    each_kb = (many.rss_mb - few.rss_mb) * 1024 / (many.meters - few.meters)
    print(
        f"memory for each meter: {each_kb:.1f} kB; time to ready against a few meters: {many.ready_s / few.ready_s:.2f}"
    )


def fleet_document(count: int) -> dict[str, Any]:
    """A third of each model: relays and valves on lines, plugs on a broker."""
    third = count // 3
    sizes = (third, third, count - 2 * third)
    lines: list[dict[str, Any]] = [{"model": "dds238", "load_w": 500}, {"model": "xintai", "serial": "{n}"}]
    generate: list[dict[str, Any]] = [
        {
            "count": size,
            "id": f"{row['model']}-{{n}}",
            "meter": row,
            "listeners": {"name": f"{row['model']}-{{k}}", "units": UNITS_A_PORT},
        }
        for row, size in zip(lines, sizes, strict=False)
    ]
    plug = {"model": "shelly_1pm", "broker": "site", "mac": "{n:012X}", "load_w": 500}
    generate.append({"count": sizes[2], "id": "plug-{n}", "meter": plug})
    return {"brokers": {"site": {"port": BROKER_PORT}}, "generate": generate}


async def _serve(count: int, folder: Path) -> Served:
    file = folder / f"fleet-{count}.yaml"
    file.write_text(yaml.safe_dump(fleet_document(count)), encoding="utf-8")
    async with _simulators(file) as started:
        began = time.perf_counter()
        third = count // 3
        answered = await _read_lines(started.ports, "dds238", third, 0x001A)
        answered += await _read_lines(started.ports, "xintai", third, 0x0015)
        answered += await _read_plugs(count - 2 * third)
        took_s = time.perf_counter() - began
    assert answered == count, f"{answered} of {count} meters answered"
    return Served(count, started.ready_s, started.rss_mb, answered, took_s)


@asynccontextmanager
async def _simulators(file: Path) -> AsyncIterator[Started]:
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "meterhold", "simulate", "--fleet", str(file), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    ports: dict[str, int] = {}
    try:
        async with asyncio.timeout(START_WITHIN_S):
            while (line := (await process.stdout.readline()).decode().strip()) != "ready":
                assert line, "the simulators ended"
                if line.startswith("listener "):
                    _, name, where, _ = line.split()
                    ports[name] = int(where.rpartition(":")[2])
        yield Started(time.perf_counter() - began, _rss_mb(process.pid), ports)
    finally:
        process.terminate()
        await process.wait()


async def _read_lines(ports: Mapping[str, int], model: str, count: int, address: int) -> int:
    """Each meter once; a line of its own task. A serial must be the meter's own."""

    async def read(k: int) -> int:
        async with AsyncModbusTcpClient(HOST, port=ports[f"{model}-{k + 1}"], retries=0) as client:
            first = k * UNITS_A_PORT
            here = min(UNITS_A_PORT, count - first)
            for unit in range(1, here + 1):
                reply = await client.read_holding_registers(address, count=1, device_id=unit)
                assert not reply.isError()
                wanted = 1 if model == "dds238" else int(str(first + unit), 16)
                assert reply.registers[0] == wanted, (model, first + unit, reply.registers)
            return here

    return sum(await asyncio.gather(*(read(k) for k in range((count - 1) // UNITS_A_PORT + 1))))


async def _read_plugs(count: int) -> int:
    """Each plug is asked once and answers in its own name."""
    answered = set()
    async with aiomqtt.Client(HOST, BROKER_PORT, max_queued_incoming_messages=0) as client, asyncio.timeout(60):
        await client.subscribe("bench/rpc", qos=1)
        for n in range(1, count + 1):
            await client.publish(f"shellypro1pm-{n:012x}/rpc", _STATUS)
        async for message in client.messages:
            assert isinstance(message.payload, bytes | bytearray)
            answered.add(json.loads(message.payload)["src"])
            if len(answered) == count:
                break
    return len(answered)


@asynccontextmanager
async def _broker(folder: Path) -> AsyncIterator[None]:
    path = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    config = folder / "fleet-broker.conf"
    config.write_text(_CONFIG, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(path, "-c", str(config), stderr=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(START_WITHIN_S):
            while not await _listens():  # noqa: ASYNC110 - another program's port
                await asyncio.sleep(0.05)
        yield
    finally:
        process.terminate()
        await process.wait()


async def _listens() -> bool:
    try:
        _, writer = await asyncio.open_connection(HOST, BROKER_PORT)
    except OSError:
        return False
    writer.close()
    return True


def _rss_mb(pid: int) -> float:
    """Resident memory, as the kernel counts it."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6
