"""Rules, forecasts and moratoria, for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from meterhold.cli.console import add_row, pairs, table

_COMES_TO = {
    "allow": "permitted",
    "warn": "permitted, with a warning",
    "defer": "deferred",
    "needs_approval": "a second person must agree",
    "refuse": "refused",
}


def explanation_view(answer: Mapping[str, Any]) -> RenderableType:
    """What it comes to, when it is next permitted, and how each rule stands to it."""
    asked = answer["asked"]
    summary = pairs(
        [
            ("meter", asked["meter"]),
            ("asked", f"{asked['action']} for {asked['reason']}, {asked['mode']}, at {asked['at']}"),
            ("it is", _COMES_TO[answer["effect"]]),
            ("next permitted", answer["next_permitted_at"] or "waiting does not help"),
            ("policy", answer["version"]),
        ]
    )
    made = table("rule", "bites", "because", "source")
    for stand in sorted(answer["rules"], key=lambda stand: not stand["bites"]):
        bites = stand["effect"] if stand["bites"] else "no"
        add_row(made, stand["rule"], bites, stand["sentence"], stand["source"])
    return Group(summary, Text(), made)


def moratoria_table(moratoria: Sequence[Mapping[str, Any]]) -> Table:
    """Moratoria."""
    made = table("id", "areas", "from", "until", "reason", "by")
    for one in moratoria:
        areas = ", ".join(one["areas"]) or "everywhere"
        add_row(made, one["moratorium_id"], areas, one["from_at"], one["until_at"], one["reason"], one["by"])
    return made


def forecasts_table(forecasts: Sequence[Mapping[str, Any]]) -> Table:
    """Forecasts, by their coldest and warmest hour."""
    made = table("area", "issued", "until", "coldest", "warmest", "source")
    for one in forecasts:
        degrees = sorted(float(hour["temperature_c"]) for hour in one["hours"])
        coldest, warmest = f"{degrees[0]:g} C", f"{degrees[-1]:g} C"
        add_row(made, one["area"], one["issued_at"], one["hours"][-1]["at"], coldest, warmest, one["source"])
    return made


def taken_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """What became of each area's forecast."""
    made = table("area", "result", "newest")
    for one in rows:
        add_row(made, one["area"], "taken" if one["taken"] else "older than what is known", one["issued_at"])
    return made
