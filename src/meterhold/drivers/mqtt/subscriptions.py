"""Which topics a link hears, and which of them the broker has confirmed on the present connection."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Final

import structlog
from paho.mqtt.reasoncodes import ReasonCode

from meterhold.drivers.mqtt.loop import CannotConnect, NotTaken, PahoConnection

_log = structlog.get_logger(__name__)

_TOPICS_IN_PACKET: Final = 200


class Subscriptions:
    """Topics by name, and all replies to us at once; sent again on each connection."""

    __slots__ = ("_answers", "_confirmed", "_connection", "_link", "_replies", "_reply_prefix", "_unsent", "_wanted")

    def __init__(self, link: str, topic_prefix: str) -> None:
        """Want the replies to us, and nothing else yet."""
        self._link = link
        self._reply_prefix = f"{topic_prefix}/"
        self._replies = f"{topic_prefix}/#"
        self._wanted: dict[str, None] = {}
        self._unsent: dict[str, None] = {}
        self._connection: PahoConnection | None = None
        self._confirmed: set[str] = set()
        self._answers: dict[str, asyncio.Future[Sequence[ReasonCode]]] = {}

    def want(self, topic: str) -> None:
        """Hear a topic from now on; ``send`` says so to the broker."""
        if topic not in self._wanted:
            self._wanted[topic] = None
            self._unsent[topic] = None

    def wants(self, topic: str) -> bool:
        """Whether a topic is to be heard."""
        return topic in self._wanted

    def covers(self, topic: str) -> bool:
        """Whether the broker has confirmed that we hear a topic."""
        return topic.startswith(self._reply_prefix) or topic in self._confirmed

    async def restore(self, connection: PahoConnection, within_s: float) -> None:
        """Subscribe to everything on a new connection; raise ``CannotConnect`` unless replies can reach us."""
        self._connection = connection
        self._confirmed.clear()
        self._answers.clear()
        self._unsent = dict.fromkeys([self._replies, *self._wanted])
        self.send(connection)
        unanswered = set(self._answers.values())
        if unanswered:
            _, unanswered = await asyncio.wait(unanswered, timeout=within_s)
        if unanswered or self._replies not in self._confirmed:
            raise CannotConnect(f"the broker does not let us hear {self._replies}")

    def send(self, connection: PahoConnection) -> None:
        """Subscribe to what is wanted and was not sent yet."""
        topics = list(self._unsent)
        self._unsent.clear()
        for start in range(0, len(topics), _TOPICS_IN_PACKET):
            batch = topics[start : start + _TOPICS_IN_PACKET]
            answer = connection.subscribe(batch)
            self._answers.update(dict.fromkeys(batch, answer))
            answer.add_done_callback(partial(self._answered, connection, batch))

    async def ensure(self, connection: PahoConnection, topic: str, within_s: float) -> None:
        """Hear a topic, and wait until the broker has confirmed it; raise ``NotTaken`` where it does not."""
        self.want(topic)
        if topic in self._unsent:
            self.send(connection)
        answer = self._answers.get(topic)
        if answer is not None:
            await asyncio.wait([answer], timeout=within_s)
        if topic not in self._confirmed:
            raise NotTaken(f"the broker does not let us hear {topic}")

    def _answered(
        self, connection: PahoConnection, batch: Sequence[str], answer: asyncio.Future[Sequence[ReasonCode]]
    ) -> None:
        if connection is not self._connection or answer.exception() is not None:
            return
        for topic, reason in zip(batch, answer.result(), strict=False):
            if reason.is_failure:
                _log.warning("subscription refused", link=self._link, topic=topic, reason=str(reason))
            else:
                self._confirmed.add(topic)
