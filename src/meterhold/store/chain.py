"""The chain: each process links its events by hash over the stored text, so that an edit or a gap shows.

A chain alone cannot show that its end was cut off, or that all of it was replaced: for that its head must be kept
elsewhere.
"""

from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, select

from meterhold.domain.events import Event, stream_of
from meterhold.store.codec import KIND_OF, encode, micros
from meterhold.store.tables import EVENTS


@dataclass(frozen=True, slots=True)
class Link:
    """One event as it is stored."""

    writer: str
    n: int
    hash: str
    stream: str
    kind: str
    at: int
    body: str

    def follows(self, before: str) -> bool:
        """Whether this is what was written after the link of that hash."""
        return self.hash == _hash(before, self.writer, self.n, self.at, self.kind, self.stream, self.body)


@dataclass(frozen=True, slots=True)
class Head:
    """Where a writer's chain ends."""

    writer: str
    n: int
    hash: str

    def __str__(self) -> str:
        return f"{self.writer} {self.n} {self.hash}"

    def extend(self, event: Event) -> Link:
        """Make the next link."""
        n, kind, at, stream, body = self.n + 1, KIND_OF[type(event)], micros(event.at), stream_of(event), encode(event)
        return Link(self.writer, n, _hash(self.hash, self.writer, n, at, kind, stream, body), stream, kind, at, body)


def start_of(writer: str) -> Head:
    """Where a writer's chain begins."""
    return Head(writer, 0, sha256(writer.encode()).hexdigest())


def read_head(connection: Connection, writer: str) -> Head:
    """Read where a writer's chain ends in the store."""
    last = connection.execute(
        select(EVENTS.c.n, EVENTS.c.hash).where(EVENTS.c.writer == writer).order_by(EVENTS.c.n.desc()).limit(1)
    ).first()
    return start_of(writer) if last is None else Head(writer, last.n, last.hash)


def _hash(before: str, writer: str, n: int, at: int, kind: str, stream: str, body: str) -> str:
    # Only a stream's name may hold a line break, so no two events have the same text.
    return sha256(f"{before}\n{writer}\n{n}\n{at}\n{kind}\n{stream}\n{body}".encode()).hexdigest()
