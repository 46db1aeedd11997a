"""What waits for a second person."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType

from meterhold.cli.console import add_row, pairs, table
from meterhold.cli.show.limits import threshold_rows


def approval_list(approvals: Sequence[Mapping[str, Any]]) -> RenderableType:
    """One line each."""
    if not approvals:
        return "Nothing waits for a second person."
    made = table("approval", "kind", "status", "asked by", "orders", "opened", "expires", "why")
    for one in approvals:
        names = ("approval_id", "kind", "status", "asked_by", "orders", "opened_at", "expires_at", "detail")
        add_row(made, *(one[name] for name in names))
    return made


def approval_view(approval: Mapping[str, Any], orders: Sequence[Mapping[str, Any]]) -> RenderableType:
    """All of one, and the orders of its set."""
    rows: list[tuple[str, object]] = [
        ("approval", approval["approval_id"]),
        ("kind", approval["kind"]),
        ("status", approval["status"]),
        ("asked by", approval["asked_by"]),
        ("why", approval["detail"]),
        ("opened", approval["opened_at"]),
        ("expires", approval["expires_at"]),
        ("orders", approval["orders"]),
        ("set hash", approval["set_hash"]),
    ]
    if not approval["complete"]:
        rows.append(("not complete", "its document is still being taken in, or broke off: it cannot be granted yet"))
    if approval["kind"] == "limits":
        rows += [("asked for", "")] if approval["limits"] else [("asked for", "those of gateway.yaml")]
        rows += threshold_rows(approval["limits"] or {})
    if approval["decided_by"]:
        rows += [("decided by", approval["decided_by"]), ("comment", approval["comment"])]
    if not orders:
        return pairs(rows)
    made = table("sender", "order", "action", "reason", "for", "starts", "ends", "result", title="orders")
    for one in orders:
        whom = one["service_point"] or ", ".join(one["meters"]) or ", ".join(one["hold_ids"])
        row = (one["sender"], one["order_id"], one["action"], one["reason"], whom, one["starts_at"], one["ends_at"])
        add_row(made, *row, one["result"])
    more = approval["orders"] - len(orders)
    return Group(pairs(rows), made, f"and {more} more: --json shows them all") if more > 0 else Group(pairs(rows), made)
