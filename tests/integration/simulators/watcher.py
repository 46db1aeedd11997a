"""A client of the simulated devices that remembers what it hears."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiomqtt

WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Heard:
    """One message."""

    topic: str
    text: str
    retained: bool

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON is whatever it is
        """The payload, decoded."""
        return json.loads(self.text)


class Watcher:
    """Publishes requests and waits for messages, each of which is given out once."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client
        self._heard: list[Heard] = []
        self._news = asyncio.Event()

    async def collect(self) -> None:
        """Remember every message."""
        async for message in self._client.messages:
            assert isinstance(message.payload, bytes | bytearray)
            self._heard.append(Heard(message.topic.value, message.payload.decode(), message.retain))
            self._news.set()

    async def send(self, topic: str, payload: object) -> None:
        """Publish JSON, or text as it is."""
        await self._client.publish(topic, payload if isinstance(payload, str) else json.dumps(payload), qos=1)

    async def next(self, topic: str, wanted: Callable[[Any], bool] | None = None) -> Heard:
        """The next message on the topic whose decoded payload is as wanted; others on the topic are passed over."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                for heard in tuple(self._heard):
                    if heard.topic == topic:
                        self._heard.remove(heard)
                        if wanted is None or wanted(heard.json):
                            return heard
                self._news.clear()
                await self._news.wait()

    async def passed(self, prefix: str) -> None:
        """Wait until the devices have handled all that was sent: they answer a request that comes after it."""
        await self.send(f"{prefix}/rpc", {"id": 0, "src": "gw/passed", "method": "Shelly.GetDeviceInfo"})
        await self.next("gw/passed/rpc")

    def waiting(self, topic: str) -> list[Heard]:
        """What has been heard on the topic and not been given out."""
        return [heard for heard in self._heard if heard.topic == topic]
