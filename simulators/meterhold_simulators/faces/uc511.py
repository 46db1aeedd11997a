"""Milesight UC511: a battery-driven solenoid controller with pulse inputs, speaking channels of type and value.

It knows what it has last driven its valve to, not where the valve is: a stuck or leaking valve shows only as pulses
that go on. A downlink carries a sequence number, and the same number again does nothing.
"""

from collections.abc import Hashable

from meterhold_simulators.faces.chirpstack import LoraDevice
from meterhold_simulators.journal import Fate
from meterhold_simulators.spec_mqtt import Uc511Spec
from meterhold_simulators.water import WaterMeter

_PORT = 85
_CONTROL = b"\xff\x1d"
_CONTROL_BYTES = 11
_QUERY = b"\xf9\xa5"
_QUERY_BYTES = 3
_INDEX = 0x07
_ALL_VALVES = 7
_TARGET = 0x20
_PULSE_RULE = 0x40
_TIME_RULE = 0x80
_OK, _OUT_OF_RANGE = 0, 2
_VALVES = 2
_LOW_BATTERY_PCT = 4
_LITRES_PER_M3 = 1000
_ROUNDING = 1e-6


class Uc511(LoraDevice):
    """One UC511; its second channel has nothing connected."""

    port = _PORT
    model_name = "UC511"

    def __init__(self, meter: WaterMeter, spec: Uc511Spec) -> None:
        self.meter = meter
        self.spec = spec
        self._sequence = 0

    # Uplinks.

    def uplink(self) -> bytes:
        """Battery, valve and pulses; pressure where there is a sensor."""
        battery = _LOW_BATTERY_PCT if self.meter.faults.low_battery else self.spec.battery_pct
        frame = bytes((0x01, 0x75, battery)) + self._valve_and_pulses()
        if self.spec.pressure_kpa is not None:
            frame += b"\x09\x7b" + self.spec.pressure_kpa.to_bytes(2, "little")
        return frame

    def joined(self) -> bytes:
        """Versions, serial number and class, then the regular frame."""
        serial = bytes.fromhex(self.spec.serial_number)
        about = b"\xff\x01\x01" + b"\xff\x09\x04\x00" + b"\xff\x0a\x01\x02" + b"\xff\x16" + serial + b"\xff\x0f\x00"
        return about + self.uplink()

    def shown(self) -> Hashable:
        """The valve's state as this device believes it; None while it moves."""
        valve = self.meter.valve
        return None if valve.motor_running else self._connected()

    def pulses(self) -> int:
        """What the pulse input has counted."""
        litres = self.meter.valve.volume_m3 * _LITRES_PER_M3
        return int(litres / self.spec.litres_per_pulse + _ROUNDING) & 0xFFFFFFFF

    def _valve_and_pulses(self) -> bytes:
        state = b"\x03\x01" + bytes((self._connected(),))
        return state + b"\x04\xc8" + self.pulses().to_bytes(4, "little")

    def _connected(self) -> bool:
        """Where the valve was last driven to. While a pulse runs that is still the state before it."""
        valve = self.meter.valve
        if valve.claimed_connected is not None:
            return valve.claimed_connected
        driven = valve.target > 0
        return not driven if valve.motor_running else driven

    # Downlinks.

    def hear(self, port: int, data: bytes) -> bytes | None:
        """Obey a control frame or answer a query; anything else is dropped."""
        if port == _PORT and data[:2] == _CONTROL and len(data) == _CONTROL_BYTES:
            return self._control(data)
        if port == _PORT and data[:2] == _QUERY and len(data) == _QUERY_BYTES:
            return self._answer(data[2])
        self.meter.record(data, "not understood", Fate.REFUSED)
        return None

    def _control(self, data: bytes) -> bytes:
        control, sequence = data[2], data[3]
        connected = bool(control & _TARGET)
        echo = b"\xfe\x1d" + data[2:4]
        if control & _TIME_RULE:
            echo += data[4:7] + b"\x00"
        elif control & _PULSE_RULE:
            echo += data[7:11]
        index = control & _INDEX
        if sequence and sequence == self._sequence:
            self.meter.record(data, f"sequence {sequence} again", Fate.REFUSED)
            return echo
        self._sequence = sequence
        if index not in (0, _ALL_VALVES):
            self.meter.record(data, f"valve {index + 1}", Fate.REFUSED)
            return echo
        duration_s = int.from_bytes(data[4:7], "little")
        flips_back = bool(control & _TIME_RULE) and duration_s > 0
        self.meter.switch(connected=connected, wire=data, flip_back_after_s=duration_s if flips_back else None)
        return echo

    def _answer(self, index: int) -> bytes:
        """The state of a valve and of what drives it."""
        if index >= _VALVES:
            return b"\xf8\xa5" + bytes((index, _OUT_OF_RANGE))
        response = b"\xf8\xa5" + bytes((index, _OK))
        if index:
            return response + b"\x0f\xaf\x00\x00\x00"
        commanded = self.meter.valve.commanded_connected
        return response + b"\x0e\xaf" + bytes((0, self._connected(), commanded))
