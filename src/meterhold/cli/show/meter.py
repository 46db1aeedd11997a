"""Meters, live reads and verifications."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from meterhold.cli.console import add_row, pairs, table
from meterhold.cli.show.hold import coloured


def meters_table(meters: Sequence[Mapping[str, Any]]) -> Table:
    """One line a meter: what is intended beside what was observed."""
    made = table("meter", "service", "service point", "profile", "link", "intended", "actual", "proof", "at", "lock")
    for meter in meters:
        actual, intended, lock = (meter.get(name) or {} for name in ("actual", "intended", "lock"))
        add_row(
            made,
            meter["meter_id"],
            meter.get("service"),
            meter.get("service_point"),
            meter.get("profile"),
            meter.get("link"),
            intended.get("state"),
            coloured(actual.get("state")),
            actual.get("proof"),
            actual.get("at"),
            lock.get("owner"),
        )
    return made


def readout_view(readout: Mapping[str, Any]) -> RenderableType:
    """A live read: what the meter shows now, beside what the gateway intends and whether somebody locked it."""
    meter, seen = readout["meter"], readout["observation"]
    intended, lock = meter.get("intended") or {}, meter.get("lock") or {}
    view: list[RenderableType] = [
        pairs(
            [
                ("meter", meter["meter_id"]),
                ("actual", coloured(readout["actual"])),
                ("proof", readout["proof"]),
                ("intended", intended.get("state")),
                ("for hold", intended.get("hold_id")),
                ("lock", f"{lock['owner']}: {lock['reason']}" if lock else None),
                ("identity", " ".join(str(part) for part in seen["identity"].values() if part)),
                ("evidence", seen["source"]),
                ("interlocks", ", ".join(row["because"] for row in seen["interlocks"])),
                ("read at", seen["at"]),
                ("took", f"{readout['took_s']:.3f} s"),
            ]
        )
    ]
    measured = table("measured", "value", "unit")
    for row in seen["measured"]:
        add_row(measured, row["name"], row["value"], row["unit"])
    return Group(*view, measured)


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


def facts_view(document: Mapping[str, Any]) -> RenderableType:
    """A document's plain facts as pairs, each nested part that says anything under its own name."""
    plain = [(_words(k), v) for k, v in document.items() if not isinstance(v, Mapping | list)]
    parts: list[RenderableType] = [pairs(plain)] if plain else []
    for name, value in document.items():
        if isinstance(value, Mapping):
            known = {key: inner for key, inner in value.items() if inner is not None}
            parts += [_words(name), _indented(facts_view(known))] if known else []
        elif isinstance(value, list) and value:
            parts += [_words(name), _indented(_items(value))]
    return Group(*parts)


def _items(items: Sequence[Any]) -> RenderableType:
    if all(isinstance(item, Mapping) for item in items):
        columns = list(dict.fromkeys(key for item in items for key in item))
        made = table(*(_words(column) for column in columns))
        for item in items:
            add_row(made, *(_cell(item.get(column)) for column in columns))
        return made
    return "\n".join(str(item) for item in items)


def _cell(value: Any) -> object:  # noqa: ANN401 - any JSON value
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{k}={v}" for k, v in value.items() if v is not None)
    return value


def _indented(part: RenderableType) -> RenderableType:
    from rich.padding import Padding

    return Padding(part, (0, 0, 0, 2), expand=False)


def _words(name: str) -> str:
    return name.replace("_", " ")
