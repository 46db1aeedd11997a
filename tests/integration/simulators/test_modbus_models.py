"""The later Modbus models before mbpoll, which other people wrote: read, switched and refused on real sockets."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from meterhold_simulators import Fleet, Supply, parse_fleet
from tests.integration.simulators.clients import run

BREAKER, MODULE, TAPS, PIPE, METER = "E-1", "E-2", "W-1", "W-2", "E-3"
ROWS: list[dict[str, Any]] = [
    {"id": BREAKER, "model": "lx47le", "unit": 1, "load_w": 1150, "actuation_s": 0, "energy_kwh": 12.345},
    {"id": MODULE, "model": "acti9", "unit": 3, "serial": "PB16234017", "load_w": 690, "actuation_s": 0},
    {"id": PIPE, "model": "wb_mwac", "unit": 57, "serial": "4265112", "volume_m3": 123.456, "travel_s": 0},
    {"id": METER, "model": "abb_a43", "unit": 5, "serial": "12345678", "load_w": 1035, "energy_kwh": 8567.2},
    {"id": TAPS, "model": "neptun", "listener": "taps", "volume_m3": 1.239, "travel_s": 0, "keyboard_lock": True},
]
COILS, INPUTS, HOLDING = "0", "3", "4"


@pytest.fixture
async def fleet() -> AsyncIterator[Fleet]:
    """One of each; the taps on a port of their own that takes one connection."""
    meters = [{"listener": "tcp", **row} for row in ROWS]
    async with Fleet.start(
        parse_fleet({"listeners": {"tcp": {}, "taps": {"max_connections": 1}}, "meters": meters})
    ) as running:
        yield running


async def mbpoll(fleet: Fleet, meter: str, table: str, address: int, *arguments: str) -> list[int] | str:
    """Read or write at an address counted from 0: the values, or what mbpoll says of a refusal."""
    row = next(row for row in ROWS if row["id"] == meter)
    port = str(fleet.ports[row.get("listener", "tcp")])
    unit = str(row.get("unit", 240))
    common = ("-0", "-1", "-q", "-B", "-p", port, "-a", unit, "-t", table, "-r", str(address))
    code, output = await run("mbpoll", *common, "127.0.0.1", *arguments)
    if code != 0:
        return output
    return [int(found) for found in re.findall(r"^\[\d+\]:\s+(\d+)", output, flags=re.MULTILINE)]


async def test_mbpoll_reads_each_model(fleet: Fleet) -> None:
    """State, measurements, counters and serial numbers, in bits, words and pairs of words."""
    assert await mbpoll(fleet, BREAKER, INPUTS, 0) == [0x00F0]
    assert await mbpoll(fleet, BREAKER, INPUTS, 8, "-c", "4") == [230, 500, 100, 1150]
    assert await mbpoll(fleet, BREAKER, "3:int", 36) == [12345]
    assert await mbpoll(fleet, MODULE, HOLDING, 0x3778) == [3]
    assert await mbpoll(fleet, PIPE, COILS, 0, "-c", "4") == [1, 1, 0, 0]
    assert await mbpoll(fleet, PIPE, "3:int", 270) == [4265112]
    assert await mbpoll(fleet, METER, "4:int", 0x8900) == [12345678]
    assert await mbpoll(fleet, METER, "4:int", 0x5002) == [856720]
    assert await mbpoll(fleet, TAPS, HOLDING, 0) == [0x1300]
    assert await mbpoll(fleet, TAPS, "4:int", 107) == [1230]


@pytest.mark.parametrize(
    ("meter", "table", "address", "off", "on"),
    [
        (BREAKER, COILS, 1, "0", "1"),
        (BREAKER, HOLDING, 13, "0", "0xFF00"),
        (MODULE, HOLDING, 0x3779, "1", "2"),
        (PIPE, COILS, 0, "0", "1"),
        (METER, HOLDING, 0x6300, "0", "1"),
        (TAPS, HOLDING, 0, "0x1000", "0x1300"),
    ],
)
async def test_mbpoll_switches_each_model(
    fleet: Fleet, meter: str, table: str, address: int, off: str, on: str
) -> None:
    """Off and on again as the device's documents say, with one accepted write each."""
    for value, supply in ((off, Supply.DISCONNECTED), (on, Supply.CONNECTED)):
        written = await mbpoll(fleet, meter, table, address, value)
        assert isinstance(written, list), written
        assert fleet.truth(meter).supply is supply
    assert [entry.target for entry in fleet.journal.writes(meter)] == ["disconnected", "connected"]


@pytest.mark.parametrize(
    ("meter", "table", "address", "value", "says"),
    [
        (BREAKER, HOLDING, 13, "1", "Illegal data value"),
        (PIPE, HOLDING, 0, "1", "Illegal data address"),
        (METER, HOLDING, 0x6308, "1", "Illegal data address"),
        (TAPS, HOLDING, 5, "1", "Illegal data address"),
        (MODULE, COILS, 0, "1", "Illegal function"),
    ],
)
async def test_mbpoll_is_refused_as_the_standard_says(
    fleet: Fleet, meter: str, table: str, address: int, value: str, says: str
) -> None:
    """Each kind of refusal is an exception that another client understands, and nothing is accepted."""
    refused = await mbpoll(fleet, meter, table, address, value)
    assert isinstance(refused, str)
    assert says in refused
    assert fleet.journal.writes(meter) == []
