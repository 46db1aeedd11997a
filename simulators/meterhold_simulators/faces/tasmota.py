"""Tasmota on MQTT: commands on cmnd/, answers and any other cause alike on stat/, measurements on tele/.

Nothing is correlated: a wall button publishes just what a command publishes. A command that somebody had the broker
keep comes again at each connection and switches again ("ghost switching"); all devices also hear the group's topic.
"""

from typing import Any

from meterhold_simulators.electricity import ElectricityMeter
from meterhold_simulators.faces.mqtt import MqttFace, to_json
from meterhold_simulators.journal import Fate
from meterhold_simulators.spec_mqtt import TasmotaSpec
from meterhold_simulators.wire.mqtt import Arrived, MqttLink, Will

_QUERIES = frozenset({"", "?"})
_ON = frozenset({"ON", "1", "TRUE"})
_OFF = frozenset({"OFF", "0", "FALSE"})
_TOGGLE = frozenset({"TOGGLE", "2"})
_POWER = frozenset({"POWER", "POWER1"})
_ENERGY_RESETS = frozenset({"ENERGYTOTAL", "ENERGYRESET", "ENERGYRESET3"})
# PulseTime counts tenths of seconds up to 111, and beyond it seconds from 112 = 12 s.
_TENTHS_UNTIL = 111
_SECONDS_FROM = 100


def tasmota_topic(spec: TasmotaSpec) -> str:
    """The device's topic."""
    return spec.topic or f"tasmota_{spec.mac[-6:]}"


def tasmota_will(spec: TasmotaSpec) -> Will:
    """The device's last will."""
    return Will(f"tele/{tasmota_topic(spec)}/LWT", "Offline")


class TasmotaFace(MqttFace):
    """One Tasmota device on a broker."""

    def __init__(self, meter: ElectricityMeter, spec: TasmotaSpec, link: MqttLink) -> None:
        super().__init__(meter, link)
        self.meter = meter
        self.spec = spec
        self.topic = tasmota_topic(spec)
        self._online = True
        self._told = meter.shown_connected
        self._answering = False
        self._pulse_time = spec.pulse_time
        for topic in (self.topic, spec.group_topic):
            link.subscribe_under(f"cmnd/{topic}", self._on_command)
        link.on_connected.append(self._on_connected)
        link.on_stopping.append(lambda: self._say_online(online=False))
        meter.watchers.append(self._on_change)
        meter.interlocks.append(lambda _: meter.faults.power_lock)

    # What it can tell.

    def sensor(self) -> dict[str, Any]:
        """The measurements; voltage reads 0 while the relay is off, as the usual energy chips have it."""
        self.meter.now()
        relay = self.meter.relay
        voltage = relay.voltage_v if self.meter.shown_connected else 0.0
        apparent = relay.current_a * relay.voltage_v
        energy = {
            "TotalStartTime": "2026-01-01T00:00:00",
            "Total": round(relay.energy_kwh, 3),
            "Yesterday": 0.0,
            "Today": 0.0,
            "Power": round(relay.power_w),
            "ApparentPower": round(apparent),
            "ReactivePower": round(max(apparent**2 - relay.power_w**2, 0.0) ** 0.5),
            "Factor": round(relay.power_factor if relay.power_w else 0.0, 2),
            "Voltage": round(voltage),
            "Current": round(relay.current_a, 3),
        }
        return {"Time": self._local_time(), "ENERGY": energy}

    def state(self) -> dict[str, Any]:
        """The periodic state."""
        return {
            "Time": self._local_time(),
            "Uptime": "0T01:00:00",
            "POWER": _word(connected=self.meter.shown_connected),
            "Wifi": {"AP": 1, "SSId": "meters", "RSSI": 78, "Signal": -61},
        }

    def network(self) -> dict[str, Any]:
        """Who it is."""
        mac = self.meter.serial
        return {
            "Hostname": f"{self.topic}-{int(mac[-6:], 16) & 0x1FFF:04d}",
            "IPAddress": "192.0.2.21",
            "Mac": ":".join(mac[start : start + 2] for start in range(0, 12, 2)),
        }

    # Commands.

    def _on_command(self, arrived: Arrived) -> None:
        name, text = arrived.leaf.upper(), arrived.text.strip().upper()
        wire = f"{arrived.topic} {arrived.text}{' (retained)' if arrived.retained else ''}"
        is_write = name in _POWER and text not in _QUERIES
        take = self.meter.take
        if self.meter.faulty and (self.meter.faults.offline or take("silent") or (is_write and take("drop_write"))):
            if is_write:
                self.meter.record(wire, text, Fate.LOST)
            return
        if name in _POWER:
            self._on_power(text, wire)
        elif name == "STATUS":
            self._on_status(text)
        elif name in {"PULSETIME", "PULSETIME1"}:
            self._on_pulse_time(text, wire)
        elif name in _ENERGY_RESETS and text not in _QUERIES:
            self.meter.record(wire, "energy_kwh=0", Fate.APPLIED)
            self.meter.set_energy(0.0)
            self._result({"EnergyReset": {"Total": 0.0}})
        else:
            self._result({"Command": "Unknown"})

    def _on_power(self, text: str, wire: str) -> None:
        if text in _ON:
            connected = True
        elif text in _OFF:
            connected = False
        elif text in _TOGGLE:
            connected = not self.meter.shown_connected
        else:
            self.meter.journal.reads[self.meter.id] += 1
            self._say_power(connected=self.meter.shown_connected)
            return
        flips_back_after_s = self._pulse_s() if connected else None
        self._answering = True
        fate = self.meter.switch(connected=connected, wire=wire, flip_back_after_s=flips_back_after_s)
        self._answering = False
        self._told = self.meter.shown_connected
        acknowledged = connected if fate is Fate.APPLIED or not self.meter.faults.power_lock else self._told
        self._say_power(connected=acknowledged, to_write=True)

    def _on_status(self, text: str) -> None:
        parts: dict[str, tuple[str, dict[str, Any]]] = {
            "5": ("StatusNET", self.network()),
            "8": ("StatusSNS", self.sensor()),
            "10": ("StatusSNS", self.sensor()),
            "11": ("StatusSTS", self.state()),
        }
        self.meter.journal.reads[self.meter.id] += 1
        if text in parts:
            name, part = parts[text]
            self._reply(f"stat/{self.topic}/STATUS{text}", {name: part}, to_write=False)
            return
        status = {"Topic": self.topic, "Power": int(self.meter.shown_connected), "PowerOnState": 3, "PowerRetain": 0}
        self._reply(f"stat/{self.topic}/STATUS", {"Status": status}, to_write=False)

    def _on_pulse_time(self, text: str, wire: str) -> None:
        if text.isdecimal():
            self._pulse_time = int(text)
            self.meter.record(wire, f"pulse_time={self._pulse_time}", Fate.APPLIED)
        self._result({"PulseTime1": {"Set": self._pulse_time, "Remaining": 0}})

    def _pulse_s(self) -> float | None:
        """After how long a connected relay drops out by itself."""
        if self._pulse_time == 0:
            return None
        return self._pulse_time / 10 if self._pulse_time <= _TENTHS_UNTIL else float(self._pulse_time - _SECONDS_FROM)

    # What it says.

    def _result(self, payload: dict[str, Any]) -> None:
        self._reply(f"stat/{self.topic}/RESULT", payload, to_write=False)

    def _say_power(self, *, connected: bool, to_write: bool = False) -> None:
        word = _word(connected=connected)
        answer = [(f"stat/{self.topic}/RESULT", to_json({"POWER": word})), (f"stat/{self.topic}/POWER", word)]
        self._reply_all(answer, to_write=to_write)

    def _on_connected(self) -> None:
        self._say_online(online=not self.meter.faults.offline)
        self.stop()
        if self.spec.tele_period_s is not None:
            self._every(self.spec.tele_period_s, self._report)
        self._report()

    def _on_change(self) -> None:
        if self._online == self.meter.faults.offline:
            self._say_online(online=not self.meter.faults.offline)
            if self._online:
                # It connects anew, and hears again what the broker has kept.
                for topic in (self.topic, self.spec.group_topic):
                    self._link.subscribe_again(f"cmnd/{topic}")
                self._report()
        if self._answering or self._told == self.meter.shown_connected:
            return
        self._told = self.meter.shown_connected
        if not self._mute():
            self._say_power(connected=self._told)

    def _report(self) -> None:
        if not self._mute():
            self._link.publish(f"tele/{self.topic}/STATE", to_json(self.state()))
            self._link.publish(f"tele/{self.topic}/SENSOR", to_json(self.sensor()))

    def _mute(self) -> bool:
        return self.meter.faults.offline or self.meter.faults.no_device_report

    def _say_online(self, *, online: bool) -> None:
        self._online = online
        self._link.publish(f"tele/{self.topic}/LWT", "Online" if online else "Offline", qos=1, retain=True)

    def _local_time(self) -> str:
        return self.meter.clock.wall().strftime("%Y-%m-%dT%H:%M:%S")


def _word(*, connected: bool) -> str:
    return "ON" if connected else "OFF"
