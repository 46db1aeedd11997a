"""What arrives on a broker link: replies to those who wait, state for those who look later."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from meterhold.drivers.mqtt.exchange import Exchange
from meterhold.drivers.mqtt.kept import Kept
from meterhold.drivers.mqtt.merged import MergedShadow
from meterhold.drivers.mqtt.payload import Unreadable, parse
from meterhold.drivers.mqtt.shadow import Shadow
from meterhold.profiles.wire import Follow

if TYPE_CHECKING:
    from meterhold.usecases.ports import Clock

_log = structlog.get_logger(__name__)


class Inbox:
    """Sorts messages by topic. Nothing that a device sends can stop it or make it grow."""

    __slots__ = (
        "_clock",
        "_exchanges",
        "_kept",
        "_limit_bytes",
        "_link",
        "_stream",
        "_tell",
        "_waiting",
        "strays",
        "unreadable",
    )

    def __init__(self, link: str, clock: "Clock", limit_bytes: int, tell: Callable[[str], None]) -> None:
        """Wait for nothing and follow nothing; ``tell`` gets the topic of each state message."""
        self._link = link
        self._clock = clock
        self._limit_bytes = limit_bytes
        self._tell = tell
        self._kept: dict[str, Kept] = {}
        self._exchanges: set[Exchange] = set()
        self._waiting: dict[str, list[Exchange]] = {}
        self._stream = 0
        self.unreadable = 0
        """How many messages were dropped as too large or as nonsense."""
        self.strays = 0
        """How many messages came that nobody waited for: late replies, mostly."""

    def follow(self, follow: Follow) -> bool:
        """Keep what is said on a topic; return whether that is new."""
        if follow.topic in self._kept:
            return False
        self._kept[follow.topic] = Kept(follow)
        return True

    def shadow(self, topic: str) -> Shadow | MergedShadow | None:
        """What was last heard on a topic; None where it is not followed."""
        kept = self._kept.get(topic)
        return None if kept is None else kept.shadow

    def expect(self, exchange: Exchange) -> None:
        """Give the exchange what comes on its topic."""
        self._exchanges.add(exchange)
        if exchange.topic is not None:
            self._waiting.setdefault(exchange.topic, []).append(exchange)

    def forget(self, exchange: Exchange) -> None:
        """Stop waiting; also right for an exchange that never began to wait."""
        if exchange not in self._exchanges:
            return
        self._exchanges.discard(exchange)
        if exchange.topic is not None:
            others = self._waiting[exchange.topic]
            others.remove(exchange)
            if not others:
                del self._waiting[exchange.topic]

    def begin(self) -> None:
        """Note that a connection begins: between it and the former one, messages were missed."""
        self._stream += 1

    def lost(self) -> None:
        """Note that the connection ended: whoever waits learns it now."""
        for exchange in self._exchanges:
            exchange.lost()

    def received(self, topic: str, payload: bytes | bytearray, *, retained: bool) -> None:
        """Take a message in."""
        waiting = self._waiting.get(topic)
        kept = self._kept.get(topic)
        if waiting is None and kept is None:
            self.strays += 1
            return
        at = self._clock.now()
        try:
            value = self._read(payload, binary=kept is not None and kept.binary)
            taken = kept is not None and kept.take(value, at, retained=retained, stream=self._stream)
        except Unreadable as error:
            self._dropped(topic, str(error))
            if kept is not None:
                kept.shadow.missed()
            return
        if taken:
            # Not from inside paho: an error there would cost the connection.
            asyncio.get_running_loop().call_soon(self._tell, topic)
        if waiting is None or retained:
            return
        changed_at = {} if kept is None else kept.shadow.changed_at
        for exchange in waiting:
            exchange.message(value, at, changed_at)

    def _read(self, payload: bytes | bytearray, *, binary: bool) -> object:
        if len(payload) > self._limit_bytes:
            raise Unreadable(f"{len(payload)} bytes, more than {self._limit_bytes}")
        return parse(payload, binary=binary)

    def _dropped(self, topic: str, why: str) -> None:
        self.unreadable += 1
        # A device that sends only nonsense fills no log: each report stands for twice as many.
        if self.unreadable & (self.unreadable - 1) == 0:
            _log.warning("message dropped", link=self._link, topic=topic, reason=why, dropped=self.unreadable)
