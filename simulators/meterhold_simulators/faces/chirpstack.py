"""A LoRaWAN network server (ChirpStack v4) over MQTT, with class A devices behind it.

A device hears only in the moment after it has spoken, so a command waits in the server's queue for the next uplink,
for minutes or hours, or until it expires. What the server says on the way is a ladder: `txack` (a gateway took it for
sending), `ack` (the device's radio has it, or not), and an uplink later, what the valve itself has to say.
"""

import base64
import binascii
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from meterhold_simulators.faces.mqtt import MqttFace, from_json, to_json
from meterhold_simulators.journal import Fate
from meterhold_simulators.spec_mqtt import LoraBase, NetworkServerSpec
from meterhold_simulators.water import WaterMeter
from meterhold_simulators.wire.mqtt import MqttLink

_LARGEST_PORT = 223
_TENANT = {"tenantId": "52f14cd4-c6f1-4fbd-8f87-4025e1d49242", "tenantName": "ChirpStack"}
_GATEWAY = "0016c001f153a14c"


class LoraDevice(ABC):
    """A device's own binary language: what it says, and what it does with what it hears."""

    meter: WaterMeter
    port: int
    model_name: str

    @abstractmethod
    def uplink(self) -> bytes:
        """The regular frame."""

    @abstractmethod
    def joined(self) -> bytes:
        """The first frame after joining."""

    @abstractmethod
    def hear(self, port: int, data: bytes) -> bytes | None:
        """Do what a downlink asks, journal it, and return the frame that answers it, if any."""

    @abstractmethod
    def shown(self) -> Hashable:
        """What a change of which is worth an uplink; None while the valve moves."""


@dataclass(frozen=True, slots=True)
class _Item:
    id: str
    port: int
    data: bytes
    confirmed: bool
    expires_at: datetime | None


class ChirpstackFace(MqttFace):
    """One device as the network server shows it."""

    def __init__(self, device: LoraDevice, spec: LoraBase, server: NetworkServerSpec, link: MqttLink) -> None:
        super().__init__(device.meter, link)
        self.device = device
        self.meter = device.meter
        self.spec = spec
        self._server = server
        self._topic = f"application/{server.application_id}/device/{spec.dev_eui}"
        self._queue: deque[_Item] = deque()
        self._unacknowledged: tuple[_Item, int, bool] | None = None
        self._held_back: dict[str, Any] | None = None
        self._dev_eui = self.meter.serial
        self._sessions = 0
        self._shown = device.shown()
        self._reporting = False
        self._started = False
        self._frames_up = -1
        self._frames_down = 0
        self._events = 0
        link.subscribe(f"{self._topic}/command/down", self._on_down)
        link.on_connected.append(self._on_connected)
        self.meter.watchers.append(self._on_change)

    @property
    def queued(self) -> int:
        """How many downlinks wait for the device to speak."""
        return len(self._queue)

    def uplink_now(self) -> None:
        """Let the device speak, as a key at its case does."""
        self._speak(self.device.uplink())

    # The server's queue.

    def _on_down(self, text: str) -> None:
        """Queue a downlink; what is malformed or meant for another device is dropped, as the server does."""
        request = from_json(text) or {}
        port, data = request.get("fPort"), _decoded(request.get("data"))
        if request.get("devEui") != self.spec.dev_eui or data is None:
            return
        if not isinstance(port, int) or not 0 < port <= _LARGEST_PORT:
            return
        item_id = request.get("id") or self._new_id("item")
        if any(item.id == item_id for item in self._queue):
            return
        expires_at = _moment(request.get("expiresAt"))
        self._queue.append(_Item(str(item_id), port, data, request.get("confirmed") is True, expires_at))

    def _receive_window(self) -> None:
        """The moment after an uplink: one downlink goes out, and those that came too late never do."""
        while self._queue:
            item = self._queue.popleft()
            if item.expires_at is None or item.expires_at > self.meter.clock.wall():
                self._transmit(item)
                return
            context = {"queue_item_id": item.id}
            told = {"level": "ERROR", "code": "EXPIRED", "description": "Device queue-item expired", "context": context}
            self._event("log", told)
            self.meter.record(item.data, "expired", Fate.LOST)

    def _transmit(self, item: _Item) -> None:
        frame, self._frames_down = self._frames_down, self._frames_down + 1
        self._event("txack", {"downlinkId": frame, "queueItemId": item.id, "fCntDown": frame, "gatewayId": _GATEWAY})
        heard = not (self._out_of_reach() or self._strikes("drop_write"))
        answers = heard and not self._strikes("drop_write_reply")
        if item.confirmed:
            self._unacknowledged = (item, frame, answers and not self._strikes("ack_lost"))
        if not heard:
            self.meter.record(item.data, "unheard", Fate.LOST)
            return
        answer = self.device.hear(item.port, item.data)
        if self._strikes("duplicate_downlink"):
            self.device.hear(item.port, item.data)
        if answers and (answer is not None or item.confirmed):
            self._after(self.spec.answer_after_s, partial(self._speak, answer or b"", to_write=True))

    # The device's uplinks, each of which opens a receive window.

    def _speak(self, frame: bytes, *, to_write: bool = False) -> None:
        self._reporting = False
        if self._out_of_reach() or self.meter.faults.no_device_report:
            return
        self.meter.now()
        self._frames_up += 1
        self._settle_acknowledgement()
        if frame:
            if (shown := self.device.shown()) is not None:
                self._shown = shown
            self._publish_up(frame, to_write=to_write)
        self._after(self._server.rx_after_s, self._receive_window)

    def _settle_acknowledgement(self) -> None:
        """An uplink carries the acknowledgement of the downlink before it, or tells the server that there is none."""
        if self._unacknowledged is None:
            return
        item, frame, acknowledged = self._unacknowledged
        self._unacknowledged = None
        self._event("ack", {"queueItemId": item.id, "acknowledged": acknowledged, "fCntDown": frame})

    def _publish_up(self, frame: bytes, *, to_write: bool) -> None:
        event = {
            "deduplicationId": self._new_id("up"),
            "time": self._wall(),
            "deviceInfo": self._device_info(),
            "devAddr": self._dev_addr,
            "adr": True,
            "dr": 5,
            "fCnt": self._frames_up,
            "fPort": self.device.port,
            "confirmed": False,
            "data": base64.b64encode(frame).decode(),
            "rxInfo": [{"gatewayId": _GATEWAY, "uplinkId": self._frames_up + 1, "rssi": -57, "snr": 9.5}],
            "txInfo": {"frequency": 868_300_000},
        }
        if self._held_back is None and self._strikes("uplinks_swapped"):
            self._held_back = event
            return
        # It cannot be asked: what it says is what can be read of it.
        self.meter.journal.reads[self.meter.id] += 1
        self._reply(f"{self._topic}/event/up", event, to_write=to_write)
        if self._held_back is not None:
            late, self._held_back = self._held_back, None
            self._reply(f"{self._topic}/event/up", late, to_write=False)

    def _on_connected(self) -> None:
        """The server has its broker back; devices know nothing of that and go on as they were."""
        if self._started:
            return
        self._started = True
        self._every(self.spec.uplink_every_s, self.uplink_now)
        self._join()

    def _join(self) -> None:
        """Begin a session: a new address on the air, and frames counted from 0."""
        self._sessions += 1
        self._frames_up = -1
        self._frames_down = 0
        self._unacknowledged = None
        self._dev_eui = self.meter.serial
        if not self._out_of_reach():
            self._event("join", {"devAddr": self._dev_addr})
        self._speak(self.device.joined())

    def _on_change(self) -> None:
        if not self._started:
            return
        if self._dev_eui != self.meter.serial:
            self._join()
        elif not self._reporting and self.device.shown() not in (None, self._shown):
            self._reporting = True
            self._after(self.spec.report_after_s, self.uplink_now)

    def _strikes(self, fault: str) -> bool:
        return self.meter.faulty and bool(self.meter.take(fault))

    def _out_of_reach(self) -> bool:
        return self.meter.faulty and (self.meter.faults.offline or self.meter.faults.silent)

    # What the server says.

    def _event(self, kind: str, fields: dict[str, Any]) -> None:
        self._events += 1
        event = {"time": self._wall(), "deviceInfo": self._device_info(), **fields}
        if kind != "log":
            event = {"deduplicationId": self._new_id(kind), **event}
        self._link.publish(f"{self._topic}/event/{kind}", to_json(event))

    def _device_info(self) -> dict[str, Any]:
        return {
            **_TENANT,
            "applicationId": self._server.application_id,
            "applicationName": "valves",
            "deviceProfileId": str(uuid5(NAMESPACE_OID, self.device.model_name)),
            "deviceProfileName": self.device.model_name,
            "deviceName": self.meter.id,
            "devEui": self.meter.serial,
            "deviceClassEnabled": "CLASS_A",
            "tags": {},
        }

    @property
    def _dev_addr(self) -> str:
        return f"{0x01A2B300 + self._sessions:08x}"

    def _new_id(self, kind: str) -> str:
        """An id that is the same in each run."""
        self._events += 1
        return str(uuid5(NAMESPACE_OID, f"{self.spec.dev_eui} {kind} {self._events}"))

    def _wall(self) -> str:
        return self.meter.clock.wall().isoformat(timespec="microseconds")


def _decoded(data: object) -> bytes | None:
    if not isinstance(data, str):
        return None
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        return None


def _moment(text: object) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
