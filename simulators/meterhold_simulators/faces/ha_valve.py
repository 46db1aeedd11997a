"""A valve that keeps to Home Assistant's MQTT valve convention: words or positions, as each maker has chosen.

It can be told and heard but not asked, it names itself nowhere but in its discovery message, and it measures no water.
"""

from typing import Any

from meterhold_simulators.faces.mqtt import MqttFace, to_json
from meterhold_simulators.journal import Fate
from meterhold_simulators.spec_mqtt import HaValveSpec
from meterhold_simulators.water import WaterMeter
from meterhold_simulators.wire.mqtt import MqttLink, Will

_COMMANDS = {"OPEN": True, "CLOSE": False}
_STOP = "STOP"
_UNKNOWN = "None"


def ha_valve_will(spec: HaValveSpec) -> Will:
    """The device's last will."""
    return Will(f"{spec.topic}/availability", "offline")


class HaValveFace(MqttFace):
    """One valve on a broker."""

    def __init__(self, meter: WaterMeter, spec: HaValveSpec, link: MqttLink) -> None:
        super().__init__(meter, link)
        self.meter = meter
        self.spec = spec
        self._online = True
        self._told = ""
        self._answering = False
        link.subscribe(f"{spec.topic}/set", self._on_set)
        link.on_connected.append(self._on_connected)
        link.on_stopping.append(lambda: self._say_online(online=False))
        meter.watchers.append(self._on_change)

    def state(self) -> str:
        """The state as the convention has it; a valve that stopped short of its end does not know."""
        valve = self.meter.valve
        self.meter.now()
        if valve.motor_running:
            return "opening" if valve.target > valve.position else "closing"
        if valve.jammed and valve.claimed_connected is None:
            return _UNKNOWN
        return "open" if self.meter.shown_connected else "closed"

    def position(self) -> int:
        """The position on the device's own scale, which may run either way."""
        share = self.meter.valve.position
        claimed = self.meter.valve.claimed_connected
        if claimed is not None:
            share = float(claimed)
        return round(self.spec.position_closed + share * (self.spec.position_open - self.spec.position_closed))

    def payload(self) -> str:
        """What the state topic carries."""
        match self.spec.reports:
            case "state":
                return self.state()
            case "position":
                state = self.state()
                return state if state in {"opening", "closing"} else str(self.position())
            case "json":
                return to_json({"state": self.state(), "position": self.position()})

    def discovery(self) -> dict[str, Any]:
        """The retained message by which Home Assistant finds the valve."""
        config: dict[str, Any] = {
            "unique_id": self.meter.serial,
            "name": None,
            "device_class": "water",
            "command_topic": f"{self.spec.topic}/set",
            "state_topic": f"{self.spec.topic}/state",
            "availability_topic": f"{self.spec.topic}/availability",
            "payload_stop": _STOP,
            "device": {"identifiers": [self.meter.serial], "manufacturer": "simulated"},
        }
        if self.spec.reports != "state":
            config |= {
                "reports_position": True,
                "position_open": self.spec.position_open,
                "position_closed": self.spec.position_closed,
            }
        return config

    def _on_set(self, text: str) -> None:
        wire = f"{self.spec.topic}/set {text}"
        word = text.strip()
        if self.meter.faulty:
            take = self.meter.take
            if self.meter.faults.offline or take("silent") or take("drop_write"):
                self.meter.record(wire, word, Fate.LOST)
                return
        if word == _STOP:
            self.meter.record(wire, "stopped", Fate.APPLIED)
            self.meter.valve.halt(self.meter.clock.now())
            self.meter.changed()
            return
        connected = self._wanted(word)
        if connected is None:
            self.meter.record(wire, word, Fate.REFUSED)
            return
        told_before = self._told
        self._answering = True
        fate = self.meter.switch(connected=connected, wire=wire)
        if fate is Fate.APPLIED and self._told == told_before:
            self._report()  # nothing to move: it says where it stands
        self._answering = False

    def _wanted(self, word: str) -> bool | None:
        """Words where it reports states, numbers where it reports positions; half a supply is nothing we simulate."""
        if self.spec.reports == "state":
            return _COMMANDS.get(word)
        return {str(self.spec.position_open): True, str(self.spec.position_closed): False}.get(word)

    def _on_connected(self) -> None:
        self.stop()
        self._link.publish(
            f"homeassistant/valve/{self.meter.serial}/config", to_json(self.discovery()), qos=1, retain=True
        )
        self._say_online(online=not self.meter.faults.offline)
        if self.spec.report_every_s is not None:
            self._every(self.spec.report_every_s, self._report)
        self._report()

    def _on_change(self) -> None:
        if self._online == self.meter.faults.offline:
            self._say_online(online=not self.meter.faults.offline)
            self._told = ""
        if self.payload() != self._told:
            self._report()

    def _report(self) -> None:
        if not (self.meter.faults.offline or self.meter.faults.no_device_report):
            self._say_state()

    def _say_state(self) -> None:
        # It cannot be asked: what it says is what can be read of it.
        self.meter.journal.reads[self.meter.id] += 1
        self._told = self.payload()
        self._reply_all([(f"{self.spec.topic}/state", self._told)], to_write=self._answering, retain=self.spec.retain)

    def _say_online(self, *, online: bool) -> None:
        self._online = online
        state = "online" if online else "offline"
        self._link.publish(f"{self.spec.topic}/availability", state, qos=1, retain=True)
