"""Commands that somebody left at the broker: it hands a retained one to the device at each of its reconnects.

They are looked for by listening to the devices' command topics for a moment, again and again. Not for longer: a v5
broker tells that nobody listens to a command, and we must not be that somebody.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING, Final

from meterhold.drivers.mqtt.loop import CannotConnect, PahoConnection

if TYPE_CHECKING:
    from meterhold.usecases.ports import Clock

_TOPICS_IN_PACKET: Final = 200
_ANSWER_WITHIN_S: Final = 5.0
_LISTEN_S: Final = 0.5
_ROUND_S: Final = 60.0


class LeftCommands:
    """Looks for retained messages on command topics, and tells of each once, until it is gone."""

    __slots__ = ("_clock", "_every_s", "_found", "_listening", "_tell", "_told", "_topics")

    def __init__(self, clock: "Clock", every_s: float, tell: Callable[[str], None]) -> None:
        """Look for nothing yet."""
        self._clock = clock
        self._every_s = every_s
        self._tell = tell
        self._topics: dict[str, None] = {}
        self._listening: frozenset[str] = frozenset()
        self._found: set[str] = set()
        self._told: set[str] = set()

    def watch(self, topics: Iterable[str]) -> None:
        """Look at these topics from now on."""
        self._topics.update(dict.fromkeys(topics))

    def heard(self, topic: str, *, retained: bool) -> bool:
        """Take note of a message; return whether it came only because we looked."""
        if topic not in self._listening:
            return False
        if retained:
            self._found.add(topic)
        return True

    async def look_until(self, lost: asyncio.Event, connection: PahoConnection, spare: Callable[[str], bool]) -> None:
        """Look on a connection until it is lost; not at topics to be spared: they are heard for another reason."""
        looked_at: dict[str, float] = {}
        while not lost.is_set():
            now = self._clock.monotonic()
            due = [t for t in self._topics if now - looked_at.get(t, -inf) >= self._every_s and not spare(t)]
            for start in range(0, len(due), _TOPICS_IN_PACKET):
                batch = due[start : start + _TOPICS_IN_PACKET]
                await self._look(connection, batch, lost)
                looked_at.update(dict.fromkeys(batch, now))
                if lost.is_set():
                    return
            await _within(lost, min(_ROUND_S, self._every_s))

    async def _look(self, connection: PahoConnection, topics: Sequence[str], lost: asyncio.Event) -> None:
        self._listening = frozenset(topics)
        self._found.clear()
        try:
            answer = connection.subscribe(topics, qos=0)
            with suppress(CannotConnect, TimeoutError):
                await asyncio.wait_for(answer, _ANSWER_WITHIN_S)
            await _within(lost, _LISTEN_S)
            connection.unsubscribe(topics)
            if not lost.is_set():
                self._report(topics)
        finally:
            self._listening = frozenset()

    def _report(self, topics: Sequence[str]) -> None:
        new = [topic for topic in topics if topic in self._found and topic not in self._told]
        self._told.difference_update(topics)
        self._told.update(self._found)
        for topic in new:
            asyncio.get_running_loop().call_soon(self._tell, topic)


async def _within(event: asyncio.Event, within_s: float) -> None:
    """Wait for an event, but no longer."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            await event.wait()
