"""What trying a profile found, for people."""

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from meterhold.cli.console import add_row, pairs, table


def tried_view(found: Mapping[str, Any]) -> RenderableType:
    """Who answered and how supply stands, every point beside what came over the wire, and last what is doubtful."""
    identity = found["identity"]
    summary = pairs(
        [
            ("profile", f"{found['profile']} version {found['version']}"),
            ("link", found["link"]),
            ("unit id or address", found["address"]),
            ("identity", " ".join(str(part) for part in (identity["strength"], identity["value"]) if part)),
            ("state", found["state"]),
            ("echo of state", found["echo_state"]),
            ("load", found["load"]),
            ("supply healthy", found["supply_healthy"]),
            ("evidence", found["evidence"]),
            ("interlocks", ", ".join(found["interlocks"])),
            ("written", found["written"]),
        ]
    )
    asked = table("asked", "answer")
    for row in found["asked"]:
        add_row(asked, row["question"], row["answer"] if row["failure"] is None else f"none: {row['failure']}")
    points = table("point", "words", "raw", "value", "unit", "doubt")
    for row in found["points"]:
        add_row(points, row["name"], " ".join(row["words"]), row["raw"], row["value"], row["unit"], row["doubt"])
    parts: list[RenderableType] = [summary, Text(), asked, Text(), points, Text()]
    if found["doubts"]:
        parts += [Text("look at these:", style="bold"), *(Text(f"  {doubt}") for doubt in found["doubts"])]
    else:
        parts.append(Text("nothing doubtful: compare each value with the meter's own display"))
    return Group(*parts)
