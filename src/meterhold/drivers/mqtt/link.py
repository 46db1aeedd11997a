"""A broker link: one shard of an MQTT broker, kept connected."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import KW_ONLY, dataclass, field
from math import ceil
from random import Random
from ssl import SSLContext
from types import TracebackType
from typing import TYPE_CHECKING

import structlog
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from meterhold.domain.errors import NeverSent
from meterhold.domain.words import Because
from meterhold.drivers.backoff import Backoff
from meterhold.drivers.mqtt.exchange import Exchange
from meterhold.drivers.mqtt.inbox import Inbox
from meterhold.drivers.mqtt.left import LeftCommands
from meterhold.drivers.mqtt.loop import BrokerAddress, CannotConnect, MqttVersion, PahoConnection, make_properties
from meterhold.drivers.mqtt.requestids import RequestIds
from meterhold.drivers.mqtt.subscriptions import Subscriptions
from meterhold.drivers.mqtt.turn import MqttTurn
from meterhold.profiles.wire import Follow

if TYPE_CHECKING:
    from meterhold.usecases.ports import Clock

_log = structlog.get_logger(__name__)

_ENVELOPE_BYTES = 1_024
"""What a packet may hold beside its payload: topic and properties."""


def _nobody(_topic: str) -> None:
    """Tell nobody."""


@dataclass(slots=True, eq=False)
class BrokerLink:
    """A connection to a broker that comes back by itself; turns share it up to ``width``."""

    name: str
    _: KW_ONLY
    host: str
    port: int
    client_id: str
    topic_prefix: str
    """Where replies to us go: ``<topic_prefix>/<request>``."""
    clock: "Clock"
    random: Random
    """Starts the request ids and spreads reconnects."""
    protocol: MqttVersion = MqttVersion.V3_1_1
    tls: SSLContext | None = field(default=None, repr=False)
    server_name: str | None = None
    """The name in the broker's certificate, where it is not the host."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    keepalive_s: int = 30
    timeout_s: float = 5.0
    connect_timeout_s: float = 5.0
    width: int = 100
    payload_limit_bytes: int = 65_536
    on_message: Callable[[str], None] = _nobody
    """Told the topic of each state message, after it was taken in."""
    on_retained_command: Callable[[str], None] = _nobody
    """Told the topic of a command that somebody left at the broker."""
    look_for_left_s: float = 900.0
    """How often commands left at the broker are looked for."""
    backoff: Backoff = field(default_factory=Backoff)
    request_ids: RequestIds = field(init=False)
    inbox: Inbox = field(init=False)
    _subscriptions: Subscriptions = field(init=False)
    _left: LeftCommands = field(init=False)
    _expiry: Properties | None = field(init=False, default=None)
    _connection: PahoConnection | None = field(init=False, default=None)
    _turns: asyncio.Semaphore = field(init=False)
    _is_up: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    _lost: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Work out what stays the same for the link's life."""
        self.protocol = MqttVersion(self.protocol)
        self.request_ids = RequestIds(self.topic_prefix, self.random)
        self.inbox = Inbox(self.name, self.clock, self.payload_limit_bytes, self.on_message)
        self._subscriptions = Subscriptions(self.name, self.topic_prefix)
        self._left = LeftCommands(self.clock, self.look_for_left_s, self.on_retained_command)
        self._turns = asyncio.Semaphore(self.width)
        if self.protocol is MqttVersion.V5:
            # What the broker could not deliver by then is no command any more.
            self._expiry = make_properties(PacketTypes.PUBLISH)
            self._expiry.MessageExpiryInterval = max(1, ceil(self.timeout_s))

    @property
    def up(self) -> bool:
        """Whether the broker is connected and all topics are subscribed."""
        return self._is_up.is_set()

    async def wait_up(self) -> None:
        """Wait until the broker is connected and all topics are subscribed."""
        await self._is_up.wait()

    def follow(self, follows: Iterable[Follow]) -> None:
        """Keep what is said on these topics, from now on and over reconnects."""
        for follow in follows:
            if self.inbox.follow(follow):
                self._subscriptions.want(follow.topic)
        if self._connection is not None:
            self._subscriptions.send(self._connection)

    def watch_commands(self, topics: Iterable[str]) -> None:
        """Look on these topics for commands that somebody left at the broker, from now on and over reconnects."""
        self._left.watch(topics)

    def turn(self) -> "BrokerTurn":
        """Take a turn; entering raises ``NeverSent`` while the broker is not connected."""
        return BrokerTurn(self)

    async def start(self) -> None:
        """Begin to connect, and stay connected until ``stop``."""
        if self._task is None:
            self._task = asyncio.create_task(self._stay_connected(), name=f"link {self.name}")

    async def stop(self) -> None:
        """Say goodbye to the broker; what is under way fails at once."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                # It never ends by itself: what ended it was a defect.
                task.result()

    async def take(self) -> PahoConnection:
        """Wait for one of the link's turns."""
        if not self.up:
            raise self._down()
        await self._turns.acquire()
        connection = self._connection
        if connection is None or not self.up:
            self._turns.release()
            raise self._down()
        return connection

    def give_back(self) -> None:
        """Let another turn begin."""
        self._turns.release()

    async def hear(self, connection: PahoConnection, topic: str, within_s: float) -> None:
        """Make sure that what is published on a topic reaches us; raise ``NotTaken`` where that fails."""
        if not self._subscriptions.covers(topic):
            await self._subscriptions.ensure(connection, topic, within_s)

    def publish(self, connection: PahoConnection, topic: str, payload: str, exchange: Exchange) -> None:
        """Publish once; raise ``NotTaken`` where no byte can leave."""
        connection.publish(topic, payload, exchange.acknowledged, self._expiry)

    def received(self, topic: str, payload: bytes | bytearray, *, retained: bool, mid: int) -> None:
        """Take a message that the connection brings."""
        del mid
        if not self._left.heard(topic, retained=retained):
            self.inbox.received(topic, payload, retained=retained)

    def ended(self, reason: str) -> None:
        """Note that the connection is over: fail at once what waits on it."""
        _log.warning("broker lost", link=self.name, reason=reason)
        self._is_up.clear()
        self._connection = None
        self.inbox.lost()
        self._lost.set()

    async def _stay_connected(self) -> None:
        while True:
            await asyncio.sleep(self.backoff.wait_s(self.clock.monotonic()))
            connection = self._new_connection()
            try:
                await connection.open(self.connect_timeout_s)
                self._lost.clear()
                self.inbox.begin()
                await self._subscriptions.restore(connection, self.connect_timeout_s)
                self._connection = connection
                self._subscriptions.send(connection)
                self.backoff.succeeded(self.clock.monotonic())
                self._is_up.set()
                _log.info("broker connected", link=self.name)
                await self._left.look_until(self._lost, connection, self._subscriptions.wants)
            except CannotConnect as why:
                _log.warning("broker refuses", link=self.name, host=self.host, port=self.port, reason=str(why))
            finally:
                self._close(connection)
            # The clients of a broker that has restarted do not come back in step.
            self.backoff.failed(self.clock.monotonic(), stretch=self.random.uniform(0.5, 1.0))

    def _new_connection(self) -> PahoConnection:
        address = BrokerAddress(
            host=self.host,
            port=self.port,
            client_id=self.client_id,
            version=self.protocol,
            username=self.username,
            password=self.password,
            keepalive_s=self.keepalive_s,
            largest_packet=self.payload_limit_bytes + _ENVELOPE_BYTES,
            tls=self.tls,
            server_name=self.server_name,
        )
        return PahoConnection(address, self, manual_ack=False, clean_start=True)

    def _close(self, connection: PahoConnection) -> None:
        connection.close()
        if self._connection is connection:
            self._is_up.clear()
            self._connection = None
            self.inbox.lost()

    def _down(self) -> NeverSent:
        wait_s = self.backoff.wait_s(self.clock.monotonic())
        return NeverSent(
            Because.DEVICE_OFFLINE,
            f"{self.name}: broker {self.host}:{self.port} is not connected; next try in {wait_s:.1f} s",
        )


class BrokerTurn:
    """The link's turn as a context."""

    __slots__ = ("_link", "_turn")

    def __init__(self, link: BrokerLink) -> None:
        """Take nothing yet."""
        self._link = link
        self._turn: MqttTurn | None = None

    async def __aenter__(self) -> MqttTurn:
        self._turn = turn = MqttTurn(self._link, await self._link.take())
        return turn

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._turn is not None:
            self._turn.end()
            self._link.give_back()
