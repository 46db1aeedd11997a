"""STREGA motorised valve: one ASCII character down, a few ASCII characters up.

The frame tells its two limit switches: where neither is made, the valve travels or is jammed. The valve bit beside
them is only what it was last told.
"""

from collections.abc import Hashable

from meterhold_simulators.faces.chirpstack import LoraDevice
from meterhold_simulators.journal import Fate
from meterhold_simulators.spec_mqtt import StregaSpec
from meterhold_simulators.water import WaterMeter

_SWITCH_PORT = 1
_TIMED_PORT = 2
_TIMED_BYTES = 2
_STATUS_BASE = 0x30
_VALVE, _OPEN_LIMIT, _CLOSED_LIMIT = 0x01, 0x10, 0x40
_LOW_BATTERY_MV = 2100
_UNIT_S = {0x20: 1, 0x40: 60, 0x80: 3600}
_LITRES_PER_M3 = 1000
_ROUNDING = 1e-6
_COUNTER_MASK = 0xFFFFFF


class Strega(LoraDevice):
    """One STREGA valve."""

    port = _SWITCH_PORT
    model_name = "STREGA Smart Valve"

    def __init__(self, meter: WaterMeter, spec: StregaSpec) -> None:
        self.meter = meter
        self.spec = spec

    # Uplinks.

    def uplink(self) -> bytes:
        """Battery in mV, the status character, and the counter where there is one."""
        battery = _LOW_BATTERY_MV if self.meter.faults.low_battery else self.spec.battery_mv
        frame = b"%04d" % battery + bytes((_STATUS_BASE + self._status(),))
        if self.spec.litres_per_pulse is not None:
            litres = self.meter.valve.volume_m3 * _LITRES_PER_M3
            frame += b"C%06X" % (int(litres / self.spec.litres_per_pulse + _ROUNDING) & _COUNTER_MASK)
        return frame

    def joined(self) -> bytes:
        """The regular frame."""
        return self.uplink()

    def shown(self) -> Hashable:
        """The status; None while the valve moves."""
        return None if self.meter.valve.motor_running else self._status()

    def _status(self) -> int:
        valve = self.meter.valve
        if valve.claimed_connected is not None:
            return _VALVE | _OPEN_LIMIT if valve.claimed_connected else _CLOSED_LIMIT
        status = _VALVE if valve.target > 0 else 0
        if not valve.motor_running:
            if valve.position == 1:
                status |= _OPEN_LIMIT
            elif valve.position == 0:
                status |= _CLOSED_LIMIT
        return status

    # Downlinks.

    def hear(self, port: int, data: bytes) -> bytes | None:
        """Obey; the answer is an `@` frame with the port and the value that it has taken."""
        if port == _SWITCH_PORT and data in (b"0", b"1"):
            self.meter.switch(connected=data == b"1", wire=data)
            return self._acknowledgement(data)
        if port == _TIMED_PORT and len(data) == _TIMED_BYTES and (unit_s := _UNIT_S.get(data[0] & 0xFE)):
            # For so long and back again: what must not be sent.
            self.meter.switch(connected=bool(data[0] & 1), wire=data, flip_back_after_s=float(data[1] * unit_s) or None)
            return self._acknowledgement(b"%d" % (data[0] & 1))
        self.meter.record(data, "not understood", Fate.REFUSED)
        return None

    def _acknowledgement(self, value: bytes) -> bytes:
        return self.uplink()[:5] + b"@%02d" % _SWITCH_PORT + value
