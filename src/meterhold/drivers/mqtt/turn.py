"""A turn on a broker link: what went out, what came back, and what that means."""

import json
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, assert_never

from meterhold.domain.errors import MeterRefused, NeverSent, NoAnswer, OutcomeUnknown
from meterhold.domain.frame import Frame
from meterhold.domain.words import Because, Proof
from meterhold.drivers.mqtt.exchange import (
    ById,
    Denied,
    Exchange,
    Lost,
    NobodyThere,
    Received,
    Reported,
    Silent,
    any_message,
)
from meterhold.drivers.mqtt.inbox import Inbox
from meterhold.drivers.mqtt.loop import QOS, NotTaken, PahoConnection
from meterhold.drivers.mqtt.payload import fill
from meterhold.drivers.mqtt.requestids import RequestIds
from meterhold.profiles.wire import (
    Acknowledgement,
    ByCorrelation,
    Document,
    ModbusRead,
    ModbusWrite,
    MqttAsk,
    MqttLatest,
    NextMessage,
    Question,
    Write,
)

if TYPE_CHECKING:
    from meterhold.usecases.ports import Clock


_LEAST_S: Final = 0.1
"""What is left for a reply at least, where sending has taken nearly all of the time."""
_RECEIPT: Final = "PUBACK"
"""What the broker itself answers."""


class Post(Protocol):
    """What a turn needs of its link."""

    name: str
    timeout_s: float
    clock: "Clock"
    request_ids: RequestIds
    inbox: Inbox

    async def hear(self, connection: PahoConnection, topic: str, within_s: float) -> None:
        """Make sure that what is published on a topic reaches us; raise ``NotTaken`` where that fails."""

    def publish(self, connection: PahoConnection, topic: str, payload: str, exchange: Exchange) -> None:
        """Publish once; raise ``NotTaken`` where no byte can leave."""


class MqttTurn:
    """One uninterrupted use of a broker link, bound to one connection."""

    __slots__ = ("_connection", "_link")

    def __init__(self, link: Post, connection: PahoConnection) -> None:
        """Bind the turn to the connection as it is now."""
        self._link = link
        self._connection: PahoConnection | None = connection

    def end(self) -> None:
        """Give the link back: whoever still holds the turn can send nothing more."""
        self._connection = None

    async def ask(self, question: Question) -> Document:
        """Ask a device, or take what it last said."""
        match question:
            case MqttAsk():
                return await self._ask(question)
            case MqttLatest():
                return self._latest(question)
            case ModbusRead():
                raise NeverSent(Because.NOT_CAPABLE, f"{self._link.name} is an MQTT link and carries no Modbus")
            case _:
                assert_never(question)

    async def write(self, write: Write) -> Acknowledgement:
        """Publish a command once; nothing is ever repeated."""
        if isinstance(write, ModbusWrite):
            raise NeverSent(Because.NOT_CAPABLE, f"{self._link.name} is an MQTT link and carries no Modbus")
        link = self._link
        exchange, payload = self._prepare(write.topic, write.payload, write.reply)
        sent = f"{write.topic} {payload}"
        frame = partial(Frame, write.topic, payload, qos=QOS, retained=False)
        try:
            received = await self._exchange(write.topic, payload, exchange)
        except Reported as error:
            raise MeterRefused(
                Because.DEVICE_REFUSED, f"{sent} -> {error}", error.code, frame=frame(str(error))
            ) from None
        except Denied as reason:
            detail = f"{link.name}: the broker refuses {write.topic}: {reason}"
            raise NeverSent(Because.FORBIDDEN, detail, frame=frame(str(reason))) from None
        except NobodyThere:
            detail = f"{link.name}: nobody listens on {write.topic}"
            raise NeverSent(Because.DEVICE_OFFLINE, detail, frame=frame(_RECEIPT)) from None
        except Silent:
            what = "the broker has it, no reply came" if exchange.receipt else "not even the broker's receipt came"
            so_far = frame(_RECEIPT if exchange.receipt else "")
            raise OutcomeUnknown(Because.COMM_TIMEOUT, f"{link.name}: {sent}: {what}", frame=so_far) from None
        except Lost:
            detail = f"{link.name}: {sent}: connection lost"
            raise OutcomeUnknown(Because.OUTCOME_UNKNOWN, detail, frame=frame()) from None
        if received is None:
            return Acknowledgement(Proof.SENT, link.clock.now(), frame(_RECEIPT))
        return Acknowledgement(Proof.ACKNOWLEDGED, received.at, frame(json.dumps(received.value, ensure_ascii=False)))

    async def _ask(self, ask: MqttAsk) -> Document:
        link = self._link
        exchange, payload = self._prepare(ask.topic, ask.payload, ask.reply)
        try:
            received = await self._exchange(ask.topic, payload, exchange)
        except Reported as error:
            raise MeterRefused(Because.DEVICE_REFUSED, f"{ask.topic}: {error}", error.code) from None
        except Denied as reason:
            raise NoAnswer(Because.FORBIDDEN, f"{link.name}: the broker refuses {ask.topic}: {reason}") from None
        except NobodyThere:
            raise NoAnswer(Because.DEVICE_OFFLINE, f"{link.name}: nobody listens on {ask.topic}") from None
        except Silent:
            raise NoAnswer(Because.COMM_TIMEOUT, f"{link.name}: no reply to {ask.topic}") from None
        except Lost:
            raise NoAnswer(Because.DEVICE_OFFLINE, f"{link.name}: connection lost") from None
        if received is None:
            raise AssertionError("a question always waits for its reply")
        return Document(ask, received.value, received.at, changed_at=received.changed_at)

    def _latest(self, latest: MqttLatest) -> Document:
        shadow = self._link.inbox.shadow(latest.topic)
        if shadow is None or shadow.at is None:
            raise NoAnswer(Because.NO_EVIDENCE, f"{self._link.name}: nothing was heard on {latest.topic} yet")
        return Document(latest, shadow.value, shadow.at, shadow.retained, shadow.changed_at, shadow.supplied_at)

    def _prepare(self, topic: str, payload: str, reply: ByCorrelation | NextMessage | None) -> tuple[Exchange, str]:
        _check_topic(topic)
        request_id, reply_to = self._link.request_ids.next()
        filled = fill(payload, request_id, reply_to)
        match reply:
            case ByCorrelation():
                reply_topic = fill(reply.topic, request_id, reply_to)
                return Exchange(reply_topic, ById(request_id, reply.id_pointer, reply.error_pointer)), filled
            case NextMessage():
                return Exchange(reply.topic, any_message), filled
            case None:
                return Exchange(None, any_message), filled
            case _:
                assert_never(reply)

    async def _exchange(self, topic: str, payload: str, exchange: Exchange) -> Received | None:
        """Publish and wait, both within one deadline."""
        link = self._link
        connection = self._alive()
        give_up_at = link.clock.monotonic() + link.timeout_s
        try:
            if exchange.topic is not None:
                await link.hear(connection, exchange.topic, link.timeout_s)
            await connection.room(give_up_at - link.clock.monotonic())
            left_s = give_up_at - link.clock.monotonic()
            link.inbox.expect(exchange)
            link.publish(connection, topic, payload, exchange)
            return await exchange.result(max(left_s, _LEAST_S))
        except NotTaken as why:
            raise NeverSent(Because.DEVICE_OFFLINE, f"{link.name}: {why}") from None
        finally:
            link.inbox.forget(exchange)

    def _alive(self) -> PahoConnection:
        connection = self._connection
        if connection is None:
            raise NeverSent(Because.DEVICE_OFFLINE, f"{self._link.name}: the turn has ended")
        if not connection.alive:
            raise NeverSent(Because.DEVICE_OFFLINE, f"{self._link.name}: the turn's connection was lost")
        return connection


def _check_topic(topic: str) -> None:
    if not topic or "+" in topic or "#" in topic:
        raise NeverSent(Because.MALFORMED, f"{topic!r} is no single topic")
