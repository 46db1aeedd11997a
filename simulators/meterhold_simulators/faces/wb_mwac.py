"""Wiren Board WB-MWAC v2 on the wire: outputs as coils, counters as input registers, and a will of its own.

An output shows what the module drives, without a limit switch behind it. The first pipe (output K1, counter P1) is
the simulated meter; the second one's output is only kept.
"""

from meterhold_simulators.faces.modbus import ModbusFace
from meterhold_simulators.faces.registers import RegisterMap, u16, u32, u64, wide_text
from meterhold_simulators.journal import Fate
from meterhold_simulators.spec_modbus import WbMwacSpec
from meterhold_simulators.water import WaterMeter
from meterhold_simulators.wire.pdu import ILLEGAL_ADDRESS, Refusal, Reply

_K1, _K2, _LEAKAGE, _CLEANING = range(4)
COILS = range(4)
_ANTI_SEIZE = range(960, 964)
_SUPPLY_MV = 12_000
_FIRMWARE = "1.3.0"
_PULSE_M3 = 0.01


class WbMwacFace(ModbusFace):
    """One module on a line."""

    meter: WaterMeter

    def __init__(self, meter: WaterMeter, spec: WbMwacSpec) -> None:
        self.meter = meter
        self.spec = spec
        self.second = spec.connected
        self.leakage = False
        self.cleaning = False
        self.exercise = [0] * len(_ANTI_SEIZE)
        self._started_at = meter.clock.now()
        self._asked_at = self._started_at
        self._silence_s: float | None = None
        meter.interlocks.append(lambda connect: connect and self.leakage)
        meter.watchers.append(self._on_change)
        self._on_change()

    def answer(self, pdu: bytes, wire: bytes) -> bytes | Reply | None:
        """Answer, and begin to count the silence anew."""
        answer = super().answer(pdu, wire)
        if not self.meter.faults.silent:
            self._asked_at = self.meter.now()
            self._postpone_safe_state()
        return answer

    def read(self, start: int, count: int) -> bytes:
        """The bytes of holding registers: the exercise that keeps valves from seizing."""
        if not (start in _ANTI_SEIZE and start + count - 1 in _ANTI_SEIZE):
            raise Refusal(ILLEGAL_ADDRESS)
        first = start - _ANTI_SEIZE.start
        return b"".join(value.to_bytes(2, "big") for value in self.exercise[first : first + count])

    def read_input(self, start: int, count: int) -> bytes:
        """The bytes of input registers."""
        return INPUT.read(self, start, count)

    def read_coils(self, start: int, count: int) -> list[bool]:
        """Outputs and modes."""
        if not (start in COILS and start + count - 1 in COILS):
            raise Refusal(ILLEGAL_ADDRESS)
        return [self.first, self.second, self.leakage, self.cleaning][start : start + count]

    def write_coils(self, function: int, start: int, values: tuple[bool, ...], wire: bytes) -> None:  # noqa: ARG002 - 05 and 15
        """Drive outputs, or change a mode."""
        if not (start in COILS and start + len(values) - 1 in COILS):
            raise Refusal(ILLEGAL_ADDRESS)
        for coil, on in enumerate(values, start):
            match coil:
                case 0:
                    self.meter.switch(connected=on, wire=wire)
                case 1:
                    self.meter.record(wire, f"output_k2={on}", Fate.APPLIED)
                    self.second = on and not self.leakage
                case 2:
                    self.meter.record(wire, f"leakage_mode={on}", Fate.APPLIED)
                    self.leakage = on or self.meter.faults.leak_alarm
                    self.meter.changed()
                case _:
                    self.meter.record(wire, f"cleaning_mode={on}", Fate.APPLIED)
                    self.cleaning = on

    def write(self, function: int, start: int, values: tuple[int, ...], wire: bytes) -> None:  # noqa: ARG002 - 06 and 16
        """Set up the exercise, which moves the valves by itself."""
        if start not in _ANTI_SEIZE or len(values) != 1:
            raise Refusal(ILLEGAL_ADDRESS)
        self.meter.record(wire, f"anti_seize_{start}={values[0]}", Fate.APPLIED)
        self.exercise[start - _ANTI_SEIZE.start] = values[0]

    @property
    def first(self) -> bool:
        """Output K1, as driven or as claimed."""
        valve = self.meter.valve
        return valve.commanded_connected if valve.claimed_connected is None else valve.claimed_connected

    def uptime_s(self) -> float:
        """Since the module started."""
        return self.meter.clock.now() - self._started_at

    def _on_change(self) -> None:
        if self.meter.faults.leak_alarm and not self.cleaning:
            self.leakage = True
        if self.leakage:
            self.second = False
            if self.meter.valve.commanded_connected:
                self.meter.valve.command(self.meter.now(), connected=False)
                self.meter.changed()
        if self._silence_s != self.meter.faults.safe_state_after_s:
            self._silence_s = self.meter.faults.safe_state_after_s
            self._asked_at = self.meter.now()
        self._postpone_safe_state()

    def _postpone_safe_state(self) -> None:
        if self._silence_s is None:
            return
        due = self._asked_at + self._silence_s
        if due > self.meter.now():
            self.meter.valve.postpone(due, connected=self.spec.safe_state == "connected")
            self.meter.rearm()


INPUT = RegisterMap[WbMwacFace](
    [
        u32(104, lambda face: face.uptime_s()),  # s
        u16(121, lambda _: _SUPPLY_MV),  # mV
        wide_text(250, 16, lambda _: _FIRMWARE),  # one character a register
        u32(270, lambda face: int(face.meter.serial)),
        u32(1062, lambda face: face.meter.valve.volume_m3 / _PULSE_M3),  # pulses, P1
        u32(1064, lambda _: 0),  # P2
        u64(1068, lambda face: face.meter.valve.volume_m3 * 1000),  # 0.001 m3, P1
        u64(1072, lambda _: 0),  # P2
    ],
    gaps=(),
)
