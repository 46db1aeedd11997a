"""One point in one look: its value, and what is known of its age."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from meterhold.profiles.reading import messages, registers
from meterhold.profiles.reading.values import Raw
from meterhold.profiles.wire import Document, MqttAsk, Reply, Words


class Seen(NamedTuple):
    """A point's value, with its evidence time."""

    raw: Raw
    produced_at: datetime | None
    """The earliest moment at which the device is known to have supplied it."""
    fresh: bool
    """It was supplied for this look, and not from a cache."""

    def is_recent(self, valid_within: timedelta | None, at: datetime, after: datetime | None) -> bool:
        """Whether it is evidence for now: supplied for this look, or known to have changed lately enough."""
        if self.fresh:
            return True
        if self.produced_at is None or valid_within is None:
            return False
        return self.produced_at > after if after is not None else at - self.produced_at <= valid_within


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


def in_message(take: messages.Take, pointer: str, *, cached: bool) -> See:
    """Find a point in a message: a cached field is as old as its last change, a retained message of unknown age."""

    def see(reply: Reply) -> Seen | None:
        if not isinstance(reply, Document):
            return None
        raw = take(reply.value)
        if raw is None:
            return None
        if cached:
            return Seen(raw, reply.changed_at.get(pointer), fresh=False)
        asked = isinstance(reply.request, MqttAsk) and not reply.retained
        return Seen(raw, None if reply.retained else reply.at, fresh=asked)

    return see
