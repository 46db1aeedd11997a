"""The thresholds, and how much of them is used."""

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType

from meterhold.cli.console import add_row, pairs, table


def limits_view(answer: Mapping[str, Any]) -> RenderableType:
    """What counts, where it comes from, and what was asked for and sent within the window."""
    source = "agreed by two persons" if answer["agreed"] else "gateway.yaml"
    rows = [("source", source), *threshold_rows(answer["in_force"]), ("bulk_orders", answer["bulk_orders"])]
    used = table("scope", "asked off", "sent off", "of", "load off kW", "asked on", "of", title="within the window")
    for row in answer["used"]:
        names = ("scope", "asked_off", "sent_off", "most_off", "load_off_kw", "asked_on", "most_on")
        add_row(used, *(row[name] for name in names))
    return Group(pairs(rows), used) if answer["used"] else pairs(rows)


def threshold_rows(limits: Mapping[str, Any]) -> list[tuple[str, object]]:
    """Each threshold by its name."""
    return [(name, f"{value:g}") for name, value in limits.items()]
