"""Neptun Smart on the wire: one configuration word that holds the taps as well, and one connection at a time.

A tap bit is what the controller last told the tap: no limit switch stands behind it.
"""

from meterhold_simulators.faces.modbus import ModbusFace
from meterhold_simulators.faces.registers import RegisterMap, u16, u32
from meterhold_simulators.journal import Fate
from meterhold_simulators.spec_modbus import NeptunSpec
from meterhold_simulators.water_groups import GroupedWaterMeter
from meterhold_simulators.wire.pdu import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, Function, Refusal

FLOOR_WASH = 1 << 0
ALERT_1, ALERT_2 = 1 << 1, 1 << 2
BATTERY_LOW, SENSOR_LOST = 1 << 3, 1 << 4
CLOSING_1, CLOSING_2 = 1 << 5, 1 << 6
PAIRING = 1 << 7
TAP_1, TAP_2 = 1 << 8, 1 << 9
TWO_GROUPS, CLOSE_ON_LOSS, KEYBOARD_LOCK = 1 << 10, 1 << 11, 1 << 12

_SETTINGS = FLOOR_WASH | TWO_GROUPS | CLOSE_ON_LOSS | KEYBOARD_LOCK
_READ_ONLY = ALERT_1 | ALERT_2 | BATTERY_LOW | SENSOR_LOST | CLOSING_1 | CLOSING_2
_COUNTER_ENABLED = 1
_ADDRESS_AND_BAUD = 0xF001


class NeptunFace(ModbusFace):
    """One module behind its own Modbus TCP port."""

    meter: GroupedWaterMeter

    def __init__(self, meter: GroupedWaterMeter, spec: NeptunSpec) -> None:
        self.meter = meter
        self.spec = spec
        self.pairing = False
        self.settings = (
            (FLOOR_WASH if spec.floor_wash else 0)
            | (TWO_GROUPS if spec.two_groups else 0)
            | (CLOSE_ON_LOSS if spec.close_on_sensor_loss else 0)
            | (KEYBOARD_LOCK if spec.keyboard_lock else 0)
        )
        meter.watchers.append(self._shut_what_is_held)

    def read(self, start: int, count: int) -> bytes:
        """The bytes of holding registers; a sensor may be lost, or found again, right after."""
        data = REGISTERS.read(self, start, count)
        if start == 0 and self.meter.take("sensor_lost_after_read"):
            faults = self.meter.faults
            self.meter.set_faults(faults.model_copy(update={"sensor_lost": not faults.sensor_lost}))
        return data

    def write(self, function: int, start: int, values: tuple[int, ...], wire: bytes) -> None:
        """Take register 0 as it is written: taps, settings and all."""
        if function != Function.WRITE_REGISTER:
            raise Refusal(ILLEGAL_FUNCTION)
        if start != 0:
            raise Refusal(ILLEGAL_ADDRESS)
        (word,) = values
        self._note_harm(word, wire)
        self.settings = word & _SETTINGS
        self.pairing = bool(word & PAIRING)
        first = bool(word & TAP_1)
        second = bool(word & TAP_2) if self.two_groups else first
        self.meter.switch_groups(first, second, wire)

    @property
    def two_groups(self) -> bool:
        """Whether the taps stand in two groups; in one, the second bit mirrors the first."""
        return bool(self.settings & TWO_GROUPS)

    def word(self) -> int:
        """Register 0 as it is read."""
        first, second = self.meter.shown_groups
        faults = self.meter.faults
        held = self._held()
        word = self.settings | (PAIRING if self.pairing else 0)
        word |= (TAP_1 if first else 0) | (TAP_2 if (second if self.two_groups else first) else 0)
        if faults.leak_alarm:
            word |= ALERT_1 | (0 if self.two_groups else ALERT_2)
        if faults.sensor_lost:
            word |= SENSOR_LOST
            if self.settings & CLOSE_ON_LOSS:
                word |= (CLOSING_1 if 0 in held else 0) | (CLOSING_2 if 1 in held else 0)
        return word | (BATTERY_LOW if faults.low_battery else 0)

    def _held(self) -> frozenset[int]:
        """The groups that the controller keeps shut; while the floor is washed, leaks count for nothing."""
        if self.settings & FLOOR_WASH:
            return frozenset()
        if self.meter.faults.sensor_lost and self.settings & CLOSE_ON_LOSS:
            return frozenset({0, 1})
        if self.meter.faults.leak_alarm:
            return frozenset({0} if self.two_groups else {0, 1})
        return frozenset()

    def _shut_what_is_held(self) -> None:
        self.meter.hold_shut(self._held())

    def _note_harm(self, word: int, wire: bytes) -> None:
        """Journal what a write does beyond the taps: a referee must see a lost update."""
        if word & PAIRING:
            self.meter.record(wire, "pairing", Fate.APPLIED)
        if word & _READ_ONLY:
            self.meter.record(wire, f"read_only={word & _READ_ONLY:#06x}", Fate.NOT_APPLIED)
        if word & _SETTINGS != self.settings:
            self.meter.record(wire, f"settings={word & _SETTINGS:#06x}", Fate.APPLIED)

    def counted_l(self, group: int) -> float:
        """Litres as whole pulses tell them."""
        pulse_l = self.spec.pulse_l
        return self.meter.valves[group].volume_m3 * 1000 // pulse_l * pulse_l

    def counter_setup(self) -> int:
        """A counter's configuration: its step in the high byte."""
        pulse_l = self.spec.pulse_l * (10 if self.meter.faults.set_otherwise else 1)
        return pulse_l << 8 | _COUNTER_ENABLED


REGISTERS = RegisterMap[NeptunFace](
    [
        u16(0, lambda face: face.word()),
        u16(5, lambda _: _ADDRESS_AND_BAUD),
        u32(107, lambda face: face.counted_l(0)),  # eight counters; two have a meter
        u32(109, lambda face: face.counted_l(1)),
        u16(123, lambda face: face.counter_setup()),
        u16(124, lambda face: face.counter_setup()),
    ],
    gaps=range(131),
)
