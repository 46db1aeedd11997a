"""Kaifeng Xintai valve water meter on the wire: reversed floats, and a valve register read unlike it is written.

The vendor's coding of the meter address (4 registers) and of its clock (4 registers) is not public: both are taken
to be BCD digits, most significant first, the address padded to 16 digits with zeros on the left.
"""

from struct import pack, unpack

from meterhold_simulators.faces.modbus import ModbusFace
from meterhold_simulators.faces.registers import Point, RegisterMap, f32_dcba, u16
from meterhold_simulators.journal import Fate
from meterhold_simulators.spec_modbus import XintaiSpec
from meterhold_simulators.water import WaterMeter
from meterhold_simulators.wire.pdu import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE, Function, Refusal

VALVE = 0x001C

# What is written and what is read differ: codes there, bits here.
_WRITE_CONNECT = 1
_WRITE_DISCONNECT = 2
_BIT_CONNECTED = 1
_BIT_DISCONNECTED = 2
_BIT_ABNORMAL = 4
_BIT_LOW_BATTERY = 8

_PIPE_EMPTY = 0x0055
_PIPE_FULL = 0x00AA
_LOW_BATTERY_V = 2.9


class XintaiFace(ModbusFace):
    """One Xintai meter on a line."""

    meter: WaterMeter

    def __init__(self, meter: WaterMeter, spec: XintaiSpec) -> None:
        self.meter = meter
        self.spec = spec
        self.address = spec.unit
        self.pulse_coefficient = 1

    def read(self, start: int, count: int) -> bytes:
        """The bytes of holding registers."""
        return REGISTERS.read(self, start, count)

    def write(self, function: int, start: int, values: tuple[int, ...], wire: bytes) -> None:
        """Switch with FC06, or do what must never be asked of it: set the volume or the settings."""
        match function, start, values:
            case Function.WRITE_REGISTER, 0x001C, (value,):
                if value not in (_WRITE_CONNECT, _WRITE_DISCONNECT):
                    raise Refusal(ILLEGAL_VALUE)
                self.meter.switch(connected=value == _WRITE_CONNECT, wire=wire)
            case Function.WRITE_REGISTERS, 0x0001, (first, second):
                volume_m3: float = unpack("<f", pack(">HH", first, second))[0]
                self.meter.record(wire, f"volume_m3={volume_m3}", Fate.APPLIED)
                self.meter.set_volume(volume_m3)
            case Function.WRITE_REGISTER, 0x000E, (address,):
                self.meter.record(wire, f"address={address}", Fate.APPLIED)
                self.address = address
            case Function.WRITE_REGISTER, 0x001D, (coefficient,):
                self.meter.record(wire, f"pulse_coefficient={coefficient}", Fate.APPLIED)
                self.pulse_coefficient = coefficient
            case Function.WRITE_REGISTERS, _, _:
                raise Refusal(ILLEGAL_FUNCTION)
            case _:
                raise Refusal(ILLEGAL_ADDRESS)

    def valve_bits(self) -> int:
        """The valve register as read: neither state bit while the motor runs or after it ended in between."""
        valve = self.meter.valve
        bits = _BIT_LOW_BATTERY if self.meter.faults.low_battery else 0
        if valve.claimed_connected is not None:
            return bits | (_BIT_CONNECTED if valve.claimed_connected else _BIT_DISCONNECTED)
        if valve.motor_running:
            return bits
        if valve.jammed:
            return bits | _BIT_ABNORMAL
        return bits | (_BIT_CONNECTED if valve.position > 0 else _BIT_DISCONNECTED)

    def battery_v(self) -> float:
        """The battery's voltage."""
        return _LOW_BATTERY_V if self.meter.faults.low_battery else self.spec.battery_v

    def remaining_m3(self) -> float:
        """The prepaid balance."""
        return 0.0 if self.meter.faults.prepaid_empty else self.spec.remaining_m3

    def clock_bcd(self) -> bytes:
        """The meter's clock."""
        return bytes.fromhex(self.meter.clock.wall().strftime("%Y%m%d%H%M%S") + "00")


REGISTERS = RegisterMap[XintaiFace](
    [
        f32_dcba(0x0001, lambda face: face.meter.valve.volume_m3),  # forward, m3; writable
        f32_dcba(0x0003, lambda _: 0.0),  # reverse, m3
        f32_dcba(0x0005, lambda face: face.meter.valve.flow_m3_h),  # m3/h
        u16(0x0007, lambda face: _PIPE_EMPTY if face.meter.valve.pipe_empty else _PIPE_FULL),
        f32_dcba(0x0008, lambda face: face.remaining_m3()),  # m3
        f32_dcba(0x000A, lambda face: 0.0 if face.meter.valve.pipe_empty else face.spec.pressure_mpa),  # MPa
        f32_dcba(0x000C, lambda face: face.spec.temperature_c),  # degrees Celsius
        u16(0x000E, lambda face: face.address),  # writable
        Point(0x0012, 4, lambda face: bytes.fromhex(face.meter.serial.zfill(16))),
        Point(0x0016, 4, lambda face: face.clock_bcd()),
        f32_dcba(0x001A, lambda face: face.battery_v()),  # V
        u16(VALVE, lambda face: face.valve_bits()),
        u16(0x001D, lambda face: face.pulse_coefficient),  # writable
    ],
    gaps=range(0x0001, 0x001E),
)
