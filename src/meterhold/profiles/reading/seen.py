"""One point in one look: its value, and what is known of its age."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from meterhold.profiles.reading import messages, registers
from meterhold.profiles.reading.values import Raw
from meterhold.profiles.wire import Document, MqttAsk, MqttLatest, Reply, Words


class Seen(NamedTuple):
    """A point's value, with its evidence time."""

    raw: Raw
    produced_at: datetime | None
    """The earliest moment at which the device is known to have supplied it."""
    fresh: bool
    """It was supplied for this look, and not from a cache."""

    def changed_for(self, valid_within: timedelta | None, at: datetime, after: datetime | None) -> bool:
        """Whether a cached value is evidence for now: it changed after the write, or lately enough."""
        if self.produced_at is None:
            return False
        if after is not None:
            return self.produced_at > after
        return valid_within is not None and at - self.produced_at <= valid_within

    def reported_for(self, valid_within: timedelta | None, at: datetime, after: datetime | None) -> bool:
        """Whether a reported value is evidence for now: it was said after the write, and lately enough."""
        if self.produced_at is None or (after is not None and self.produced_at <= after):
            return False
        if valid_within is None:
            return after is not None
        return at - self.produced_at <= valid_within


See = Callable[[Reply], Seen | None]
"""Finds a point in the reply that brings it."""


def in_words(take: registers.Take) -> See:
    """Find a point in registers: a read is always fresh."""

    def see(reply: Reply) -> Seen | None:
        if not isinstance(reply, Words):
            return None
        raw = take(reply.values)
        return None if raw is None else Seen(raw, reply.at, True)  # noqa: FBT003 -- by position: this is the hot path

    return see


def in_message(take: messages.Take, key: str, *, cached: bool = False, merged: bool = False) -> See:
    """Find a point in a message.

    A cached field is as old as its last change, a retained message of unknown age. In a merged topic a field is as old
    as the last message that held it.
    """

    def see(reply: Reply) -> Seen | None:
        if not isinstance(reply, Document):
            return None
        raw = take(reply.value)
        if raw is None:
            return None
        if cached:
            return Seen(raw, reply.changed_at.get(key), fresh=False)
        if merged:
            return Seen(raw, reply.supplied_at.get(key), fresh=False)
        asked = isinstance(reply.request, MqttAsk) and not reply.retained
        return Seen(raw, None if reply.retained else reply.at, fresh=asked)

    return see


def in_topic(level: int) -> See:
    """Find a level of the topic on which a message came."""

    def see(reply: Reply) -> Seen | None:
        if not isinstance(reply, Document):
            return None
        request = reply.request
        topic = request.topic if isinstance(request, MqttLatest) else request.reply.topic
        levels = topic.split("/")
        if level >= len(levels) or not levels[level] or reply.retained:
            return None
        return Seen(levels[level], reply.at, fresh=isinstance(request, MqttAsk))

    return see
