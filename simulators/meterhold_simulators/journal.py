"""The referee: every write that reached a meter, in order, with what became of it."""

import asyncio
import json
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any

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

    def document(self) -> dict[str, Any]:
        """As the control port and exports show it."""
        return {
            "n": self.n,
            "meter_id": self.meter_id,
            "at_s": self.at_s,
            "at": self.at.isoformat(),
            "wire": self.wire_text,
            "target": self.target,
            "fate": self.fate,
            "applied": self.applied,
        }


@dataclass(frozen=True, slots=True)
class Note:
    """What a scenario did to a meter or listener: the other half of what a referee must know."""

    n: int
    name: str
    at_s: float
    at: datetime
    what: str

    def document(self) -> dict[str, Any]:
        """As exports show it."""
        return {"n": self.n, "name": self.name, "at_s": self.at_s, "at": self.at.isoformat(), "scenario": self.what}


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
        self._notes: deque[Note] = deque(maxlen=limit)
        self.listeners: list[Callable[[str], None]] = []
        """Told each line of the export as it comes."""
        self._waiting: list[tuple[str, int, asyncio.Future[None]]] = []
        self._n = 0
        self.accepted: Counter[str] = Counter()
        self.reads: Counter[str] = Counter()

    def record(self, meter_id: str, at_s: float, at: datetime, wire: bytes | str, target: str, fate: Fate) -> None:
        """Add a write."""
        self._n += 1
        entry = Entry(self._n, meter_id, at_s, at, wire, target, fate)
        self._entries.append(entry)
        if self.listeners:
            self._tell(entry)
        if fate in ACCEPTED:
            self.accepted[meter_id] += 1
            if self._waiting:
                self._wake(meter_id)

    def note(self, name: str, at_s: float, at: datetime, what: str) -> None:
        """Add what a scenario did."""
        self._n += 1
        note = Note(self._n, name, at_s, at, what)
        self._notes.append(note)
        if self.listeners:
            self._tell(note)

    def lines(self, meter_id: str | None = None) -> Iterator[str]:
        """Every attempt to write and everything a scenario did, of one meter or all, as NDJSON in order."""
        notes = (note for note in tuple(self._notes) if meter_id in (None, note.name))
        kept: list[Entry | Note] = [*self.attempts(meter_id), *notes]
        for one in sorted(kept, key=attrgetter("n")):
            yield self._line(one)

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
        self._notes.clear()
        self.accepted.clear()
        self.reads.clear()

    def _line(self, one: "Entry | Note") -> str:
        return json.dumps({"origin": self.origin, **one.document()}) + "\n"

    def _tell(self, one: "Entry | Note") -> None:
        line = self._line(one)
        for listener in self.listeners:
            listener(line)

    def _wake(self, meter_id: str) -> None:
        for waiting in tuple(self._waiting):
            wanted, count, future = waiting
            if wanted == meter_id and self.accepted[meter_id] >= count:
                self._waiting.remove(waiting)
                if not future.done():
                    future.set_result(None)
