"""The gateway's journal as another program reads it: SQL and JSON, nothing of the gateway's own code."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Happened:
    """One event."""

    seq: int
    kind: str
    body: dict[str, Any]

    @property
    def at(self) -> datetime:
        """When, by the gateway's clock."""
        return moment(self.body["at"])


def moment(text: str) -> datetime:
    """A time as the journal writes it."""
    return datetime.fromisoformat(text)


def last_seq(store: Path) -> int:
    """How far the journal is committed now."""
    with closing(_open(store)) as connection:
        (last,) = connection.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()
        return int(last)


def read_events(store: Path) -> list[Happened]:
    """Everything that is committed, in order."""
    with closing(_open(store)) as connection:
        return list(_events(connection))


def _events(connection: sqlite3.Connection) -> Iterator[Happened]:
    for seq, kind, body in connection.execute("SELECT seq, kind, body FROM events ORDER BY seq"):
        yield Happened(seq, kind, json.loads(body))


def _open(store: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{store}?mode=ro", uri=True)
