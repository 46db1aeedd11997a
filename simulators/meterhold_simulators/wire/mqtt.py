"""One MQTT connection that serves many simulated devices, and comes back by itself."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

import aiomqtt

from meterhold_simulators.spec import BrokerSpec

log = logging.getLogger(__name__)

_TOPICS_A_SUBSCRIBE = 200
_IN_FLIGHT = 1000

# Without it Nagle and delayed acknowledgements cost 40 ms a QoS 1 message.
_NO_DELAY = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]

Handler = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message on one of many topics: the last level of its topic, its text, and whether the broker had kept it."""

    topic: str
    leaf: str
    text: str
    retained: bool


Listener = Callable[[Arrived], None]


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says, retained, when this connection is lost."""

    topic: str
    payload: str


class MqttLink:
    """A connection to a broker: topics with handlers, and publishing from plain functions."""

    def __init__(self, name: str, spec: BrokerSpec, will: Will | None = None) -> None:
        self.name = name
        self.connected = asyncio.Event()
        self.on_connected: list[Callable[[], None]] = []
        self.on_stopping: list[Callable[[], None]] = []
        self._spec = spec
        self._will = will
        self._handlers: dict[str, Handler] = {}
        self._listeners: dict[str, list[Listener]] = {}
        self._client: aiomqtt.Client | None = None
        self._sending: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None

    def subscribe(self, topic: str, handler: Handler) -> None:
        """Hand each payload on this topic to the handler; before `start` only."""
        self._handlers[topic] = handler

    def subscribe_under(self, parent: str, listener: Listener) -> None:
        """Hand each message one level below this topic to the listener; several may listen; before `start` only."""
        self._listeners.setdefault(parent, []).append(listener)

    def subscribe_again(self, parent: str) -> None:
        """Subscribe as a device does that comes back: what the broker kept on these topics arrives anew."""
        if self._client is not None:
            self._spawn(self._subscribe_again(self._client, f"{parent}/#"))

    def publish(self, topic: str, payload: str, *, qos: int = 0, retain: bool = False) -> None:
        """Send a message, in order; a device without a connection loses it."""
        if self._client is None:
            return
        self._spawn(self._publish(self._client, topic, payload, qos, retain))

    async def start(self, within_s: float) -> None:
        """Connect and subscribe; TimeoutError where the broker cannot be reached in time."""
        self._task = asyncio.create_task(self._run(), name=f"mqtt {self.name}")
        waiting = asyncio.create_task(self.connected.wait())
        try:
            async with asyncio.timeout(within_s):
                await asyncio.wait({self._task, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if self._task.done():
                await self._task
        except TimeoutError as error:
            await self.stop()
            raise TimeoutError(
                f"broker {self.name} at {self._spec.host}:{self._spec.port} cannot be reached"
            ) from error
        finally:
            waiting.cancel()

    async def stop(self) -> None:
        """Say good-bye, send what is waiting and disconnect."""
        if self._client is not None:
            for hook in self.on_stopping:
                hook()
            if self._sending:
                await asyncio.wait(self._sending, timeout=1.0)
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _run(self) -> None:
        said = ""
        while True:
            try:
                await self._serve()
            except aiomqtt.MqttError as error:
                if self.connected.is_set() or str(error) != said:
                    log.warning("broker %s: %s; trying again every %s s", self.name, error, self._spec.reconnect_s)
                said = str(error)
            self.connected.clear()
            await asyncio.sleep(self._spec.reconnect_s)

    async def _serve(self) -> None:
        will = aiomqtt.Will(self._will.topic, self._will.payload, qos=1, retain=True) if self._will else None
        async with aiomqtt.Client(
            self._spec.host,
            self._spec.port,
            username=self._spec.username,
            password=self._spec.password,
            will=will,
            max_inflight_messages=_IN_FLIGHT,
            socket_options=_NO_DELAY,
        ) as client:
            client.pending_calls_threshold = _IN_FLIGHT * 10
            for topics in _chunks([*self._handlers, *(f"{parent}/#" for parent in self._listeners)]):
                await client.subscribe([(topic, 1) for topic in topics])
            self._client = client
            try:
                for hook in self.on_connected:
                    hook()
                self.connected.set()
                async for message in client.messages:
                    self._handle(message)
            finally:
                self._client = None

    def _handle(self, message: aiomqtt.Message) -> None:
        topic = message.topic.value
        handler = self._handlers.get(topic)
        parent, _, leaf = topic.rpartition("/")
        listeners = self._listeners.get(parent, ())
        if (handler is None and not listeners) or not isinstance(message.payload, bytes | bytearray):
            return
        try:
            text = message.payload.decode()
        except UnicodeDecodeError:
            log.warning("broker %s: %s is not text", self.name, message.topic)
            return
        if handler is not None:
            handler(text)
        for listener in listeners:
            listener(Arrived(topic, leaf, text, message.retain))

    def _spawn(self, sending: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(sending)
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _subscribe_again(self, client: aiomqtt.Client, topics: str) -> None:
        try:
            await client.subscribe(topics, 1)
        except aiomqtt.MqttError as error:
            log.warning("broker %s: could not subscribe to %s: %s", self.name, topics, error)

    async def _publish(self, client: aiomqtt.Client, topic: str, payload: str, qos: int, retain: bool) -> None:  # noqa: FBT001
        try:
            await client.publish(topic, payload, qos=qos, retain=retain)
        except aiomqtt.MqttError as error:
            log.warning("broker %s: lost a message on %s: %s", self.name, topic, error)


def _chunks(topics: Iterable[str]) -> Iterable[list[str]]:
    rows = list(topics)
    return [rows[start : start + _TOPICS_A_SUBSCRIBE] for start in range(0, len(rows), _TOPICS_A_SUBSCRIBE)]
