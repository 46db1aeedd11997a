"""Orders and batches."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from meterhold.cli.console import add_row, pairs, table
from meterhold.cli.exits import Exit

ACCEPTED = frozenset({"open", "done"})


def order_view(record: Mapping[str, Any]) -> RenderableType:
    """One order with its result, and why."""
    cause = " ".join(str(part) for part in (record.get("code"), record.get("detail")) if part)
    rows = [
        ("order", record.get("order_id")),
        ("action", record.get("action")),
        ("result", record.get("result")),
        ("because", cause),
        ("holds", ", ".join(record.get("hold_ids") or ())),
        ("received", record.get("received_at")),
        ("finished", record.get("finished_at")),
    ]
    if record.get("approval_id"):
        decides = "" if record.get("finished_at") else ": a second person decides"
        rows.append(("approval", f"{record['approval_id']}{decides}"))
    view: list[RenderableType] = [pairs(rows)]
    if record.get("verdicts"):
        view.append(verdicts_table(record["verdicts"]))
    return Group(*view)


def verdicts_table(verdicts: Sequence[Mapping[str, Any]]) -> Table:
    """What policy said."""
    made = table("rule", "version", "effect", "until", "because", title="verdicts")
    for verdict in verdicts:
        because = verdict.get("sentence") or verdict.get("code")
        add_row(made, verdict.get("rule"), verdict.get("version"), verdict.get("effect"), verdict.get("until"), because)
    return made


def batch_table(results: Sequence[Mapping[str, Any]]) -> RenderableType:
    """A batch: what became of each line that was not simply taken, and the count of all and of what waits together."""
    refused = [row for row in results if not accepted(row)]
    made = table("line", "order", "result", "because")
    for row in refused:
        add_row(made, row.get("line"), row.get("order_id"), _result(row), _because(row))
    sets = Counter(row["approval_id"] for row in results if accepted(row) and row.get("approval_id"))
    count = pairs(
        [
            ("accepted", len(results) - len(refused)),
            *(("of these", f"{orders} in {name}: a second person decides") for name, orders in sets.items()),
            ("not accepted", len(refused)),
        ]
    )
    return Group(made, count) if refused else count


def accepted(row: Mapping[str, Any]) -> bool:
    """Whether a line of a batch is being carried out."""
    return row.get("result") in ACCEPTED


def exit_of_batch(results: Sequence[Mapping[str, Any]], total: int) -> Exit:
    """Malformed lines weigh more than refused ones; a batch whose answer broke off is unfinished."""
    if any(row.get("faults") for row in results):
        return Exit.MALFORMED
    if len(results) < total:
        return Exit.UNFINISHED
    return Exit.DONE if all(accepted(row) for row in results) else Exit.FAILED


def _result(row: Mapping[str, Any]) -> object:
    """In words: a line that was never taken as an order has a code, and no result."""
    return row.get("result") or ("malformed" if row.get("faults") else row.get("code")) or row.get("status")


def _because(row: Mapping[str, Any]) -> str:
    faults = [f"{fault.get('field')}: {fault.get('rule')}" for fault in row.get("faults") or ()]
    return "; ".join(faults) or " ".join(str(part) for part in (row.get("code"), row.get("detail")) if part)
