"""The later Modbus models before a client in another language and library: npm modbus-serial."""

import asyncio
import json
import os
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest

from meterhold_simulators import Fleet, Supply, parse_fleet

SCRIPT = Path(__file__).with_name("modbus_serial.js")
NODE_MODULES = Path(__file__).parents[3] / ".venv" / "node" / "node_modules"
WITHIN_S = 30
WRITTEN = "written"


async def calls(fleet: Fleet, *wanted: tuple[Any, ...], listener: str = "tcp") -> list[Any]:
    """Make some calls in one connection; what each brought."""
    if not NODE_MODULES.is_dir():
        pytest.fail("the Node packages of the tests are missing: run `make .venv/.node`", pytrace=False)
    process = await asyncio.create_subprocess_exec(
        "node", str(SCRIPT), str(fleet.ports[listener]), json.dumps(wanted),
        stdout=PIPE, stderr=PIPE, env={**os.environ, "NODE_PATH": str(NODE_MODULES)},
    )  # fmt: skip
    async with asyncio.timeout(WITHIN_S):
        output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    answers: list[Any] = json.loads(output)
    return answers


def running(*rows: dict[str, Any], listener: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - a fleet, once entered
    """Meters that move at once, on one port."""
    meters = [{"listener": "tcp", **row} for row in rows]
    return Fleet.start(parse_fleet({"listeners": {"tcp": listener or {}}, "meters": meters}))


async def test_a_breaker() -> None:
    """Input registers, coils one by one, the mirror register, and an exception."""
    async with running({"id": "E-1", "model": "lx47le", "unit": 1, "load_w": 1150, "actuation_s": 0}) as fleet:
        assert await calls(
            fleet,
            (1, "readInputRegisters", 0, 15),
            (1, "readCoils", 1, 1),
            (1, "writeCoil", 1, False),
            (1, "readInputRegisters", 0, 1),
            (1, "writeRegister", 13, 0xFF00),
            (1, "readInputRegisters", 0, 1),
            (1, "writeRegister", 13, 1),
        ) == [
            [0x00F0, 0, 0, 0, 500, 0, 65, 65, 230, 500, 100, 1150, 0, 1150, 0],
            [True, *[False] * 7],
            WRITTEN,
            [0x000F],
            WRITTEN,
            [0x00F0],
            "exception 3",
        ]
        assert [entry.target for entry in fleet.journal.writes()] == ["disconnected", "connected"]


async def test_a_module_with_channels() -> None:
    """An order, and the status that follows it."""
    async with running({"id": "E-1", "model": "acti9", "unit": 3, "serial": "PB16234017", "actuation_s": 0}) as fleet:
        assert await calls(
            fleet,
            (3, "readHoldingRegisters", 0x0064, 6),
            (3, "writeRegister", 0x3779, 1),
            (3, "readHoldingRegisters", 0x3778, 2),
            (3, "writeRegisters", 0x3779, [2]),
            (3, "readHoldingRegisters", 0x3778, 2),
        ) == [[0x5042, 0x3136, 0x3233, 0x3430, 0x3137, 0], WRITTEN, [2, 0], WRITTEN, [3, 0]]


async def test_a_module_with_outputs() -> None:
    """Several coils in one write, and counters of 64 bits."""
    row = {"id": "W-1", "model": "wb_mwac", "unit": 57, "serial": "4265112", "volume_m3": 123.456, "travel_s": 0}
    async with running(row) as fleet:
        assert await calls(
            fleet,
            (57, "readInputRegisters", 1068, 4),
            (57, "writeCoils", 0, [False, False]),
            (57, "readCoils", 0, 4),
            (57, "writeRegister", 0, 1),
        ) == [[0, 0, 1, 0xE240], WRITTEN, [False] * 8, "exception 2"]
        assert fleet.truth("W-1").supply is Supply.DISCONNECTED


async def test_a_meter_with_outputs() -> None:
    """Energy of 64 bits, an output by function 16, and an input that cannot be written."""
    async with running({"id": "E-1", "model": "abb_a43", "unit": 5, "serial": "42", "energy_kwh": 8567.2}) as fleet:
        assert await calls(
            fleet,
            (5, "readHoldingRegisters", 0x5000, 4),
            (5, "writeRegisters", 0x6300, [0]),
            (5, "readHoldingRegisters", 0x6300, 1),
            (5, "writeRegister", 0x6308, 1),
        ) == [[0, 0, 0x000D, 0x1290], WRITTEN, [0], "exception 2"]


async def test_taps_one_connection_after_another() -> None:
    """Read, change two bits, write back; the next connection finds them changed."""
    row = {"id": "W-1", "model": "neptun", "travel_s": 0, "keyboard_lock": True}
    async with running(row, listener={"max_connections": 1}) as fleet:
        ((word,),) = await calls(fleet, (240, "readHoldingRegisters", 0, 1))
        assert word == 0x1300
        assert await calls(fleet, (240, "writeRegister", 0, word & 0x1C01)) == [WRITTEN]
        assert await calls(fleet, (240, "readHoldingRegisters", 0, 1)) == [[0x1000]]
        assert fleet.truth("W-1").supply is Supply.DISCONNECTED
