"""A full dry run at a meter."""

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from meterhold.cli.console import add_row, pairs, table
from meterhold.cli.show.hold import coloured


def verification_view(found: Mapping[str, Any]) -> RenderableType:
    """A full dry run: who answered, how supply stands, what forbids a movement, and each write byte for byte."""
    seen, identity = found["observation"], found["identity"]
    rows: list[tuple[str, object]] = [
        ("meter", found["meter_id"]),
        ("profile", found["profile"]),
        ("identity", " ".join(str(part) for part in (identity["strength"], identity["value"]) if part)),
        ("expected serial", found["expected_serial"]),
        ("commissioned", found["commissioned"]),
    ]
    if seen is not None:
        rows += [
            ("state", coloured(seen["state"])),
            ("echo of state", coloured(seen["echo_state"])),
            ("load", seen["load"]),
            ("load side voltage", seen["load_side_voltage"]),
            ("supply healthy", seen["supply_healthy"]),
            ("evidence", seen["source"]),
        ]
    locks = table("interlock", "blocks")
    for row in () if seen is None else seen["interlocks"]:
        blocked = [word for word in ("disconnect", "connect") if row[f"blocks_{word}"]]
        add_row(locks, row["because"], ", ".join(blocked) or "nothing, an alarm")
    if not locks.row_count:
        add_row(locks, None, None)
    writes = table("to be", "would be sent, in this order")
    for state, steps in found["would_write"].items():
        add_row(writes, state, "\n".join(steps))
    faults = [f"  {row['field']}: {row['rule']}" for row in found["faults"]]
    verdict = ["not fit to be switched:", *faults] if faults else ["nothing speaks against switching it"]
    # As Text: what a meter sent is never taken for markup.
    told = Text("\n".join([*verdict, "nothing was written"]))
    return Group(pairs(rows), Text(), locks, Text(), writes, Text(), told)
