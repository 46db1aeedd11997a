"""Holds, their legs and what happened to them."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from meterhold.cli.console import add_row, pairs, table
from meterhold.cli.show.alarm import alarms_table
from meterhold.cli.show.order import verdicts_table

STYLES = {
    "connected": "green",
    "restored": "green",
    "disconnected": "yellow",
    "suspended": "yellow",
    "monitoring": "yellow",
    "armed": "yellow",
    "moving": "cyan",
    "suspending": "cyan",
    "restoring": "cyan",
    "fault": "red",
    "unknown": "red",
    "expired": "red",
    "rejected": "red",
}


def coloured(word: object) -> Text | None:
    """A state in its colour; the word itself always stands there."""
    return None if word in (None, "") else Text(str(word), style=STYLES.get(str(word), ""))


def holds_table(holds: Sequence[Mapping[str, Any]]) -> Table:
    """One line a hold."""
    made = table("hold", "status", "proof", "reason", "service point", "starts", "ends", "attention")
    for hold in holds:
        waiting = [str(item.get("code")) for item in hold.get("attention") or ()]
        add_row(
            made,
            hold["hold_id"],
            coloured(hold["status"]),
            hold.get("proof"),
            hold.get("reason"),
            hold.get("service_point"),
            hold.get("starts_at"),
            hold.get("ends_at"),
            ", ".join(waiting),
        )
    return made


def hold_view(hold: Mapping[str, Any]) -> RenderableType:
    """One hold, whole."""
    view: list[RenderableType] = [
        pairs(
            [
                ("hold", hold["hold_id"]),
                ("order", hold.get("order_id")),
                ("status", coloured(hold["status"])),
                ("proof", hold.get("proof")),
                ("reason", hold.get("reason")),
                ("starts", hold.get("starts_at")),
                ("ends", hold.get("ends_at")),
                ("deferred until", hold.get("deferred_until")),
                ("chargeable from", hold.get("chargeable_from")),
                ("wrongful", hold.get("wrongful")),
            ]
        ),
        legs_table(hold.get("legs") or ()),
    ]
    people = at_the_meters(hold.get("legs") or ())
    if people is not None:
        view.append(people)
    registers = [(leg["meter_id"], row) for leg in hold.get("legs") or () for row in leg.get("registers") or ()]
    if registers:
        view.append(_registers_table(registers))
    if hold.get("verdicts"):
        view.append(verdicts_table(hold["verdicts"]))
    if hold.get("attention"):
        view.append(attention_table(hold["attention"]))
    if hold.get("alarms"):
        view.append(alarms_table(hold["alarms"], title="alarms"))
    return Group(*view)


def legs_table(legs: Sequence[Mapping[str, Any]]) -> Table:
    """One line a leg: what is wanted beside what was observed."""
    made = table("meter", "service", "mode", "intended", "actual", "proof", "outcome", "because", title="legs")
    for leg in legs:
        add_row(
            made,
            leg["meter_id"],
            leg.get("service"),
            leg.get("mode"),
            leg.get("intended"),
            coloured(leg.get("actual")),
            leg.get("proof"),
            leg.get("outcome"),
            _because(leg),
        )
    return made


def _because(leg: Mapping[str, Any]) -> str | None:
    """Why a leg is not where it is wanted, and until when that may last."""
    if leg.get("handed_to"):
        return f"left off for hold {leg['handed_to']}"
    because = leg.get("because") or leg.get("held_by")
    if because == "HELD_BY":
        return f"held by hold {leg['held_by']}"
    return f"{because} until {leg['waits_until']}" if because and leg.get("waits_until") else because


def at_the_meters(legs: Sequence[Mapping[str, Any]]) -> Table | None:
    """Who locked a meter, what people there stated, and which meters they replaced."""
    made = table("meter", "who", "since", "what", title="at the meters")
    for leg in legs:
        lock = leg.get("lock")
        if lock:
            add_row(made, leg["meter_id"], lock["owner"], lock["since"], f"LOCKED: {lock['reason']}")
        for one in leg.get("witnessed") or ():
            seal = f", seal {one['seal']}" if one.get("seal") else ""
            add_row(made, leg["meter_id"], one["by"], one["at"], f"saw {one['state']}: {one['statement']}{seal}")
        for one in leg.get("exchanges") or ():
            add_row(made, leg["meter_id"], one["by"], one["at"], _exchanged(one))
    return made if made.row_count else None


def _exchanged(exchange: Mapping[str, Any]) -> str:
    """Which meter went and which came, with what each showed."""

    def shown(serial: str, registers: str) -> str:
        read = ", ".join(f"{one['name']} {one['value']}" for one in exchange.get(registers) or ())
        return f"{exchange.get(serial) or 'a meter'}{f' ({read})' if read else ''}"

    return f"exchanged {shown('old_serial', 'final')} for {shown('new_serial', 'initial')}"


def attention_table(items: Sequence[Mapping[str, Any]]) -> Table:
    """What waits for a person, and what that person may decide."""
    made = table("n", "code", "meter", "who", "since", "decisions", "detail", title="attention")
    for item in items:
        decisions = ", ".join(item.get("decisions") or ())
        cells = (item.get(name) for name in ("code", "meter_id", "who", "since"))
        add_row(made, item.get("n"), *cells, decisions, item.get("detail"))
    return made


def events_table(events: Sequence[Mapping[str, Any]]) -> Table:
    """Everything that happened, in order."""
    made = table("seq", "at", "event", "what", title="events")
    for event in events:
        add_row(made, event.get("seq"), event.get("at"), event.get("kind"), _brief(event.get("data") or {}))
    return made


def _registers_table(rows: Sequence[tuple[str, Mapping[str, Any]]]) -> Table:
    made = table("meter", "register", "value", "quality", "moment", "at", title="registers")
    for meter_id, row in rows:
        value = f"{row.get('value')} {row.get('unit')}"
        add_row(made, meter_id, row.get("name"), value, row.get("quality"), row.get("moment"), row.get("at"))
    return made


_ELSEWHERE = frozenset({"hold_id", "operation_id", "content_hash", "at", "revision", "sequence"})
"""What every event repeats; the JSON has it."""


def _brief(data: Mapping[str, Any]) -> str:
    """The plain facts of an event on one line."""
    facts = {**data, **data.get("move", {})}
    plain = {k: v for k, v in facts.items() if v not in (None, "") and not isinstance(v, list | dict)}
    told = [f"{k}={v}" for k, v in plain.items() if k not in _ELSEWHERE]
    frames = [f"{one['to']}: {one['sent']} -> {one['answer'] or 'nothing'}" for one in facts.get("frames") or ()]
    return " ".join([*told, *frames])
