"""Shelly Plus/Pro 1PM on MQTT: RPC with a reply topic of the caller's choice, partial notifications, full status."""

from typing import Any

from meterhold_simulators.electricity import ElectricityMeter
from meterhold_simulators.faces.mqtt import MqttFace, from_json, to_json
from meterhold_simulators.journal import Fate
from meterhold_simulators.physics import Cause
from meterhold_simulators.spec import ShellySpec
from meterhold_simulators.wire.mqtt import MqttLink, Will

_NO_HANDLER = 404
_INVALID_ARGUMENT = -103
_WH_PER_KWH = 1000
_WRITES = frozenset({"Switch.Set", "Switch.Toggle", "Switch.ResetCounters", "Switch.SetConfig"})
_SOURCES = {Cause.COMMAND: "MQTT", Cause.TIMER: "timer", Cause.BUTTON: "button"}
# A change of power below this is not worth a notification.
_NOTIFY_STEP_W = 1.0


def shelly_prefix(spec: ShellySpec) -> str:
    """Where the device's topics begin."""
    return spec.prefix or f"shellypro1pm-{spec.mac.lower()}"


def shelly_will(spec: ShellySpec) -> Will:
    """The device's last will."""
    return Will(f"{shelly_prefix(spec)}/online", "false")


class _RpcError(Exception):
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class ShellyFace(MqttFace):
    """One Shelly on a broker."""

    def __init__(self, meter: ElectricityMeter, spec: ShellySpec, link: MqttLink) -> None:
        super().__init__(meter, link)
        self.meter = meter
        self.spec = spec
        self.prefix = shelly_prefix(spec)
        self._online = True
        self._notified: dict[str, Any] = {}
        self._toggle_after_s: float | None = None
        self.config: dict[str, Any] = {
            "name": None,
            "initial_state": "restore_last",
            "auto_on": False,
            "auto_off": False,
        }
        """What the switch is set to: it changes by ``Switch.SetConfig`` alone."""
        self._methods = {
            "Shelly.GetDeviceInfo": self._device_info,
            "Switch.GetStatus": self._status_of,
            "Switch.GetConfig": self._config_of,
        }
        link.subscribe(f"{self.prefix}/rpc", self._on_rpc)
        if spec.enable_control:
            link.subscribe(f"{self.prefix}/command/switch:0", self._on_command)
        link.on_connected.append(self._on_connected)
        link.on_stopping.append(lambda: self._say_online(online=False))
        meter.watchers.append(self._on_change)

    @property
    def device_id(self) -> str:
        """The device's own id, from its MAC; it changes with the device."""
        return f"shellypro1pm-{self.meter.serial.lower()}"

    def status(self) -> dict[str, Any]:
        """The full status of the switch."""
        relay = self.meter.relay
        self.meter.now()
        status: dict[str, Any] = {
            "id": 0,
            "source": _SOURCES[relay.last_cause],
            "output": self.meter.shown_connected and not relay.tripped,
            "apower": round(relay.power_w, 1),
            "voltage": round(self.meter.voltage_v, 1),
            "current": round(relay.current_a, 3),
            "pf": relay.power_factor,
            "freq": 50.0,
            "aenergy": {"total": round(relay.energy_kwh * _WH_PER_KWH, 3)},
            "temperature": {"tC": 41.2, "tF": 106.2},
        }
        if relay.tripped:
            status["errors"] = ["overpower"]
        if self._toggle_after_s is not None and relay.timer_due is not None:
            # Only the timer that a request has set is told; a hidden one (flips_back_after_s) is not.
            started_ago_s = self._toggle_after_s - (relay.timer_due - relay.at)
            status["timer_started_at"] = round(self.meter.clock.wall().timestamp() - started_ago_s, 2)
            status["timer_duration"] = self._toggle_after_s
        return status

    # Requests.

    def _deaf(self) -> bool:
        return self.meter.faulty and (self.meter.faults.offline or bool(self.meter.take("silent")))

    def _on_rpc(self, text: str) -> None:
        request = from_json(text)
        if request is None or not isinstance(method := request.get("method"), str):
            return
        is_write = method in _WRITES
        if self._deaf() or (is_write and self.meter.faulty and self.meter.take("drop_write")):
            if is_write:
                self.meter.record(text, method, Fate.LOST)
            return
        answer: dict[str, Any] = {"id": request.get("id"), "src": self.device_id, "dst": request.get("src")}
        if self.meter.faulty and self.meter.take("wrong_id_reply"):
            answer["id"] = f"not-{request.get('id')}"
        try:
            answer["result"] = self._call(method, request.get("params") or {}, text)
        except _RpcError as error:
            if is_write:
                self.meter.record(text, method, Fate.REFUSED)
            answer["error"] = {"code": error.code, "message": error.message}
        if isinstance(request.get("src"), str):
            self._reply(f"{request['src']}/rpc", answer, to_write=is_write)

    def _call(self, method: str, params: object, wire: str) -> dict[str, Any]:
        if not isinstance(params, dict):
            raise _RpcError(_INVALID_ARGUMENT, "Invalid argument 'params'")
        if method == "Switch.Set":
            self._check_id(params)
            return self._set(params, wire)
        if method == "Switch.Toggle":
            self._check_id(params)
            return self._switch(connected=not self.meter.shown_connected, wire=wire)
        if method == "Switch.ResetCounters":
            self._check_id(params)
            self.meter.record(wire, "energy_kwh=0", Fate.APPLIED)
            self.meter.set_energy(0.0)
            return {"aenergy": {"total": 0.0}}
        if method == "Switch.SetConfig":
            self._check_id(params)
            return self._configure(params.get("config"), wire)
        handler = self._methods.get(method)
        if handler is None:
            raise _RpcError(_NO_HANDLER, f"No handler for {method}")
        self.meter.journal.reads[self.meter.id] += 1
        return handler(params)

    def _set(self, params: dict[str, Any], wire: str) -> dict[str, Any]:
        on = params.get("on")
        if not isinstance(on, bool):
            raise _RpcError(_INVALID_ARGUMENT, "Invalid argument 'on'")
        if self.meter.faulty and (code := self.meter.take("error_reply")) is not None:
            raise _RpcError(code, "Simulated refusal")
        toggle_after_s = params.get("toggle_after")
        if toggle_after_s is not None and not (isinstance(toggle_after_s, int | float) and toggle_after_s > 0):
            raise _RpcError(_INVALID_ARGUMENT, "Invalid argument 'toggle_after'")
        return self._switch(connected=on, wire=wire, toggle_after_s=toggle_after_s)

    def _switch(self, *, connected: bool, wire: str, toggle_after_s: float | None = None) -> dict[str, Any]:
        was_on = self.meter.shown_connected
        self._toggle_after_s = toggle_after_s
        self.meter.switch(connected=connected, wire=wire, flip_back_after_s=toggle_after_s)
        return {"was_on": was_on}

    def _device_info(self, _: dict[str, Any]) -> dict[str, Any]:
        return {
            "name": None,
            "id": self.device_id,
            "mac": self.meter.serial,
            "slot": 0,
            "model": "SPSW-201PE16EU",
            "gen": 2,
            "fw_id": "simulated",
            "ver": "1.4.4",
            "app": "Pro1PM",
            "auth_en": False,
            "auth_domain": None,
        }

    def _status_of(self, params: dict[str, Any]) -> dict[str, Any]:
        self._check_id(params)
        return self.status()

    def _config_of(self, params: dict[str, Any]) -> dict[str, Any]:
        self._check_id(params)
        return {"id": 0, **self.config, **({"initial_state": "on"} if self.meter.faults.set_otherwise else {})}

    def _configure(self, wanted: object, wire: str) -> dict[str, Any]:
        if not isinstance(wanted, dict) or not wanted.keys() <= self.config.keys():
            raise _RpcError(_INVALID_ARGUMENT, "Invalid argument 'config'")
        self.config |= wanted
        self.meter.record(wire, f"config={sorted(wanted)}", Fate.APPLIED)
        return {"restart_required": False}

    @staticmethod
    def _check_id(params: dict[str, Any]) -> None:
        if params.get("id") != 0:
            raise _RpcError(_INVALID_ARGUMENT, "Invalid argument 'id'")

    def _on_command(self, text: str) -> None:
        """The plain control topic: no reply, no correlation."""
        if self._deaf():
            return
        match text:
            case "on" | "off":
                self.meter.switch(connected=text == "on", wire=text)
            case "toggle":
                self.meter.switch(connected=not self.meter.shown_connected, wire=text)
            case "status_update":
                self._publish_status()
            case _:
                pass

    # What it says by itself.

    def _on_connected(self) -> None:
        self._say_online(online=not self.meter.faults.offline)
        self._notified = self._notifiable()
        self._publish_status()
        self.stop()
        if self.spec.notify_every_s is not None:
            self._every(self.spec.notify_every_s, self._notify_all)

    def _on_change(self) -> None:
        if self._online == self.meter.faults.offline:
            self._say_online(online=not self.meter.faults.offline)
        if self.meter.faults.offline or self.meter.faults.no_device_report:
            return
        new = self._notifiable()
        changed = {key: value for key, value in new.items() if self._notified.get(key) != value}
        if "apower" in changed and abs(changed["apower"] - self._notified.get("apower", 0.0)) < _NOTIFY_STEP_W:
            del changed["apower"]
        if changed:
            self._notified = new
            self._notify(changed)
            self._publish_status()

    def _notifiable(self) -> dict[str, Any]:
        status = self.status()
        return {key: status.get(key) for key in ("output", "apower", "current", "voltage", "errors")}

    def _notify_all(self) -> None:
        if not (self.meter.faults.offline or self.meter.faults.no_device_report):
            self._notify({"aenergy": self.status()["aenergy"]})
            self._publish_status()

    def _notify(self, changed: dict[str, Any]) -> None:
        if "output" in changed:
            changed = {**changed, "source": _SOURCES[self.meter.relay.last_cause]}
        if changed.get("errors", ()) is None:
            changed = {**changed, "errors": []}
        notification = {
            "src": self.device_id,
            "dst": f"{self.prefix}/events",
            "method": "NotifyStatus",
            "params": {"ts": round(self.meter.clock.wall().timestamp(), 2), "switch:0": {"id": 0, **changed}},
        }
        self._link.publish(f"{self.prefix}/events/rpc", to_json(notification))

    def _publish_status(self) -> None:
        if self.spec.status_ntf:
            self._link.publish(f"{self.prefix}/status/switch:0", to_json(self.status()))

    def _say_online(self, *, online: bool) -> None:
        self._online = online
        self._link.publish(f"{self.prefix}/online", "true" if online else "false", qos=1, retain=True)
