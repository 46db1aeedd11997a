"""Hiking DDS238-2 ZN/SR on the wire: FC03 reads, FC16 writes, no serial number, a relay register that may echo."""

from meterhold_simulators.electricity import ElectricityMeter
from meterhold_simulators.faces.modbus import ModbusFace, Silence
from meterhold_simulators.faces.registers import RegisterMap, s16, u16, u32
from meterhold_simulators.faults import Fc06
from meterhold_simulators.journal import Fate
from meterhold_simulators.wire.pdu import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE, Function, Refusal

RELAY = 0x001A

_BAUD_9600 = 1
_FREQUENCY_HZ = 49.98


class Dds238Face(ModbusFace):
    """One DDS238 on a line."""

    meter: ElectricityMeter

    def __init__(self, meter: ElectricityMeter, unit: int) -> None:
        self.meter = meter
        self.settings = unit << 8 | _BAUD_9600

    def read(self, start: int, count: int) -> bytes:
        """The bytes of holding registers; without a relay its register does not exist."""
        if self.meter.faults.no_relay and start <= RELAY < start + count:
            raise Refusal(ILLEGAL_ADDRESS)
        return REGISTERS.read(self, start, count)

    def write(self, function: int, start: int, values: tuple[int, ...], wire: bytes) -> None:
        """Switch, or do what must never be asked of it: erase energy or change the line settings."""
        if function == Function.WRITE_REGISTER and self.meter.faults.fc06 is not Fc06.ACCEPTED:
            if self.meter.faults.fc06 is Fc06.SILENT:
                raise Silence
            raise Refusal(ILLEGAL_FUNCTION)
        match start, values:
            case 0x001A, (value,) if not self.meter.faults.no_relay:
                if value not in (0, 1):
                    raise Refusal(ILLEGAL_VALUE)
                self.meter.switch(connected=value == 1, wire=wire)
            case 0x0000, (high, low):
                energy_kwh = (high << 16 | low) / 100
                self.meter.record(wire, f"energy_kwh={energy_kwh}", Fate.APPLIED)
                self.meter.set_energy(energy_kwh)
            case 0x0015, (settings,):
                # Takes effect at the next power cycle, which nothing here does.
                self.meter.record(wire, f"settings={settings:#06x}", Fate.APPLIED)
                self.settings = settings
            case _:
                raise Refusal(ILLEGAL_ADDRESS)


REGISTERS = RegisterMap[Dds238Face](
    [
        u32(0x0000, lambda face: face.meter.relay.energy_kwh * 100),  # total, 0.01 kWh; writable: 0 erases
        u32(0x0008, lambda _: 0),  # export, 0.01 kWh
        u32(0x000A, lambda face: face.meter.relay.energy_kwh * 100),  # import, 0.01 kWh
        u16(0x000C, lambda face: face.meter.voltage_v * 10),  # 0.1 V
        u16(0x000D, lambda face: face.meter.relay.current_a * 100),  # 0.01 A
        s16(0x000E, lambda face: face.meter.relay.power_w),  # W
        s16(0x000F, lambda _: 0),  # var
        u16(0x0010, lambda face: face.meter.relay.power_factor * 1000),  # 0.001
        u16(0x0011, lambda _: _FREQUENCY_HZ * 100),  # 0.01 Hz
        u16(0x0015, lambda face: face.settings),  # high byte address, low byte baud code
        u16(RELAY, lambda face: face.meter.shown_connected),  # 0 off, 1 on
    ],
    gaps=range(0x0016),
)
