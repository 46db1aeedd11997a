"""Makes the body and the face of each Modbus model."""

from typing import assert_never

from meterhold_simulators.clock import SimClock
from meterhold_simulators.electricity import ElectricityMeter
from meterhold_simulators.faces.abb_a43 import AbbA43Face
from meterhold_simulators.faces.acti9 import Acti9Module
from meterhold_simulators.faces.dds238 import Dds238Face
from meterhold_simulators.faces.lx47le import Lx47leFace
from meterhold_simulators.faces.neptun import NeptunFace
from meterhold_simulators.faces.wb_mwac import WbMwacFace
from meterhold_simulators.faces.xintai import XintaiFace
from meterhold_simulators.journal import Journal
from meterhold_simulators.meter import Meter
from meterhold_simulators.spec_modbus import (
    AbbA43Spec,
    Acti9Spec,
    Dds238Spec,
    Lx47leSpec,
    ModbusSpec,
    NeptunSpec,
    WbMwacSpec,
    XintaiSpec,
)
from meterhold_simulators.water import WaterMeter
from meterhold_simulators.water_groups import GroupedWaterMeter
from meterhold_simulators.wire.server import Answering


def modbus_parts(
    row: ModbusSpec, present: Answering | None, clock: SimClock, journal: Journal
) -> tuple[Meter, Answering]:
    """A meter and how it looks on its line; `present` is what answers for its unit already."""
    match row:
        case Dds238Spec():
            leads = row.register_follows == "command"
            serial = row.serial or f"dds238-{row.id}"
            relay = ElectricityMeter(row, serial, clock, journal, indicator_leads=leads)
            return relay, Dds238Face(relay, row.unit)
        case XintaiSpec():
            valve = WaterMeter(row, row.serial, clock, journal)
            return valve, XintaiFace(valve, row)
        case Lx47leSpec():
            relay = ElectricityMeter(row, row.serial or f"lx47le-{row.id}", clock, journal)
            return relay, Lx47leFace(relay, row)
        case NeptunSpec():
            serial = row.serial or f"neptun-{row.id}"
            groups = GroupedWaterMeter(row, serial, clock, journal, second_demand_m3_h=row.second_demand_m3_h)
            return groups, NeptunFace(groups, row)
        case WbMwacSpec():
            valve = WaterMeter(row, row.serial, clock, journal)
            return valve, WbMwacFace(valve, row)
        case Acti9Spec():
            relay = ElectricityMeter(row, row.serial, clock, journal)
            module = present if isinstance(present, Acti9Module) else Acti9Module()
            module.add(relay, row)
            return relay, module
        case AbbA43Spec():
            relay = ElectricityMeter(row, row.serial, clock, journal)
            return relay, AbbA43Face(relay, row)
        case _:
            assert_never(row)
