"""Check chains: link by link, in any mixture of writers, each writer's in order."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import select

from meterhold.store.chain import Head, Link, start_of
from meterhold.store.schema import reading
from meterhold.store.tables import EVENTS

LINK_COLUMNS = tuple(EVENTS.c[name] for name in ("writer", "n", "hash", "stream", "kind", "at", "body"))


class ChainState(StrEnum):
    """What a check of a chain finds."""

    INTACT = "intact"
    EDITED = "edited"
    """An event is not what was written."""
    MISSING = "missing"
    """An event was taken out, before others."""
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


@dataclass(slots=True)
class _Walk:
    """One writer's chain, as far as it was walked."""

    head: Head
    noted: dict[int, str] = field(default_factory=dict)
    broken: ChainReport | None = None

    def take(self, link: Link, before: str | None) -> None:
        """Take the next link. ``before``: the hash that it says it follows, where links in between may be left out."""
        if self.broken is not None:
            return
        next_one = link.n == self.head.n + 1
        if not next_one and (before is None or link.n <= self.head.n):
            self._break(ChainState.MISSING, self.head.n + 1)
        elif not link.follows(self.head.hash if next_one or before is None else before):
            self._break(ChainState.EDITED, link.n)
        elif self.noted.get(link.n, link.hash) != link.hash:
            self._break(ChainState.REWRITTEN, link.n)
        else:
            self.head = Head(link.writer, link.n, link.hash)

    def report(self, *, whole: bool) -> ChainReport:
        """Say what was found."""
        if self.broken is None and whole and max(self.noted, default=0) > self.head.n:
            self._break(ChainState.TRUNCATED, self.head.n + 1)
        return self.broken or ChainReport(self.head.writer, ChainState.INTACT, self.head.n, self.head.hash)

    def _break(self, state: ChainState, n: int) -> None:
        self.broken = ChainReport(self.head.writer, state, self.head.n, self.head.hash, n)


class ChainCheck:
    """The chains of all writers, walked together."""

    def __init__(self, noted: Iterable[Head] = (), *, whole: bool = True) -> None:
        """``noted`` are heads that were kept elsewhere. Not ``whole``: links may be left out, and the end as well."""
        self._whole = whole
        self._walks: dict[str, _Walk] = {}
        for head in noted:
            self._walk(head.writer).noted[head.n] = head.hash
        self.seen = 0

    def take(self, link: Link, before: str | None = None) -> None:
        """Take the next link of its writer."""
        self.seen += 1
        self._walk(link.writer).take(link, before)

    def reports(self) -> tuple[ChainReport, ...]:
        """Say what was found of each writer, by name."""
        return tuple(walk.report(whole=self._whole) for _, walk in sorted(self._walks.items()))

    def _walk(self, writer: str) -> _Walk:
        walk = self._walks.get(writer)
        if walk is None:
            walk = self._walks[writer] = _Walk(start_of(writer))
        return walk


def verify_chain(url: str, noted: Iterable[Head] = ()) -> tuple[ChainReport, ...]:
    """Check every writer's chain in the store at ``url``. May run while the store is being written.

    ``noted`` are heads that were kept elsewhere: without them a chain cannot show that it was cut off or written anew.
    """
    check = ChainCheck(noted)
    statement = select(*LINK_COLUMNS).order_by(EVENTS.c.writer, EVENTS.c.n).execution_options(yield_per=1000)
    with reading(url) as connection:
        for row in connection.execute(statement):
            check.take(Link(*row))
    return check.reports()
