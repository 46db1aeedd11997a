"""Lingxun LX47LE-125 on the wire: a motorised breaker, with a lock, a trip and coils that do harm.

Addresses are those of the protocol, one less than the vendor's numbers.
"""

from meterhold_simulators.electricity import ElectricityMeter
from meterhold_simulators.faces.modbus import ModbusFace
from meterhold_simulators.faces.registers import RegisterMap, u16, u32
from meterhold_simulators.faults import NO_FAULTS
from meterhold_simulators.journal import Fate
from meterhold_simulators.physics import Cause
from meterhold_simulators.spec_modbus import Lx47leSpec
from meterhold_simulators.wire.pdu import COIL_OFF, COIL_ON, ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE, Refusal
from meterhold_simulators.wire.pdu import Function as Fc

COILS = range(6)
_SWITCH, _REMOTE_LOCK, _AUTOMATIC, _LEAKAGE_TEST = 1, 2, 3, 5
_HARM = {0: "reset_configuration", 4: "clear_records", _LEAKAGE_TEST: "leakage_test"}

_SETTINGS = range(5)
_OVER_CURRENT = 4
_CONTROL, _SWITCH_REGISTER = 12, 13
_DEFAULTS = (1, 3, 275, 160, 6300)  # address, baud code, over- and under-voltage in V, over-current in 0.01 A

_CONNECTED, _DISCONNECTED = 0x00F0, 0x000F
_LOCAL_LOCK = 0x0100
_REASON_LOCAL, _REASON_LEAKAGE, _REASON_REMOTE, _REASON_LOCK, _REASON_NONE = 0x0, 0x2, 0x7, 0xA, 0xF
_TEMPERATURE_OFFSET = 40
_TEMPERATURE_C = 25


class Lx47leFace(ModbusFace):
    """One breaker on a line, or behind a converter of its own."""

    meter: ElectricityMeter

    def __init__(self, meter: ElectricityMeter, spec: Lx47leSpec) -> None:
        self.meter = meter
        self.spec = spec
        self.automatic = spec.automatic
        self.remote_locked = spec.remote_locked
        self.settings = [spec.unit, *_DEFAULTS[1:]]
        self._lock_refused = False
        self._tripped_by = _REASON_NONE
        meter.interlocks.append(self._is_held)

    def read(self, start: int, count: int) -> bytes:
        """The bytes of holding registers: settings and control."""
        if self.meter.faults.no_settings and start in _SETTINGS:
            raise Refusal(ILLEGAL_ADDRESS)
        registers = HOLDING if self.has_switch_register else HOLDING_WITHOUT_SWITCH
        return registers.read(self, start, count)

    def read_input(self, start: int, count: int) -> bytes:
        """The bytes of input registers: state and measurements."""
        return INPUT.read(self, start - self.meter.faults.map_shift, count)

    def read_coils(self, start: int, count: int) -> list[bool]:
        """The coils: those that only trigger something read 0."""
        if not (start in COILS and start + count - 1 in COILS):
            raise Refusal(ILLEGAL_ADDRESS)
        coils = {_SWITCH: self.meter.shown_connected, _REMOTE_LOCK: self.remote_locked, _AUTOMATIC: self.automatic}
        return [coils.get(address, False) for address in range(start, start + count)]

    def write_coils(self, function: int, start: int, values: tuple[bool, ...], wire: bytes) -> None:
        """Switch, lock, or do what must never be asked of it."""
        if function != Fc.WRITE_COIL:
            raise Refusal(ILLEGAL_FUNCTION)
        (on,) = values
        match start:
            case 1:
                self._switch(connected=on, wire=wire)
            case 2:
                self.meter.record(wire, f"remote_lock={on}", Fate.APPLIED)
                self.remote_locked = on
            case 3:
                self.meter.record(wire, f"automatic={on}", Fate.APPLIED)
                self.automatic = on
            case 0 | 4 | 5:
                self.meter.record(wire, _HARM[start], Fate.APPLIED if on else Fate.NOT_APPLIED)
                if on:
                    self._do_harm(start)
            case _:
                raise Refusal(ILLEGAL_ADDRESS)

    def write(self, function: int, start: int, values: tuple[int, ...], wire: bytes) -> None:  # noqa: ARG002 - 06 and 16
        """Switch through the register that mirrors the coil, or change control and settings."""
        match start, values:
            case 13, (value,) if self.has_switch_register:
                if value not in (COIL_ON, COIL_OFF):
                    raise Refusal(ILLEGAL_VALUE)
                self._switch(connected=value == COIL_ON, wire=wire)
            case 12, (bits,):
                self.meter.record(wire, f"control={bits:#06x}", Fate.APPLIED)
                self.automatic, self.remote_locked = bool(bits & 1), bool(bits & 2)
            case ((0 | 1 | 2 | 3 | 4), (value,)):
                self.meter.record(wire, f"setting_{start}={value}", Fate.APPLIED)
                self.settings[start] = value
            case _:
                raise Refusal(ILLEGAL_ADDRESS)

    @property
    def has_switch_register(self) -> bool:
        """Whether this firmware has holding register 13."""
        return self.spec.firmware != "3.2"

    def setting(self, address: int) -> int:
        """A setting as it stands."""
        halved = address == _OVER_CURRENT and self.meter.faults.set_otherwise
        return self.settings[address] // 2 if halved else self.settings[address]

    def state(self) -> int:
        """Input register 0: the state in the low byte, which follows the motor, and the padlock in the high one."""
        state = _CONNECTED if self.meter.shown_connected else _DISCONNECTED
        return state | (_LOCAL_LOCK if self.meter.faults.local_lock else 0)

    def reason(self) -> int:
        """Why the breaker is where it is, as the last trip reason."""
        if self._lock_refused:
            return _REASON_LOCK
        if self.meter.shown_connected:
            return _REASON_NONE
        if self.meter.faults.trip_reason is not None:
            return self.meter.faults.trip_reason
        match self.meter.relay.last_cause:
            case Cause.TRIP:
                return self._tripped_by
            case Cause.BUTTON:
                return _REASON_LOCAL
            case _:
                return _REASON_REMOTE

    def _is_held(self, connect: bool) -> bool:  # noqa: FBT001 - an interlock takes the target
        faults = self.meter.faults
        return connect and (faults.local_lock or self.remote_locked or faults.trip_reason is not None)

    def _switch(self, *, connected: bool, wire: bytes) -> None:
        faults = self.meter.faults
        if connected and self.automatic and faults.trip_reason is not None:
            # In automatic mode a reconnect resets the trip first.
            self.meter.set_faults(faults.model_copy(update={"trip_reason": NO_FAULTS.trip_reason}))
        self._lock_refused = connected and (faults.local_lock or self.remote_locked)
        self.meter.switch(connected=connected, wire=wire)

    def _do_harm(self, coil: int) -> None:
        if coil == _LEAKAGE_TEST:
            self._tripped_by = _REASON_LEAKAGE
            self.meter.relay.trip(self.meter.now())
            self.meter.changed()
        elif coil == 0:
            self.settings = list(_DEFAULTS)
            self.automatic = self.remote_locked = False


_HOLDING = [
    *(u16(address, lambda face, at=address: face.setting(at)) for address in _SETTINGS),  # type: ignore[misc]
    u16(_CONTROL, lambda face: face.automatic | face.remote_locked << 1),
]
HOLDING_WITHOUT_SWITCH = RegisterMap[Lx47leFace](_HOLDING, gaps=range(_SWITCH_REGISTER))
HOLDING = RegisterMap[Lx47leFace](
    [*_HOLDING, u16(_SWITCH_REGISTER, lambda face: COIL_ON if face.meter.shown_connected else COIL_OFF)],
    gaps=range(_SWITCH_REGISTER),
)
INPUT = RegisterMap[Lx47leFace](
    [
        u16(0, lambda face: face.state()),
        u16(4, lambda face: 50 * face.spec.frequency_counts_per_hz),
        u16(5, lambda _: 0),  # leakage, mA
        u16(6, lambda _: _TEMPERATURE_C + _TEMPERATURE_OFFSET),  # neutral, degrees Celsius
        u16(7, lambda _: _TEMPERATURE_C + _TEMPERATURE_OFFSET),  # phase
        u16(8, lambda face: face.meter.voltage_v),  # V
        u16(9, lambda face: face.meter.relay.current_a * 100),  # 0.01 A
        u16(10, lambda face: face.meter.relay.power_factor * 100),  # 0.01
        u16(11, lambda face: face.meter.relay.power_w),  # W
        u16(12, lambda _: 0),  # var
        u16(13, lambda face: face.meter.relay.power_w / face.meter.relay.power_factor),  # VA
        u16(22, lambda face: face.reason()),
        u16(23, lambda face: face.reason()),  # sources differ by one register
        u32(36, lambda face: face.meter.relay.energy_kwh * 1000),  # 0.001 kWh
    ],
    gaps=range(-1, 40),
)
