"""A broker connection on the desk: what devices publish is kept, and messages are handed to them directly."""

import json
from dataclasses import dataclass
from typing import Any

from meterhold_simulators.spec import BrokerSpec
from meterhold_simulators.wire.mqtt import Arrived, MqttLink


@dataclass(frozen=True, slots=True)
class Said:
    """One published message."""

    topic: str
    text: str
    retained: bool

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON is whatever it is
        """The payload, decoded."""
        return json.loads(self.text)


class DeskLink(MqttLink):
    """A link that is never started."""

    def __init__(self) -> None:
        super().__init__("desk", BrokerSpec())
        self.said: list[Said] = []
        self.subscribed_again: list[str] = []

    def publish(self, topic: str, payload: str, *, qos: int = 0, retain: bool = False) -> None:
        """Keep the message."""
        self.said.append(Said(topic, payload, retain))

    def subscribe_again(self, parent: str) -> None:
        """Remember that it was asked for."""
        self.subscribed_again.append(parent)

    def connect(self) -> None:
        """Tell the devices that the broker is there."""
        for hook in self.on_connected:
            hook()

    def deliver(self, topic: str, payload: object, *, retained: bool = False) -> None:
        """Hand a message to whoever subscribed; JSON, or text as it is."""
        text = payload if isinstance(payload, str) else json.dumps(payload)
        if topic in self._handlers:
            self._handlers[topic](text)
        parent, _, leaf = topic.rpartition("/")
        for listener in self._listeners.get(parent, ()):
            listener(Arrived(topic, leaf, text, retained))

    def take(self, *topics: str) -> list[Said]:
        """What was said since the last call, on topics with one of these endings; all without."""
        said, self.said = self.said, []
        return [message for message in said if not topics or message.topic.endswith(topics)]

    def texts(self, *topics: str) -> list[str]:
        """The same as text alone."""
        return [message.text for message in self.take(*topics)]
