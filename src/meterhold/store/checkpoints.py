"""Checkpoints: where each writer's chain ended, one line a writer, kept in another place than the store.

A chain shows that something in it was edited or left out. That its end was cut off, or that all of it was written
anew, shows only against a head that was noted elsewhere: on another volume, best one that only grows.
"""

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, select

from meterhold.store.chain import Head
from meterhold.store.errors import DamagedRow
from meterhold.store.tables import EVENTS


def read_heads(connection: Connection) -> tuple[Head, ...]:
    """Read where every writer's chain ends."""
    last = select(EVENTS.c.writer, func.max(EVENTS.c.n).label("n")).group_by(EVENTS.c.writer).subquery()
    ends = select(EVENTS.c.writer, EVENTS.c.n, EVENTS.c.hash).join(
        last, (EVENTS.c.writer == last.c.writer) & (EVENTS.c.n == last.c.n)
    )
    return tuple(Head(row.writer, row.n, row.hash) for row in connection.execute(ends.order_by(EVENTS.c.writer)))


def note_heads(file: Path, heads: Iterable[Head], at: datetime) -> int:
    """Append the heads that moved since they were last noted; return how many. On disk before this returns."""
    known = {(head.writer, head.n) for head in read_noted(file)} if file.exists() else set()
    lines = [f"{at.isoformat()} {h.writer} {h.n} {h.hash}\n" for h in heads if (h.writer, h.n) not in known]
    if lines:
        with file.open("a", encoding="utf-8") as noted:
            noted.writelines(lines)
            noted.flush()
            os.fsync(noted.fileno())
    return len(lines)


def read_noted(file: Path) -> tuple[Head, ...]:
    """Read all heads that were noted. A line cut off by a crash is the last one and is left out."""
    heads = []
    text = file.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        if not line.endswith("\n"):
            break
        parts = line.split()
        if len(parts) != 4 or not parts[2].isdigit():  # noqa: PLR2004  time, writer, n, hash
            raise DamagedRow(f"{file}:{number} is no checkpoint")
        heads.append(Head(parts[1], int(parts[2]), parts[3]))
    return tuple(heads)
