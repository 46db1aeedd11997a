"""The journal as NDJSON that can be checked far from the store: each line carries the text that is hashed.

The first line says of which store it is and what was left out; each other line is one event, in the order of commit:
``hash`` is the SHA-256 of ``before``, ``writer``, ``n``, ``at``, ``kind``, ``stream`` and ``body``, one a line.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from meterhold.store.auditing import FOUNDED, NOTED, AuditReport, anchor_in, judge, read_identity
from meterhold.store.chain import Head, Link, start_of
from meterhold.store.checking import LINK_COLUMNS, ChainCheck, ChainReport
from meterhold.store.checkpoints import Anchor, read_noted
from meterhold.store.codec import micros_or_none
from meterhold.store.errors import DamagedRow
from meterhold.store.schema import reading
from meterhold.store.tables import EVENTS

FORMAT = 1
_FIELDS: Mapping[str, type[str | int]] = {
    "writer": str,
    "n": int,
    "hash": str,
    "stream": str,
    "kind": str,
    "at": int,
    "body": str,
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events are exported; without limits, all."""

    since: datetime | None = None
    until: datetime | None = None
    """Before this moment."""
    stream: str | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing is left out."""
        return self == Selection()

    def holds(self, link: Link) -> bool:
        """Whether an event is among them."""
        since, until = micros_or_none(self.since), micros_or_none(self.until)
        return (
            (since is None or link.at >= since)
            and (until is None or link.at < until)
            and self.stream in {None, link.stream}
        )


def export_events(url: str, selection: Selection) -> Iterator[str]:
    """Write the store at ``url`` as lines. May run while the store is being written."""
    before: dict[str, str] = {}
    statement = select(EVENTS.c.seq, *LINK_COLUMNS).order_by(EVENTS.c.seq).execution_options(yield_per=1000)
    with reading(url) as connection:
        yield _line(
            export=FORMAT,
            store=read_identity(connection),
            whole=selection.whole,
            since=selection.since and selection.since.isoformat(),
            until=selection.until and selection.until.isoformat(),
            stream=selection.stream,
        )
        for seq, *columns in connection.execute(statement):
            link = Link(*columns)
            if selection.holds(link):
                of_link = {name: getattr(link, name) for name in _FIELDS}
                yield _line(seq=seq, before=before.get(link.writer) or start_of(link.writer).hash, **of_link)
            before[link.writer] = link.hash


def audit_export(lines: Iterable[str], checkpoints: Path | None) -> AuditReport:
    """Check an export by itself, and against checkpoints; raises ``DamagedRow`` where it is no export.

    Of a part only its lines can be checked, not that none between them is gone.
    """
    numbered = enumerate(lines, start=1)
    _, head = next(numbered, (1, ""))
    header = _read(head, 1)
    if header.get("export") != FORMAT:
        raise DamagedRow("line 1 is not the first line of an export")
    whole = header.get("whole") is True
    read = _Export()
    links = [read.take(text, number) for number, text in numbered]

    def verify(heads: Iterable[Head]) -> tuple[ChainReport, ...]:
        check = ChainCheck(heads, whole=whole)
        for link, before in links:
            check.take(link, None if whole else before)
        return check.reports()

    store = read.store if whole else read.store or _text_or_none(header.get("store"))
    return judge(store, read.anchor, read_noted(checkpoints), verify)


class _Export:
    """What the lines of an export say of their store."""

    def __init__(self) -> None:
        self.store: str | None = None
        self.anchor: Anchor | None = None

    def take(self, text: str, number: int) -> tuple[Link, str]:
        row = _read(text, number)
        try:
            link = Link(
                *(kind(row[name]) for name, kind in zip(_FIELDS, (str, int, str, str, str, int, str), strict=True))
            )
            before = str(row["before"])
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedRow(f"line {number} is no event of an export") from error
        if link.kind == FOUNDED and self.store is None:
            self.store = link.hash
        elif link.kind == NOTED:
            self.anchor = anchor_in(link.body) or self.anchor
        return link, before


def _read(text: str, number: int) -> dict[str, Any]:
    try:
        row = json.loads(text)
    except ValueError as error:
        raise DamagedRow(f"line {number} is no JSON") from error
    if not isinstance(row, dict):
        raise DamagedRow(f"line {number} is no JSON object")
    return row


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _line(**fields: Any) -> str:  # noqa: ANN401 - whatever JSON takes
    return json.dumps(fields, separators=(",", ":"), ensure_ascii=False)
