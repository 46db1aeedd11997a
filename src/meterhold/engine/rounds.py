"""Which held meter is looked at next on which link: everybody has a place of its own in the interval."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_PLACES = 2**64
_SOME = 64


def next_place(meter_id: str, now: datetime, every_s: float) -> datetime:
    """The next moment of a meter: its name gives its place in the interval, the same after each start."""
    own = int.from_bytes(blake2b(meter_id.encode(), digest_size=8).digest())
    own_s = own / _PLACES * every_s
    passed = ((now - _EPOCH).total_seconds() - own_s) // every_s
    return _EPOCH + timedelta(seconds=own_s + (passed + 1) * every_s)


@dataclass(slots=True)
class Rounds:
    """When each held meter is next looked at, by the link that carries it."""

    _due: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    _queues: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)

    def __contains__(self, meter_id: str) -> bool:
        """Whether a meter is watched."""
        return meter_id in self._due

    def names(self) -> Iterable[str]:
        """All meters that are watched."""
        return tuple(self._due)

    def links(self) -> Iterable[str]:
        """All links on which meters are watched."""
        return tuple(self._queues)

    def due_at(self, meter_id: str) -> datetime | None:
        """When a meter is next looked at."""
        known = self._due.get(meter_id)
        return None if known is None else known[0]

    def link_of(self, meter_id: str) -> str | None:
        """On which link a meter is watched, if it is."""
        known = self._due.get(meter_id)
        return None if known is None else known[1]

    def enter(self, meter_id: str, link: str, at: datetime) -> None:
        """Plan a meter's next look; what was planned for it before is forgotten."""
        self._due[meter_id] = (at, link)
        queue = self._queues.setdefault(link, [])
        heapq.heappush(queue, (at, meter_id))
        if len(queue) > 2 * len(self._due) + _SOME:
            # Holds that come and go leave plans behind that nobody waits for.
            self._queues[link] = [(due, one) for one, (due, on) in self._due.items() if on == link]
            heapq.heapify(self._queues[link])

    def hurry(self, meter_id: str, at: datetime) -> str | None:
        """Look at a meter sooner than planned; return its link where it is watched."""
        known = self._due.get(meter_id)
        if known is None:
            return None
        if at < known[0]:
            self.enter(meter_id, known[1], at)
        return known[1]

    def leave(self, meter_id: str) -> None:
        """Watch a meter no more."""
        self._due.pop(meter_id, None)

    def take(self, link: str, now: datetime) -> str | None:
        """Hand out the meter that has been due longest; nothing where none is. ``enter`` plans its next look."""
        queue = self._queues.get(link, [])
        while queue and queue[0][0] <= now:
            at, meter_id = heapq.heappop(queue)
            if self._due.get(meter_id) == (at, link):
                return meter_id
        return None

    def late_s(self, link: str, now: datetime) -> float:
        """By how much the look that has been due longest is late."""
        waiting = [at for at, on in self._due.values() if on == link and at < now]
        return max(((now - at).total_seconds() for at in waiting), default=0.0)
