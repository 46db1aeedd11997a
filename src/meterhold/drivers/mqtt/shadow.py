"""What a device last said on a topic, and since when each field is known to be so."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from meterhold.drivers.mqtt.payload import MISSING, leaves

MOST_LEAVES: Final = 512
"""A document with more fields is no meter's state; when its fields changed is not followed."""
_NOTHING: Final[Mapping[str, datetime]] = MappingProxyType({})


class Shadow:
    """The last document of a topic.

    ``changed_at`` must never make an old value look fresh. A bridge repeats cached fields in every message, so a field
    is dated only by a live message that brings another value than the live message before it, with no message missed in
    between. After a gap (a lost connection, an unreadable message) a field that differs may have changed within the
    gap: it loses its date. A retained message is no live message: it may be years old.
    """

    __slots__ = ("_leaves", "_stream", "at", "changed_at", "retained", "supplied_at", "value")

    def __init__(self) -> None:
        """Know nothing."""
        self.value: object = MISSING
        self.at: datetime | None = None
        """When the last message came; None before the first."""
        self.retained = False
        self.supplied_at: Mapping[str, datetime] = _NOTHING
        """Of merged topics only."""
        self.changed_at: Mapping[str, datetime] = _NOTHING
        """Replaced, never changed: a document that was handed out keeps its own."""
        self._leaves: dict[str, object] = {}
        self._stream: int | None = None

    def heard(self, value: object, at: datetime, *, retained: bool, stream: int) -> None:
        """Take a message in. ``stream`` numbers an unbroken reception: within one, no message was missed."""
        unbroken = self._stream == stream
        if retained and unbroken:
            # A second subscription repeats what we heard live, or something older.
            return
        now = leaves(value, MOST_LEAVES)
        before = self._leaves
        if now != before or _confuses(now, before):
            self.changed_at = self._dated(now, before, at if unbroken else None)
        self._leaves = now
        self.value, self.at, self.retained = value, at, retained
        self._stream = None if retained else stream

    def missed(self) -> None:
        """Note that a message came that could not be taken in."""
        self._stream = None

    def _dated(
        self, now: Mapping[str, object], before: Mapping[str, object], changed: datetime | None
    ) -> Mapping[str, datetime]:
        dates: dict[str, datetime] = {}
        for pointer, leaf in now.items():
            old = before.get(pointer, MISSING)
            if old is MISSING:
                continue
            date = self.changed_at.get(pointer) if same(old, leaf) else changed
            if date is not None:
                dates[pointer] = date
        return dates


def same(old: object, new: object) -> bool:
    """Whether two values are the same to a device; Python takes True for 1."""
    return old == new and isinstance(old, bool) == isinstance(new, bool)


def _confuses(now: Mapping[str, object], before: Mapping[str, object]) -> bool:
    return any(isinstance(leaf, bool) != isinstance(before[pointer], bool) for pointer, leaf in now.items())
