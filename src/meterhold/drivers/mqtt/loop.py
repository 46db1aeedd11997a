"""paho-mqtt on the asyncio loop: no thread, no queue that outlives a connection, no reconnect behind one's back.

Each connection has a paho client of its own. What paho still holds when a connection ends (a command without its
PUBACK) dies with that client, so that it can never be sent again minutes later.
"""

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from meterhold.drivers.mqtt.sockets import connect_socket

QOS: Final = 1
_MOST_IN_FLIGHT: Final = 65_535
_MISC_EVERY_S: Final = 1.0
_MOST_READS: Final = 100
"""How many messages are taken from a TLS socket's own buffer before others have their turn."""


class MqttVersion(StrEnum):
    """The protocol that a broker is spoken to with."""

    V3_1_1 = "3.1.1"
    V5 = "5"


class CannotConnect(Exception):
    """The broker could not be reached, or refused us; the message says why."""


class NotTaken(Exception):
    """The message was not handed to the broker: no byte of it left."""


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where a broker is and how we present ourselves."""

    host: str
    port: int
    client_id: str
    version: MqttVersion
    username: str | None
    password: str | None = field(repr=False)
    keepalive_s: int
    largest_packet: int
    """Asked of a v5 broker: larger messages are not sent to us."""
    session_expiry_s: int = 0
    """How long a v5 broker keeps our session after the connection; a 3.1.1 broker decides that itself."""
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    server_name: str | None = None
    """The name in the broker's certificate, where it is not the host."""


class Handlers(Protocol):
    """What a connection tells its owner; called on the loop, in the order of arrival."""

    def received(self, topic: str, payload: bytes | bytearray, *, retained: bool, mid: int) -> None:
        """Take a message; ``mid`` is what ``acknowledge`` wants, 0 where the message asks for no PUBACK."""

    def ended(self, reason: str) -> None:
        """Note that the connection is over; called once, after it was up."""


def make_properties(packet: int) -> Properties:
    """Make an empty set of v5 properties for a kind of packet."""
    return Properties(packet)  # type: ignore[no-untyped-call]  # paho leaves it untyped


def _fail(answer: asyncio.Future[Any], reason: str) -> None:
    if not answer.done():
        answer.set_exception(CannotConnect(reason))
        # Whoever has given up waiting does not fetch it.
        answer.exception()


class _OnSocket(Client):
    """A paho client that takes a socket which is already connected: paho's own connect would block the loop."""

    ready: socket.socket

    def _create_socket_connection(self) -> socket.socket:
        return self.ready


class PahoConnection:
    """One MQTT connection: opened once, closed once."""

    def __init__(self, address: BrokerAddress, handlers: Handlers, *, manual_ack: bool, clean_start: bool) -> None:
        """Prepare the client; ``open`` connects it."""
        self._loop = asyncio.get_running_loop()
        self._address = address
        self._handlers = handlers
        self._clean_start = clean_start
        self._v5 = address.version is MqttVersion.V5
        self._client = self._make_client(manual_ack=manual_ack)
        self._connected: asyncio.Future[None] = self._loop.create_future()
        self._unacknowledged: dict[int, Callable[[ReasonCode], None]] = {}
        self._unsubscribed: dict[int, asyncio.Future[Sequence[ReasonCode]]] = {}
        self._room: deque[asyncio.Future[None]] = deque()
        self._sock: socket.socket | None = None
        self._flush_due = False
        self._writer = False
        self._misc: asyncio.TimerHandle | None = None
        self.alive = False
        self.most_in_flight = _MOST_IN_FLIGHT
        """How many of our messages the broker lets wait for their PUBACK."""

    @property
    def in_flight(self) -> int:
        """How many of our messages wait for their PUBACK."""
        return len(self._unacknowledged)

    async def open(self, within_s: float) -> None:
        """Connect and be accepted, or raise ``CannotConnect``."""
        try:
            async with asyncio.timeout(within_s):
                to = self._address
                self._client.ready = await connect_socket(to.host, to.port, to.tls, to.server_name)
                self._start()
                await self._connected
        except TimeoutError:
            self.drop()
            raise CannotConnect(f"no answer within {within_s:g} s") from None
        except OSError as error:
            self.drop()
            raise CannotConnect(str(error)) from None
        except BaseException:
            self.drop()
            raise
        self.alive = True

    def publish(
        self, topic: str, payload: str, acknowledged: Callable[[ReasonCode], None], properties: Properties | None
    ) -> None:
        """Hand a message (QoS 1, never retained) to the socket, or raise ``NotTaken``.

        ``acknowledged`` is called with the PUBACK's reason; never, if the connection ends before.
        The caller keeps to ``most_in_flight``: paho would queue what exceeds its own limit.
        """
        if not self.alive:
            raise NotTaken("the connection is lost")
        if self.in_flight >= self.most_in_flight:
            raise NotTaken("too many messages wait for the broker")
        info = self._client.publish(topic, payload.encode(), qos=QOS, retain=False, properties=properties)
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise NotTaken(f"the client refused it: {info.rc.name}")
        self._unacknowledged[info.mid] = acknowledged

    def subscribe(self, topics: Sequence[str], *, qos: int = 1) -> asyncio.Future[Sequence[ReasonCode]]:
        """Subscribe to all topics in one packet; the future holds the broker's answers.

        It ends with ``CannotConnect`` when the connection ends before.
        """
        answer: asyncio.Future[Sequence[ReasonCode]] = self._loop.create_future()
        result, mid = self._client.subscribe([(topic, qos) for topic in topics])
        if result == MQTTErrorCode.MQTT_ERR_SUCCESS and mid is not None:
            self._unsubscribed[mid] = answer
        else:
            _fail(answer, "the connection is lost")
        return answer

    def unsubscribe(self, topics: Sequence[str]) -> None:
        """Hear these topics no longer."""
        if self.alive:
            self._client.unsubscribe(list(topics))

    async def room(self, within_s: float) -> None:
        """Wait until one more message may be published, or raise ``NotTaken``."""
        if self.in_flight < self.most_in_flight:
            return
        try:
            async with asyncio.timeout(within_s):
                while self.alive and self.in_flight >= self.most_in_flight:
                    await self._freed()
        except TimeoutError:
            raise NotTaken("too many messages wait for the broker") from None

    def acknowledge(self, mid: int) -> None:
        """Send the PUBACK of a message that was received with ``manual_ack``."""
        if self.alive and mid:
            self._client.ack(mid, 1)

    def close(self) -> None:
        """Say goodbye to the broker and close."""
        if self.alive:
            self.alive = False
            self._client.disconnect()
            self._client.loop_write()
        self.drop()

    def drop(self) -> None:
        """Close at once; nothing that was handed to paho leaves any more."""
        self._finish("closed by us", tell=False)

    async def _freed(self) -> None:
        waiter: asyncio.Future[None] = self._loop.create_future()
        self._room.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                # The room that was meant for this one is another's.
                self._wake(1)
            raise

    def _wake(self, number: int) -> None:
        while number and self._room:
            waiter = self._room.popleft()
            if not waiter.done():
                waiter.set_result(None)
                number -= 1

    def _make_client(self, *, manual_ack: bool) -> _OnSocket:
        address = self._address
        client = _OnSocket(
            CallbackAPIVersion.VERSION2,
            client_id=address.client_id,
            protocol=MQTTv5 if self._v5 else MQTTv311,
            clean_session=None if self._v5 else self._clean_start,
            reconnect_on_failure=False,
            manual_ack=manual_ack,
        )
        client.max_inflight_messages_set(_MOST_IN_FLIGHT)
        if address.username is not None:
            client.username_pw_set(address.username, address.password)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        client.on_socket_register_write = self._on_want_write
        client.on_socket_unregister_write = self._on_written
        client.on_socket_close = self._on_socket_close
        return client

    def _start(self) -> None:
        self._sock = self._client.ready
        self._loop.add_reader(self._sock, self._readable)
        host, port, keepalive_s = self._address.host, self._address.port, self._address.keepalive_s
        if self._v5:
            properties = make_properties(PacketTypes.CONNECT)
            properties.MaximumPacketSize = self._address.largest_packet
            properties.SessionExpiryInterval = self._address.session_expiry_s
            self._client.connect(host, port, keepalive_s, clean_start=self._clean_start, properties=properties)
        else:
            self._client.connect(host, port, keepalive_s)
        self._misc = self._loop.call_later(_MISC_EVERY_S, self._keep_alive)

    def _finish(self, reason: str, *, tell: bool) -> None:
        was_alive, self.alive = self.alive, False
        if self._misc is not None:
            self._misc.cancel()
        sock = self._leave_loop()
        if sock is not None:
            sock.close()
        self._unacknowledged.clear()
        for answer in self._unsubscribed.values():
            _fail(answer, reason)
        self._unsubscribed.clear()
        _fail(self._connected, reason)
        self._wake(len(self._room))
        if was_alive and tell:
            self._handlers.ended(reason)

    def _leave_loop(self) -> socket.socket | None:
        # Before the socket is closed, by paho or by us: a closed one has no descriptor to take out of the loop.
        sock, self._sock = self._sock, None
        if sock is not None:
            self._loop.remove_reader(sock)
            if self._writer:
                self._loop.remove_writer(sock)
        return sock

    def _readable(self) -> None:
        # An error that a handler raises leaves paho's parser in the middle of a packet: the connection is then over,
        # and the error goes on to the loop.
        rc = MQTTErrorCode.MQTT_ERR_UNKNOWN
        try:
            rc = self._client.loop_read()
            for _ in range(_MOST_READS):
                if rc != MQTTErrorCode.MQTT_ERR_SUCCESS or not self._decrypted():
                    break
                rc = self._client.loop_read()
            else:
                self._loop.call_soon(self._read_on)
        finally:
            if rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._finish(f"reading failed: {rc.name}", tell=True)

    def _decrypted(self) -> bool:
        # What TLS has read already wakes nobody any more.
        sock = self._sock
        return isinstance(sock, ssl.SSLSocket) and sock.pending() > 0

    def _read_on(self) -> None:
        if self._sock is not None:
            self._readable()

    def _flush(self) -> None:
        self._flush_due = False
        if self._sock is None:
            return
        rc = self._client.loop_write()
        if rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._finish(f"writing failed: {rc.name}", tell=True)
        elif self._client.want_write() and not self._writer:
            self._writer = True
            self._loop.add_writer(self._sock, self._flush)

    def _keep_alive(self) -> None:
        if self._sock is None:
            return
        rc = self._client.loop_misc()
        if rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._finish("the broker stayed silent", tell=True)
        else:
            self._misc = self._loop.call_later(_MISC_EVERY_S, self._keep_alive)

    def _on_want_write(self, _client: Client, _userdata: object, _sock: object) -> None:
        # One write for all that this step of the loop publishes, and no call of epoll where the socket takes it.
        if not self._flush_due:
            self._flush_due = True
            self._loop.call_soon(self._flush)

    def _on_written(self, _client: Client, _userdata: object, _sock: object) -> None:
        if self._writer and self._sock is not None:
            self._writer = False
            self._loop.remove_writer(self._sock)

    def _on_socket_close(self, _client: Client, _userdata: object, _sock: object) -> None:
        self._leave_loop()

    def _on_connect(
        self,
        _client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            _fail(self._connected, f"refused: {reason}")
            return
        if self._connected.done():
            return
        self.most_in_flight = getattr(properties, "ReceiveMaximum", _MOST_IN_FLIGHT)
        self._connected.set_result(None)

    def _on_disconnect(
        self,
        _client: Client,
        _userdata: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        # paho holds a lock here that closing needs.
        self._loop.call_soon(self._finish_later, str(reason))

    def _finish_later(self, reason: str) -> None:
        self._finish(reason, tell=True)

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            return
        self._handlers.received(topic, message.payload, retained=message.retain, mid=message.mid)

    def _on_publish(
        self, _client: Client, _userdata: object, mid: int, reason: ReasonCode, _properties: Properties
    ) -> None:
        acknowledged = self._unacknowledged.pop(mid, None)
        self._wake(1)
        if acknowledged is not None:
            acknowledged(reason)

    def _on_subscribe(
        self,
        _client: Client,
        _userdata: object,
        mid: int,
        reasons: Sequence[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        answer = self._unsubscribed.pop(mid, None)
        if answer is not None and not answer.done():
            answer.set_result(reasons)
