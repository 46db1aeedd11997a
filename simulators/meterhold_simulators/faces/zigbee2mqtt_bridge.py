"""What a Zigbee2MQTT-like bridge says of itself and of its devices, retained."""

from collections.abc import Callable
from functools import partial
from typing import Any

from meterhold_simulators.faces.mqtt import to_json
from meterhold_simulators.faces.zigbee2mqtt_swv import SwvFace
from meterhold_simulators.spec import BridgeSpec
from meterhold_simulators.wire.mqtt import MqttLink, Will

_ONLINE = to_json({"state": "online"})
_OFFLINE = to_json({"state": "offline"})


def bridge_will(spec: BridgeSpec) -> Will:
    """The bridge's last will."""
    return Will(f"{spec.base_topic}/bridge/state", _OFFLINE)


class BridgeFace:
    """The bridge's own topics; identity is the IEEE address listed here, never the friendly name."""

    def __init__(self, spec: BridgeSpec, faces: list[SwvFace], link: MqttLink) -> None:
        self._spec = spec
        self._faces = faces
        self._link = link
        self._listed: dict[str, str] = {}
        link.on_connected.append(self._on_connected)
        link.on_stopping.append(self._state(_OFFLINE))
        for face in faces:
            face.meter.watchers.append(partial(self._on_change, face))

    def devices(self) -> list[dict[str, Any]]:
        """The device list."""
        return [
            {
                "ieee_address": face.meter.serial,
                "friendly_name": face.spec.name,
                "type": "EndDevice",
                "power_source": "Battery",
                "supported": True,
                "disabled": False,
                "interview_completed": True,
                "model_id": "SWV",
                "manufacturer": "SONOFF",
                "definition": {"model": "SWV", "vendor": "SONOFF", "description": "Zigbee smart water valve"},
            }
            for face in self._faces
        ]

    def _on_connected(self) -> None:
        self._state(_ONLINE)()
        self._publish_devices()

    def _on_change(self, face: SwvFace) -> None:
        if self._listed.get(face.spec.name) != face.meter.serial:
            self._publish_devices()

    def _publish_devices(self) -> None:
        self._listed = {face.spec.name: face.meter.serial for face in self._faces}
        self._link.publish(f"{self._spec.base_topic}/bridge/devices", to_json(self.devices()), qos=1, retain=True)

    def _state(self, payload: str) -> Callable[[], None]:
        topic = f"{self._spec.base_topic}/bridge/state"
        return lambda: self._link.publish(topic, payload, qos=1, retain=True)
