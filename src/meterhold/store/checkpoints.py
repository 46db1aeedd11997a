"""Checkpoints: where each writer's chain ended, one line a writer, kept in another place than the store.

A chain shows that something in it was edited or left out. That its end was cut off, or that all of it was written
anew, shows only against a head that was noted elsewhere: on another volume, best one that only grows. The lines are a
chain themselves, and the journal keeps how far it went, so that neither can be cut off without the other.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, func, select

from meterhold.domain.errors import MeterholdError
from meterhold.store.chain import Head
from meterhold.store.tables import EVENTS

_TORN = " torn"
"""Ends a line that a crash cut off: the next one begins on a line of its own."""
_PARTS = 6  # time, store, writer, n, hash, link


class CheckpointsUnusable(MeterholdError):
    """The checkpoints cannot be written, or are not those of this store: nothing is noted until a person has looked."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """How far the checkpoints went: what the journal keeps of them."""

    lines: int
    link: str
    """Hash over the last line and all before it."""


@dataclass(frozen=True, slots=True)
class Noted:
    """The checkpoints as they stand in their file."""

    heads: tuple[Head, ...] = ()
    stores: tuple[str, ...] = ()
    """Whose they are, in the order in which they appear; one, if all is well."""
    links: tuple[str, ...] = ()
    broken_at: int | None = None
    """The first line of the file that does not follow from those before it."""
    torn: bool = False
    """The last line was cut off by a crash, and is left out."""

    @property
    def anchor(self) -> Anchor:
        """How far they go."""
        return Anchor(len(self.links), self.links[-1] if self.links else "")

    def holds(self, anchor: Anchor) -> bool:
        """Whether they are those that once went so far."""
        return len(self.links) >= anchor.lines > 0 and self.links[anchor.lines - 1] == anchor.link


def read_heads(connection: Connection) -> tuple[Head, ...]:
    """Read where every writer's chain ends."""
    last = select(EVENTS.c.writer, func.max(EVENTS.c.n).label("n")).group_by(EVENTS.c.writer).subquery()
    ends = select(EVENTS.c.writer, EVENTS.c.n, EVENTS.c.hash).join(
        last, (EVENTS.c.writer == last.c.writer) & (EVENTS.c.n == last.c.n)
    )
    return tuple(Head(row.writer, row.n, row.hash) for row in connection.execute(ends.order_by(EVENTS.c.writer)))


def read_own(file: Path, store: str, anchor: Anchor | None) -> Noted:
    """Read the checkpoints of a store, which went as far as the journal says; a file that is gone is begun anew.

    Raises ``CheckpointsUnusable``.
    """
    try:
        noted = read_noted(file)
    except OSError as error:
        raise CheckpointsUnusable(f"the checkpoints in {file} cannot be read: {error.strerror}") from error
    if noted.broken_at is not None:
        raise CheckpointsUnusable(f"{file}:{noted.broken_at} does not follow from the lines before it")
    if noted.stores not in {(), (store,)}:
        raise CheckpointsUnusable(f"the checkpoints in {file} are those of another store")
    if noted.links and anchor is not None and not noted.holds(anchor):
        raise CheckpointsUnusable(f"{file} ends before line {anchor.lines}, which the journal says was noted")
    return noted


def note_heads(file: Path, noted: Noted, store: str, heads: Iterable[Head], at: datetime) -> Anchor:
    """Append the heads that moved since they were last noted. On disk before this returns.

    Raises ``CheckpointsUnusable``.
    """
    known = {(head.writer, head.n) for head in noted.heads}
    text, anchor = _TORN + "\n" if noted.torn else "", noted.anchor
    for head in heads:
        if (head.writer, head.n) not in known:
            said = f"{at.isoformat()} {store} {head}"
            anchor = Anchor(anchor.lines + 1, _link(anchor.link, said))
            text += f"{said} {anchor.link}\n"
    try:
        _append(file, text)
    except OSError as error:
        raise CheckpointsUnusable(f"the checkpoints cannot be written to {file}: {error.strerror}") from error
    return anchor


def _append(file: Path, text: str) -> None:
    with file.open("a", encoding="utf-8") as noted:
        noted.write(text)
        noted.flush()
        os.fsync(noted.fileno())


def read_noted(file: Path | None) -> Noted:
    """Read all that was noted, up to the first line that does not follow. A line cut off by a crash is left out.

    No file: nothing was noted.
    """
    if file is None or not file.exists():
        return Noted()
    heads: list[Head] = []
    stores: dict[str, None] = {}
    links: list[str] = []
    for number, line in enumerate(
        file.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True), start=1
    ):
        if not line.endswith("\n"):
            return Noted(tuple(heads), tuple(stores), tuple(links), torn=True)
        if line.endswith(f"{_TORN}\n"):
            continue
        parts = line.split()
        said, _, link = line.strip().rpartition(" ")
        if len(parts) != _PARTS or not parts[3].isdigit() or link != _link(links[-1] if links else "", said):
            return Noted(tuple(heads), tuple(stores), tuple(links), broken_at=number)
        heads.append(Head(parts[2], int(parts[3]), parts[4]))
        stores[parts[1]] = None
        links.append(link)
    return Noted(tuple(heads), tuple(stores), tuple(links))


def _link(before: str, said: str) -> str:
    return sha256(f"{before}\n{said}".encode()).hexdigest()
