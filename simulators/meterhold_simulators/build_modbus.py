"""Makes the body and the face of each Modbus model."""

from typing import assert_never

from meterhold_simulators.clock import SimClock
from meterhold_simulators.electricity import ElectricityMeter
from meterhold_simulators.faces.dds238 import Dds238Face
from meterhold_simulators.faces.modbus import ModbusFace
from meterhold_simulators.faces.xintai import XintaiFace
from meterhold_simulators.journal import Journal
from meterhold_simulators.meter import Meter
from meterhold_simulators.spec_modbus import Dds238Spec, ModbusSpec, XintaiSpec
from meterhold_simulators.water import WaterMeter


def modbus_parts(row: ModbusSpec, clock: SimClock, journal: Journal) -> tuple[Meter, ModbusFace]:
    """A meter and how it looks on its line."""
    match row:
        case Dds238Spec():
            leads = row.register_follows == "command"
            serial = row.serial or f"dds238-{row.id}"
            relay = ElectricityMeter(row, serial, clock, journal, indicator_leads=leads)
            return relay, Dds238Face(relay, row.unit)
        case XintaiSpec():
            valve = WaterMeter(row, row.serial, clock, journal)
            return valve, XintaiFace(valve, row)
        case _:
            assert_never(row)
