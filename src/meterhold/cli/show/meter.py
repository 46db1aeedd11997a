"""Meters as a person at the meter needs them: on a desk's screen, and on a phone's that is 60 characters wide."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from meterhold.cli.console import add_row, pairs, table
from meterhold.cli.show.hold import coloured
from meterhold.domain.operation import WATCHES

NARROW = 100
"""Below so many characters a table of meters would be cut into shreds: each meter is shown as lines of its own."""

Row = tuple[str, object]

_UNITS_OF_AGE = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def meters_view(meters: Sequence[Mapping[str, Any]], width: int) -> RenderableType:
    """All meters: what is intended beside what was observed."""
    if width >= NARROW:
        return meters_table(meters)
    return Group(*(part for meter in meters for part in (pairs([*_summary(meter)]), Text())))


def meters_table(meters: Sequence[Mapping[str, Any]]) -> Table:
    """One line a meter."""
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


def _summary(meter: Mapping[str, Any]) -> Iterator[Row]:
    lock = meter.get("lock") or {}
    yield "meter", f"{meter['meter_id']} ({meter.get('service')}, {meter.get('service_point')})"
    yield from _wanted_and_seen(meter)
    if lock:
        yield "LOCKED", f"{lock['owner']}: {lock['reason']}"


def meter_view(meter: Mapping[str, Any]) -> RenderableType:
    """One meter, whole: what is wanted of it, what is known of it, and what lies between the two."""
    register = meter.get("last_register") or {}
    commissioned = meter.get("commissioned") or {}
    rows: list[Row] = [
        *_summary(meter),
        *_between(meter),
        ("holds", ", ".join(meter.get("open_holds") or ())),
        ("identity", meter.get("identity")),
        ("serial", meter.get("serial")),
        ("confirmed", f"by {commissioned['by']} {commissioned['at']}" if commissioned else None),
        ("register", f"{register['value']} {register['unit']} at {register['at']}" if register else None),
        ("place", f"{meter.get('profile')} @ {meter.get('link')}/{meter.get('address')}"),
        ("area", meter.get("area")),
        ("flags", ", ".join(meter.get("flags") or ())),
    ]
    if meter.get("left_off_by"):
        rows.append(("left off by", meter["left_off_by"]))
    return pairs(rows)


def _wanted_and_seen(meter: Mapping[str, Any]) -> Iterator[Row]:
    actual, intended = meter.get("actual") or {}, meter.get("intended") or {}
    hold = f" for {intended['hold_id']}" if intended.get("hold_id") else ""
    yield "intended", f"{intended['state']}{hold}" if intended.get("state") else None
    yield "actual", coloured(actual.get("state"))
    yield "proof", actual.get("proof")
    yield "seen", age(actual.get("age_s"))
    if meter.get("because"):
        yield "because", meter["because"]


def _between(meter: Mapping[str, Any]) -> Iterator[Row]:
    """What is under way, what waits for a person, what is wrong, and what a person stated."""
    for work in meter.get("work") or ():
        until = f", until {work['waits_until']}" if work.get("waits_until") else ""
        why = f": {work['why']}" if work.get("why") else ""
        aim = "only looks whether it is" if work.get("kind") in WATCHES else "to"
        yield "at work", f"{work['hold_id']} {aim} {work['target']}, {work['state']}{why}{until}"
    for item in meter.get("attention") or ():
        yield "ATTENTION", f"{item['code']} ({item['hold_id']} item {item['n']}, {item['who']}): {item['detail']}"
    for alarm in meter.get("alarms") or ():
        yield "ALARM", f"{alarm['code']} since {alarm['raised_at']}: {alarm['detail']}"
    stated = meter.get("witnessed")
    if stated:
        seal = f", seal {stated['seal']}" if stated.get("seal") else ""
        yield "stated", f"{stated['state']} by {stated['by']} {stated['at']}: {stated['statement']}{seal}"


def readout_view(readout: Mapping[str, Any]) -> RenderableType:
    """A live read: what the meter shows now, beside what the gateway intends and whether somebody locked it."""
    meter, seen = readout["meter"], readout["observation"]
    intended, lock = meter.get("intended") or {}, meter.get("lock") or {}
    stranger = readout.get("stranger")
    rows: list[Row] = [
        ("meter", meter["meter_id"]),
        ("actual", coloured(readout["actual"])),
        ("proof", readout["proof"]),
    ]
    if stranger:
        rows.append(("NOT THIS ONE", f"{stranger['because']}: {stranger['detail']}"))
    rows += [
        ("intended", intended.get("state")),
        ("for hold", intended.get("hold_id")),
        ("because", meter.get("because")),
        ("lock", f"{lock['owner']}: {lock['reason']}" if lock else None),
        *_between(meter),
        ("identity", " ".join(str(part) for part in seen["identity"].values() if part)),
        ("evidence", seen["source"]),
        ("interlocks", ", ".join(row["because"] for row in seen["interlocks"])),
        ("read at", seen["at"]),
        ("took", f"{readout['took_s']:.3f} s"),
    ]
    if not readout.get("recorded", True) and not stranger:
        rows.append(("not kept", "the store cannot be written now"))
    measured = table("measured", "value", "unit")
    for row in seen["measured"]:
        add_row(measured, row["name"], row["value"], row["unit"])
    parts: list[RenderableType] = [pairs(rows), measured]
    unread = readout.get("unread") or ()
    if unread:
        missing = table("not read", "why")
        for one in unread:
            add_row(missing, one["point"], f"{one['because']}: {one['detail']}")
        parts.append(missing)
    return Group(*parts)


def lock_view(answer: Mapping[str, Any]) -> RenderableType:
    """Whether hands may go in, before anything else."""
    lock = answer.get("lock") or {}
    held = answer["status"] == "held"
    rows: list[Row] = [
        ("meter", answer["meter_id"]),
        ("lock", Text(answer["status"], style="green" if held else "red")),
        ("owner", f"{lock['owner']}: {lock['reason']}" if lock else None),
        ("review at", lock.get("review_at")),
    ]
    for wait in answer.get("waits") or ():
        until = f"; it cannot arrive after {wait['until']}" if wait.get("until") else ""
        rows.append(("KEEP OUT", f"{wait['why']} ({wait['hold_id']}, to {wait['target']}){until}"))
        rows.append(("next look", wait["next_look_at"]))
    rows += [("CAUTION", caution) for caution in answer.get("cautions") or ()]
    return pairs(rows)


def age(seconds: float | None) -> str:
    """How long ago, in the largest unit that fits."""
    if seconds is None:
        return "never"
    for size, unit in _UNITS_OF_AGE:
        if seconds >= size:
            n = int(seconds // size)
            return f"{n} {unit}{'' if n == 1 else 's'} ago"
    return "just now"
