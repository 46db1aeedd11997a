"""SONOFF SWV valves behind a Zigbee2MQTT-like bridge.

Two traps are built in, as the real bridge has them: it publishes the new `state` right after `set`, before the
device has answered, and it merges cached fields (an old `flow`) into every message.
"""

from typing import Any

from meterhold_simulators.faces.mqtt import MqttFace, from_json, to_json
from meterhold_simulators.journal import Fate
from meterhold_simulators.spec import BridgeSpec, SwvSpec
from meterhold_simulators.water import WaterMeter
from meterhold_simulators.wire.mqtt import MqttLink

_LOW_BATTERY_PCT = 4
_STATES = {"ON": True, "OFF": False}


class SwvFace(MqttFace):
    """One valve, with what the bridge remembers of it."""

    def __init__(self, meter: WaterMeter, spec: SwvSpec, bridge: BridgeSpec, link: MqttLink) -> None:
        super().__init__(meter, link)
        self.meter = meter
        self.spec = spec
        self._bridge = bridge
        self._topic = f"{bridge.base_topic}/{spec.name}"
        self._last_seen = self._wall()
        self._online = True
        self._cache: dict[str, Any] = {}
        self._report_pending = False
        self._ripple = spec.flow_ripple
        link.subscribe(f"{self._topic}/set", self._on_set)
        link.subscribe(f"{self._topic}/get", self._on_get)
        link.on_connected.append(self._on_connected)
        meter.watchers.append(self._on_change)
        self._cache = {**self._state(), **self._flow()}

    # What the device says of itself, attribute by attribute.

    def _state(self) -> dict[str, Any]:
        return {"state": "ON" if self.meter.shown_connected else "OFF"}

    def _flow(self) -> dict[str, Any]:
        valve = self.meter.valve
        leaking = valve.position == 0 and valve.flow_m3_h > 0
        short = valve.pipe_empty and valve.position > 0
        return {
            "flow": round(valve.flow_m3_h, 3),
            "current_device_status": "water_leakage" if leaking else "water_shortage" if short else "normal_state",
            "battery": _LOW_BATTERY_PCT if self.meter.faults.low_battery else self.spec.battery_pct,
        }

    # Requests to the bridge.

    def _on_set(self, text: str) -> None:
        request = from_json(text)
        wanted = _STATES.get(str(request.get("state")).upper()) if request else None
        toggles = request is not None and str(request.get("state")).upper() == "TOGGLE"
        if wanted is None and not toggles:
            return
        connected = not self.meter.shown_connected if wanted is None else wanted
        if self._unheard() or (self.meter.faulty and self.meter.take("drop_write")):
            self.meter.record(text, "connected" if connected else "disconnected", Fate.LOST)
            return
        if self._bridge.optimistic:
            self._publish_echo(connected=connected)
        self.meter.switch(connected=connected, wire=text)

    def _on_get(self, text: str) -> None:
        request = from_json(text)
        if request is None or self._unheard():
            return
        self.meter.journal.reads[self.meter.id] += 1
        if self.meter.faults.no_device_report:
            return
        if "state" in request:
            self._report(self._state(), answers=True)
        if "flow" in request:
            # The valve tells its flow when it pleases and never when asked.
            self._log_error(f"No converter available for 'get' 'flow' of '{self.spec.name}'")

    def _unheard(self) -> bool:
        if not self.meter.faulty:
            return False
        if self.meter.faults.offline:
            self._log_error(f"Publish to '{self.spec.name}' failed: no answer from the device")
            return True
        return bool(self.meter.take("silent"))

    def _log_error(self, message: str) -> None:
        self._link.publish(f"{self._bridge.base_topic}/bridge/logging", to_json({"level": "error", "message": message}))

    # Messages from the bridge.

    def _publish_echo(self, *, connected: bool) -> None:
        if self.meter.faulty and self.meter.take("echo_looks_fresh"):
            self._last_seen = self._wall()
        self._say({"state": "ON" if connected else "OFF"}, answers=True, to_write=True)

    def _report(self, fields: dict[str, Any], *, answers: bool = False) -> None:
        """A message that the device itself has caused."""
        if self.meter.faults.offline or self.meter.faults.no_device_report:
            return
        self._last_seen = self._wall()
        self._say(fields, answers=answers)

    def _say(self, fields: dict[str, Any], *, answers: bool, to_write: bool = False) -> None:
        self._cache |= fields
        message = {**(self._cache if self._bridge.cache_state else fields), "linkquality": 120}
        if self._bridge.include_device_information:
            message["device"] = self.identity()
        if self._bridge.last_seen == "ISO_8601":
            message["last_seen"] = self._last_seen
        if answers:
            self._reply(self._topic, message, to_write=to_write, retain=self.spec.retain)
        else:
            self._link.publish(self._topic, to_json(message), retain=self.spec.retain)

    def identity(self) -> dict[str, Any]:
        """The device as the bridge names it in its messages."""
        return {
            "ieeeAddr": self.meter.serial,
            "friendlyName": self.spec.name,
            "model": "SWV",
            "manufacturerName": "SONOFF",
            "type": "EndDevice",
            "powerSource": "Battery",
        }

    def _on_connected(self) -> None:
        self._say_availability(online=not self.meter.faults.offline)
        self.stop()
        self._report_pending = False
        if self.spec.report_every_s is not None:
            self._every(self.spec.report_every_s, self._report_all)
        self._report_all()

    def _report_all(self) -> None:
        self.meter.now()
        self._ripple = -self._ripple
        flow = self._flow()
        self._report({**self._state(), **flow, "flow": round(flow["flow"] * (1 + self._ripple), 3)})

    def _on_change(self) -> None:
        if self._online == self.meter.faults.offline:
            self._say_availability(online=not self.meter.faults.offline)
        if self._report_pending or self.meter.valve.motor_running:
            return
        if any(self._cache.get(key) != value for key, value in {**self._state(), **self._flow()}.items()):
            self._report_pending = True
            self._after(self.spec.report_after_s, self._report_state)

    def _report_state(self) -> None:
        """State first and flow later, in messages of their own: the first carries an old flow."""
        self.meter.now()
        if not self.meter.valve.motor_running:
            self._report(self._state())
        self._after(self.spec.flow_report_after_s, self._report_flow)

    def _report_flow(self) -> None:
        self.meter.now()
        self._report_pending = False
        if self.meter.valve.motor_running:
            return
        self._report(self._flow())

    def _say_availability(self, *, online: bool) -> None:
        self._online = online
        state = to_json({"state": "online" if online else "offline"})
        self._link.publish(f"{self._topic}/availability", state, qos=1, retain=True)

    def _wall(self) -> str:
        return self.meter.clock.wall().isoformat(timespec="milliseconds").replace("+00:00", "Z")
