"""An event as every face shows it: its number, its time, its kind and what it carries."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from meterhold.documents.render import plain
from meterhold.domain.events import Event


@dataclass(frozen=True, slots=True)
class EventView:
    """Something that happened."""

    seq: int
    at: datetime
    kind: str
    data: dict[str, Any]


def view_event(seq: int, at: datetime, event: Event) -> EventView:
    """Show an event."""
    carried = {field.name: plain(getattr(event, field.name)) for field in fields(event) if field.name != "at"}
    return EventView(seq, at, type(event).__name__, carried)
