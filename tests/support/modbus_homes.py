"""Meters of the later Modbus models for tests of the whole gateway, quick to move."""

from typing import Any

from tests.support.homes import LINE, PEER, Place

LX47LE, NEPTUN, WB_MWAC, ACTI9, ABB_A43 = (
    "lingxun-lx47le-125",
    "neptun-smart",
    "wiren-board-wb-mwac-v2",
    "schneider-acti9-smartlink",
    "abb-a43-outputs",
)


def lx47le(meter_id: str, unit: int = 11, **device: Any) -> Place:  # noqa: ANN401 - a fleet file's keys
    """A motorised breaker that measures; it has no serial number on the wire."""
    row = {"model": "lx47le", "listener": LINE, "unit": unit, "load_w": 1450, "energy_kwh": 713.5, "actuation_s": 0.1}
    return Place(meter_id, LX47LE, LINE, str(unit), None, {**row, **device})


def acti9(meter_id: str, unit: int = 12, **device: Any) -> Place:  # noqa: ANN401
    """A contactor on the first channel of a module that measures nothing."""
    serial = f"PB162340{unit:02}"
    row = {"model": "acti9", "listener": LINE, "unit": unit, "serial": serial, "load_w": 690, "actuation_s": 0.05}
    return Place(meter_id, ACTI9, LINE, str(unit), serial, {**row, **device}, serial)


def abb_a43(meter_id: str, unit: int = 13, **device: Any) -> Place:  # noqa: ANN401
    """A meter whose output drives a contactor."""
    serial = f"123456{unit:02}"
    row = {"model": "abb_a43", "listener": LINE, "unit": unit, "serial": serial, "load_w": 2070, "energy_kwh": 8567.2}
    return Place(meter_id, ABB_A43, LINE, str(unit), serial, {**row, "actuation_s": 0.05, **device}, serial)


def wb_mwac(meter_id: str, unit: int = 57, **device: Any) -> Place:  # noqa: ANN401
    """A valve at a module's output, without a limit switch."""
    serial = f"42651{unit:02}"
    row = {"model": "wb_mwac", "listener": LINE, "unit": unit, "serial": serial, "demand_m3_h": 0.4, "volume_m3": 123.4}
    return Place(meter_id, WB_MWAC, LINE, str(unit), serial, {**row, "travel_s": 0.1, **device}, serial)


def neptun(meter_id: str, unit: int = 240, **device: Any) -> Place:  # noqa: ANN401
    """A leak protection with its taps, on a peer of its own."""
    row = {"model": "neptun", "listener": PEER, "unit": unit, "demand_m3_h": 0.4, "volume_m3": 81.2, "travel_s": 0.1}
    return Place(meter_id, NEPTUN, PEER, str(unit), None, {**row, **device})
