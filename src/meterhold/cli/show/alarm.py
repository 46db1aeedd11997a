"""Alarms and their evidence."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.table import Table

from meterhold.cli.console import add_row, pairs, table


def alarms_table(alarms: Sequence[Mapping[str, Any]], title: str | None = None) -> Table:
    """One line an alarm."""
    made = table("alarm", "code", "meter", "hold", "since", "what", "acknowledged by", title=title)
    for alarm in alarms:
        add_row(
            made,
            alarm["alarm_id"],
            alarm["code"],
            alarm["meter_id"],
            alarm["hold_id"],
            alarm["raised_at"],
            alarm["detail"],
            alarm["acknowledged_by"],
        )
    return made


def alarm_view(alarm: Mapping[str, Any]) -> RenderableType:
    """One alarm: what it is, then what it rests on, then who knows."""
    names = ("alarm_id", "code", "detail", "meter_id", "hold_id", "subject", "raised_at")
    known = ("acknowledged_by", "acknowledged_at", "comment")
    rows = [(name, alarm.get(name)) for name in names]
    rows += [(f"  {name}", value) for name, value in alarm["evidence"].items()]
    return pairs([(name, value) for name, value in (*rows, *((name, alarm.get(name)) for name in known)) if value])
