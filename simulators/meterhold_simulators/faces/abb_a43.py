"""ABB A43 on the wire: a three-phase meter whose outputs are registers, and may belong to its own calendar."""

from collections.abc import Callable

from meterhold_simulators.electricity import ElectricityMeter
from meterhold_simulators.faces.modbus import ModbusFace
from meterhold_simulators.faces.registers import Point, RegisterMap, s32, text, u16, u32, u64
from meterhold_simulators.journal import Fate
from meterhold_simulators.spec_modbus import AbbA43Spec
from meterhold_simulators.wire.pdu import ILLEGAL_ADDRESS, ILLEGAL_VALUE, Refusal

OUTPUTS, INPUTS = range(0x6300, 0x6304), range(0x6308, 0x630C)
_RESETS = range(0x8F00, 0x8F10)
_MEASURED = range(0x5000, 0x6000)

_PHASES = 3
_NOT_MEASURED, _NOT_MEASURED_SIGNED = 0xFFFFFFFF, 0x7FFFFFFF
_FREQUENCY_HZ = 50.0
_TYPE = "A43 513-100"


class AbbA43Face(ModbusFace):
    """One A43 on a line; the load draws on all phases alike."""

    meter: ElectricityMeter

    def __init__(self, meter: ElectricityMeter, spec: AbbA43Spec) -> None:
        self.meter = meter
        self.spec = spec
        self.other_outputs = [False] * (len(OUTPUTS) - 1)
        meter.interlocks.append(lambda _: meter.faults.output_claimed)

    def read(self, start: int, count: int) -> bytes:
        """The bytes of holding registers; what is not there reads as all bits set among the measurements."""
        return REGISTERS.read(self, start, count)

    def write(self, function: int, start: int, values: tuple[int, ...], wire: bytes) -> None:  # noqa: ARG002 - 06 and 16
        """Set an output, or reset what must not be reset."""
        if len(values) != 1:
            raise Refusal(ILLEGAL_ADDRESS)
        (value,) = values
        if start in OUTPUTS:
            if value not in (0, 1):
                raise Refusal(ILLEGAL_VALUE)
            self._set_output(start - OUTPUTS.start, on=value == 1, wire=wire)
        elif start in _RESETS:
            self.meter.record(wire, f"reset_{start:04x}={value}", Fate.APPLIED)
        else:
            raise Refusal(ILLEGAL_ADDRESS)

    def output(self, index: int) -> bool:
        """An output as it is driven, which tells nothing of the contactor."""
        if index > 0:
            return self.other_outputs[index - 1]
        relay = self.meter.relay
        return relay.commanded_connected if relay.command_pending else relay.indicator_connected

    def input(self, index: int) -> bool:
        """An input: the contactor's own contact where it is wired, which moves with the contacts."""
        wired = self.spec.auxiliary_input == index + 1
        return wired and self.meter.relay.contacts_connected

    def unsigned(self, value: float) -> float:
        """A measurement, or the sign that there is none."""
        return _NOT_MEASURED if self.meter.faults.not_measured else value

    def signed(self, value: float) -> float:
        """The same for a number with a sign."""
        return _NOT_MEASURED_SIGNED if self.meter.faults.not_measured else value

    def _set_output(self, index: int, *, on: bool, wire: bytes) -> None:
        if index == 0:
            self.meter.switch(connected=on, wire=wire)
        else:
            self.meter.record(wire, f"output_{index + 1}={on}", Fate.APPLIED)
            self.other_outputs[index - 1] = on


def _phases(
    address: int,
    point: Callable[[int, Callable[[AbbA43Face], float]], Point[AbbA43Face]],
    value: Callable[[AbbA43Face], float],
) -> list[Point[AbbA43Face]]:
    """The same value for each phase."""
    return [point(address + 2 * phase, value) for phase in range(_PHASES)]


REGISTERS = RegisterMap[AbbA43Face](
    [
        u64(0x5000, lambda face: face.meter.relay.energy_kwh * 100),  # import, 0.01 kWh
        u64(0x5004, lambda _: 0),  # export
        *_phases(0x5B00, u32, lambda face: face.unsigned(face.meter.voltage_v * 10)),  # to neutral, 0.1 V
        *_phases(0x5B0C, u32, lambda face: face.unsigned(face.meter.relay.current_a / _PHASES * 100)),  # 0.01 A
        s32(0x5B14, lambda face: face.signed(face.meter.relay.power_w * 100)),  # total, 0.01 W
        *_phases(0x5B16, s32, lambda face: face.signed(face.meter.relay.power_w / _PHASES * 100)),
        u16(0x5B2C, lambda _: _FREQUENCY_HZ * 100),  # 0.01 Hz
        *(u16(address, lambda face, n=n: face.output(n)) for n, address in enumerate(OUTPUTS)),  # type: ignore[misc]
        *(u16(address, lambda face, n=n: face.input(n)) for n, address in enumerate(INPUTS)),  # type: ignore[misc]
        u32(0x8900, lambda face: int(face.meter.serial)),
        text(0x8908, 8, lambda _: "1.0.0"),
        u16(0x8910, lambda _: 0x0100),
        text(0x8960, 6, lambda _: _TYPE),
    ],
    gaps=_MEASURED,
    filler=b"\xff\xff",
)
