"""The chain: each process links its events by hash over the stored text, so that an edit or a gap shows.

A chain alone cannot show that its end was cut off, or that all of it was replaced: for that its head must be kept
elsewhere.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Connection, select

from meterhold.domain.events import Event, stream_of
from meterhold.store.codec import KIND_OF, encode, micros
from meterhold.store.schema import reading
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


@dataclass(frozen=True, slots=True)
class Head:
    """Where a writer's chain ends."""

    writer: str
    n: int
    hash: str

    def extend(self, event: Event) -> Link:
        """Make the next link."""
        n, kind, at, stream, body = self.n + 1, KIND_OF[type(event)], micros(event.at), stream_of(event), encode(event)
        return Link(self.writer, n, _hash(self.hash, self.writer, n, at, kind, stream, body), stream, kind, at, body)


class ChainState(StrEnum):
    """What a check of a chain finds."""

    INTACT = "intact"
    EDITED = "edited"
    MISSING = "missing"
    TRUNCATED = "truncated"
    """It is sound, and ends before a head that was noted elsewhere."""
    REWRITTEN = "rewritten"
    """It is sound in itself, and is not the chain whose head was noted elsewhere."""


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What the check of one writer's chain found: up to where it is sound, and what is wrong after that."""

    writer: str
    state: ChainState
    sound: int
    """How many events from the first on are proven."""
    head: str
    """Hash of the last of those."""
    broken_at: int | None = None
    """Number of the first event that is edited or missing."""


def start_of(writer: str) -> Head:
    """Where a writer's chain begins."""
    return Head(writer, 0, sha256(writer.encode()).hexdigest())


def read_head(connection: Connection, writer: str) -> Head:
    """Read where a writer's chain ends in the store."""
    last = connection.execute(
        select(EVENTS.c.n, EVENTS.c.hash).where(EVENTS.c.writer == writer).order_by(EVENTS.c.n.desc()).limit(1)
    ).first()
    return start_of(writer) if last is None else Head(writer, last.n, last.hash)


def verify_chain(url: str, noted: Iterable[Head] = ()) -> tuple[ChainReport, ...]:
    """Check every writer's chain in the store at ``url``. May run while the store is being written.

    ``noted`` are heads that were kept elsewhere: without them a chain cannot show that it was cut off or written anew.
    """
    elsewhere: dict[str, dict[int, str]] = {}
    for head in noted:
        elsewhere.setdefault(head.writer, {})[head.n] = head.hash
    columns = (EVENTS.c[name] for name in ("writer", "n", "hash", "stream", "kind", "at", "body"))
    statement = select(*columns).order_by(EVENTS.c.writer, EVENTS.c.n).execution_options(yield_per=1000)
    with reading(url) as connection:
        rows = (Link(*row) for row in connection.execute(statement))
        found = [
            _check(writer, links, elsewhere.pop(writer, {})) for writer, links in groupby(rows, attrgetter("writer"))
        ]
    gone = (ChainReport(writer, ChainState.TRUNCATED, 0, start_of(writer).hash, 1) for writer in elsewhere)
    return (*found, *gone)


def _check(writer: str, links: Iterable[Link], noted: Mapping[int, str]) -> ChainReport:
    head = start_of(writer)
    for link in links:
        if link.n != head.n + 1:
            return ChainReport(writer, ChainState.MISSING, head.n, head.hash, head.n + 1)
        if link.hash != _hash(head.hash, writer, link.n, link.at, link.kind, link.stream, link.body):
            return ChainReport(writer, ChainState.EDITED, head.n, head.hash, link.n)
        if noted.get(link.n, link.hash) != link.hash:
            return ChainReport(writer, ChainState.REWRITTEN, head.n, head.hash, link.n)
        head = Head(writer, link.n, link.hash)
    if noted and max(noted) > head.n:
        return ChainReport(writer, ChainState.TRUNCATED, head.n, head.hash, head.n + 1)
    return ChainReport(writer, ChainState.INTACT, head.n, head.hash)


def _hash(before: str, writer: str, n: int, at: int, kind: str, stream: str, body: str) -> str:
    # Only a stream's name may hold a line break, so no two events have the same text.
    return sha256(f"{before}\n{writer}\n{n}\n{at}\n{kind}\n{stream}\n{body}".encode()).hexdigest()
