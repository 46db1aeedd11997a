"""Fleets for these tests: one of each Modbus meter, on both framings, on a clock moved by hand."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from meterhold_simulators import Fleet, parse_fleet
from tests.unit.simulators.hand_clock import HandClock
from tests.unit.simulators.raw_modbus import RawModbus, connected

DDS238: dict[str, Any] = {"id": "E-1", "model": "dds238", "listener": "tcp", "unit": 1, "load_w": 1150}
XINTAI: dict[str, Any] = {
    "id": "W-1",
    "model": "xintai",
    "listener": "tcp",
    "unit": 2,
    "serial": "2208150042",
    "demand_m3_h": 0.545,
    "travel_s": 8,
}
MODBUS_FLEET: dict[str, Any] = {
    "listeners": {"tcp": {"framing": "mbap"}, "line": {"framing": "rtu"}},
    "meters": [
        {**DDS238, "energy_kwh": 71.33},
        {**XINTAI, "volume_m3": 0.545},
        {**DDS238, "id": "E-2", "listener": "line"},
        {**XINTAI, "id": "W-2", "listener": "line", "unit": 1 + 1},
        {**XINTAI, "id": "W-3", "listener": "line", "unit": 3},
    ],
}


@pytest.fixture
def clock() -> HandClock:
    """The clock of `fleet`."""
    return HandClock()


@pytest.fixture
async def fleet(clock: HandClock) -> AsyncIterator[Fleet]:
    """A DDS238 as unit 1 and Xintai meters as 2 and 3, on an MBAP port (`tcp`) and an RTU line (`line`)."""
    async with Fleet.start(parse_fleet(MODBUS_FLEET), clock=clock) as running:
        yield running


@pytest.fixture
async def tcp(fleet: Fleet) -> AsyncIterator[RawModbus]:
    """A connection to the MBAP port."""
    async with connected(fleet.ports["tcp"]) as client:
        yield client


@pytest.fixture
async def line(fleet: Fleet) -> AsyncIterator[RawModbus]:
    """A connection to the RTU line."""
    async with connected(fleet.ports["line"], rtu=True) as client:
        yield client
