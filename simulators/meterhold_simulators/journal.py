"""The referee: every write that reached a meter, in order, with what became of it."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

DEFAULT_LIMIT = 200_000


class Fate(StrEnum):
    """What became of a write."""

    APPLIED = "applied"
    """The mechanism was driven."""
    NOT_APPLIED = "not_applied"
    """Accepted by the meter, which then did nothing."""
    LOST = "lost"
    """Never reached the meter."""
    REFUSED = "refused"
    """Reached the meter and was refused."""


ACCEPTED = frozenset({Fate.APPLIED, Fate.NOT_APPLIED})


@dataclass(frozen=True, slots=True)
class Entry:
    """One write: to whom, when, what was on the wire, what it asked for and what became of it."""

    n: int
    meter_id: str
    at_s: float
    at: datetime
    wire: bytes | str
    target: str
    fate: Fate

    @property
    def wire_text(self) -> str:
        """The wire form as text: hexadecimal for frames, JSON for messages."""
        return self.wire.hex(" ") if isinstance(self.wire, bytes) else self.wire

    @property
    def applied(self) -> bool:
        """Whether the mechanism was driven."""
        return self.fate is Fate.APPLIED


class Origin(StrEnum):
    """What the meters of a journal are made from."""

    DOCUMENTS = "documents"
    """Written from vendors' documents: they can contradict a profile."""
    PROFILE = "profile"
    """Generated from a profile: they agree with it whatever it says, so that nothing here is evidence."""


class Journal:
    """All writes and read counts of a fleet. The oldest entries fall off beyond `limit`; counts never do."""

    def __init__(self, limit: int = DEFAULT_LIMIT, origin: Origin = Origin.DOCUMENTS) -> None:
        self.origin = origin
        self._entries: deque[Entry] = deque(maxlen=limit)
        self._waiting: list[tuple[str, int, asyncio.Future[None]]] = []
        self._n = 0
        self.accepted: Counter[str] = Counter()
        self.reads: Counter[str] = Counter()

    def record(self, meter_id: str, at_s: float, at: datetime, wire: bytes | str, target: str, fate: Fate) -> None:
        """Add a write."""
        self._n += 1
        self._entries.append(Entry(self._n, meter_id, at_s, at, wire, target, fate))
        if fate in ACCEPTED:
            self.accepted[meter_id] += 1
            if self._waiting:
                self._wake(meter_id)

    def writes(self, meter_id: str | None = None) -> list[Entry]:
        """The accepted writes, of one meter or all, oldest first."""
        return [entry for entry in self.attempts(meter_id) if entry.fate in ACCEPTED]

    def attempts(self, meter_id: str | None = None) -> Iterator[Entry]:
        """All writes, the lost and refused ones as well."""
        return (entry for entry in tuple(self._entries) if meter_id in (None, entry.meter_id))

    async def wait_for_writes(self, meter_id: str, count: int = 1) -> list[Entry]:
        """Wait until the meter has accepted this many writes since the last `clear`, and return them."""
        if self.accepted[meter_id] < count:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append((meter_id, count, future))
            await future
        return self.writes(meter_id)

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self.accepted.clear()
        self.reads.clear()

    def _wake(self, meter_id: str) -> None:
        for waiting in tuple(self._waiting):
            wanted, count, future = waiting
            if wanted == meter_id and self.accepted[meter_id] >= count:
                self._waiting.remove(waiting)
                if not future.done():
                    future.set_result(None)
