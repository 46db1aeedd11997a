"""What a device last said on a topic whose messages are partial: each is laid over what was said before."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from meterhold.drivers.mqtt.payload import MISSING, leaves
from meterhold.drivers.mqtt.shadow import MOST_LEAVES, same

_NOTHING: Final[Mapping[str, datetime]] = MappingProxyType({})
_DEEPEST: Final = 32
"""Objects nested deeper are replaced whole."""


class MergedShadow:
    """All that partial messages have said together, and for each field when.

    A field is dated as in ``Shadow``, but by the messages that hold it: after a gap, the first one that does dates
    nothing. What was only ever retained has no date at all.
    """

    __slots__ = ("_heard_in", "_leaves", "at", "changed_at", "retained", "supplied_at", "value")

    def __init__(self) -> None:
        """Know nothing."""
        self.value: object = MISSING
        self.at: datetime | None = None
        """When the last message came; None before the first."""
        self.retained = False
        """Whether nothing but retained messages has come yet."""
        self.changed_at: Mapping[str, datetime] = _NOTHING
        self.supplied_at: Mapping[str, datetime] = _NOTHING
        """When a live message last held the field. Replaced, never changed, as ``changed_at``."""
        self._leaves: Mapping[str, object] = {}
        self._heard_in: dict[str, int] = {}
        """In which unbroken reception a field was last heard live."""

    def heard(self, value: object, at: datetime, *, retained: bool, stream: int) -> None:
        """Take a message in. ``stream`` numbers an unbroken reception: within one, no message was missed."""
        if retained and stream in self._heard_in.values():
            # A second subscription repeats what we heard live, or something older.
            return
        merged = value if self.value is MISSING else _laid_over(self.value, value, _DEEPEST)
        now = leaves(merged, MOST_LEAVES)
        if not now:
            # A device that ever names new fields does not grow without end: only its last message is kept.
            merged, now = value, leaves(value, MOST_LEAVES)
        said = leaves(value, MOST_LEAVES).keys() & now.keys()
        live = None if retained else at
        self.changed_at = {**_kept(self.changed_at, now, said), **self._changes(now, said, live, stream)}
        self.supplied_at = {**_kept(self.supplied_at, now, said), **({} if live is None else dict.fromkeys(said, live))}
        heard_in = {pointer: number for pointer, number in self._heard_in.items() if pointer in now}
        self._heard_in = {**heard_in, **({} if retained else dict.fromkeys(said, stream))}
        self._leaves = now
        self.retained = retained and (self.retained or self.at is None)
        self.value, self.at = merged, at

    def missed(self) -> None:
        """Note that a message came that could not be taken in: it may have held any field."""
        self._heard_in.clear()

    def _changes(
        self, now: Mapping[str, object], said: set[str], live: datetime | None, stream: int
    ) -> dict[str, datetime]:
        """The dates of what this message holds."""
        dates: dict[str, datetime] = {}
        for pointer in said:
            old = self._leaves.get(pointer, MISSING)
            if old is MISSING:
                continue
            if same(old, now[pointer]):
                date = self.changed_at.get(pointer)
            else:
                date = live if self._heard_in.get(pointer) == stream else None
            if date is not None:
                dates[pointer] = date
        return dates


def _kept(dates: Mapping[str, datetime], now: Mapping[str, object], said: set[str]) -> dict[str, datetime]:
    """The dates of what a message does not hold and did not remove."""
    return {pointer: date for pointer, date in dates.items() if pointer in now and pointer not in said}


def _laid_over(old: object, new: object, depth: int) -> object:
    if not (isinstance(old, dict) and isinstance(new, dict) and depth):
        return new
    merged = dict(old)
    for key, value in new.items():
        merged[key] = _laid_over(merged[key], value, depth - 1) if key in merged else value
    return merged
