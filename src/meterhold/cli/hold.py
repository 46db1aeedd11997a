"""``meterhold hold``: see holds and change their course."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from meterhold.cli.options import Comment, Json, OrderId, WaitS

app = typer.Typer(help="See holds, and restore, amend, cancel or close them.", no_args_is_help=True)

HoldId = Annotated[str, typer.Argument(metavar="HOLD", help="The hold's id.")]
When = Annotated[
    str | None, typer.Option(metavar="TIME", help="RFC 3339 with offset; 'none' takes it away.", show_default=False)
]
NONE = "none"


class Form(StrEnum):
    """How a statement is written."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    HTML = "html"


@app.command("list")
def list_holds(
    status: Annotated[str | None, typer.Option(help="Only holds of this status.", show_default=False)] = None,
    meter_id: Annotated[
        str | None, typer.Option("--meter", help="Only holds of this meter.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 100,
    as_json: Json = False,
) -> None:
    """List holds, newest first."""
    from itertools import islice

    from meterhold.cli.client import connect
    from meterhold.cli.console import out, print_json
    from meterhold.cli.show.hold import holds_table

    with connect() as client:
        holds = list(islice(client.pages("/holds", status=status, meter_id=meter_id, limit=min(limit, 100)), limit))
    if as_json:
        print_json(holds)
    else:
        out().print(holds_table(holds))


@app.command()
def show(
    hold_id: HoldId,
    events: Annotated[bool, typer.Option("--events", help="Also everything that happened, in order.")] = False,
    as_json: Json = False,
) -> None:
    """Show a hold: its legs, what was intended of each meter and what was observed."""
    from meterhold.cli.client import connect
    from meterhold.cli.console import out, print_json
    from meterhold.cli.show.hold import events_table, hold_view

    with connect() as client:
        hold = client.get(f"/holds/{hold_id}")
        happened = list(client.pages(f"/holds/{hold_id}/events")) if events else []
    if as_json:
        print_json({**hold, "events": happened} if events else hold)
        return
    out().print(hold_view(hold))
    if events:
        out().print(events_table(happened))


@app.command()
def restore(
    hold_id: HoldId,
    on_restore: Annotated[str | None, typer.Option(help="connect or arm.", show_default=False)] = None,
    payment_ref: Annotated[
        str | None, typer.Option(help="Where the hold requires payment.", show_default=False)
    ] = None,
    comment: Comment = None,
    order_id: OrderId = None,
    wait_s: WaitS = None,
    as_json: Json = False,
) -> None:
    """Bring supply back now."""
    _order(
        "restore", hold_id, order_id, wait_s, as_json, on_restore=on_restore, payment_ref=payment_ref, comment=comment
    )


@app.command()
def amend(  # noqa: PLR0913, PLR0917 - each is an option of the command
    hold_id: HoldId,
    starts_at: When = None,
    ends_at: When = None,
    not_after: When = None,
    on_restore: Annotated[str | None, typer.Option(help="connect or arm.", show_default=False)] = None,
    priority: Annotated[int | None, typer.Option(min=0, max=9, help="9 goes first.", show_default=False)] = None,
    comment: Comment = None,
    order_id: OrderId = None,
    as_json: Json = False,
) -> None:
    """Change dates, priority or the way back."""
    times = {"starts_at": starts_at, "ends_at": ends_at, "not_after": not_after}
    taken_away = tuple(name for name, value in times.items() if value == NONE)
    _order(
        "amend",
        hold_id,
        order_id,
        None,
        as_json,
        taken_away,
        **times,
        on_restore=on_restore,
        priority=priority,
        comment=comment,
    )


@app.command()
def cancel(hold_id: HoldId, comment: Comment = None, order_id: OrderId = None, as_json: Json = False) -> None:
    """Call a hold off before anything was written; later, restore it."""
    _order("cancel", hold_id, order_id, None, as_json, comment=comment)


@app.command()
def close(hold_id: HoldId, comment: Comment = None, order_id: OrderId = None, as_json: Json = False) -> None:
    """End a hold with supply left off. The permanent disconnection is another process."""
    _order("close", hold_id, order_id, None, as_json, comment=comment)


@app.command()
def statement(
    hold_id: HoldId,
    form: Annotated[Form, typer.Option("--format", help="How to write it; html prints well on A4.")] = Form.TEXT,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to a file instead.", show_default=False)
    ] = None,
) -> None:
    """Print what billing and a dispute need: periods, registers at both ends, usage, proof, writes, fees."""
    from meterhold.cli.client import connect

    suffix = "txt" if form is Form.TEXT else form
    with connect() as client:
        text = client.text(f"/holds/{hold_id}/statement.{suffix}")
    if output is None:
        typer.echo(text.rstrip("\r\n"))
    else:
        # As it came: a CSV has line ends of its own.
        output.write_bytes(text.encode())


@app.command()
def wrongful(
    hold_id: HoldId,
    reason: Annotated[str, typer.Option("--reason", help="Why supply should never have been cut; it is kept.")],
    as_json: Json = False,
) -> None:
    """Mark a wrongful cut: no fee is charged on the statement. There is no way back."""
    from meterhold.cli.client import connect

    with connect() as client:
        _print(client.call("POST", f"/holds/{hold_id}/wrongful", body={"reason": reason}), as_json=as_json)


@app.command()
def decide(
    hold_id: HoldId,
    n: Annotated[int, typer.Argument(min=0, help="The attention item's number.")],
    decision: Annotated[str, typer.Argument(help="retry, accept_as_is, field_visit or restore.")],
    comment: Annotated[str, typer.Option("--comment", help="Why; it is kept.")],
    as_json: Json = False,
) -> None:
    """Decide on an item that waits for a person."""
    from meterhold.cli.client import connect

    with connect() as client:
        body = {"decision": decision, "comment": comment}
        _print(client.call("POST", f"/holds/{hold_id}/attention/{n}", body=body), as_json=as_json)


def _order(
    action: str,
    hold_id: str,
    order_id: str | None,
    wait_s: float | None,
    as_json: bool,
    taken_away: tuple[str, ...] = (),
    **fields: object,
) -> None:
    from meterhold.cli.client import connect
    from meterhold.cli.console import out, print_json
    from meterhold.cli.orders import exit_of_result, new_order, send
    from meterhold.cli.show.order import order_view

    order = new_order(action, order_id, hold_id=hold_id, **fields) | dict.fromkeys(taken_away)
    with connect() as client:
        record = send(client, order, wait_s)
    if as_json:
        print_json(record)
    else:
        out().print(order_view(record))
    raise typer.Exit(exit_of_result(record, waited=wait_s is not None))


def _print(hold: dict[str, Any], *, as_json: bool) -> None:
    from meterhold.cli.console import out, print_json
    from meterhold.cli.show.hold import hold_view

    if as_json:
        print_json(hold)
    else:
        out().print(hold_view(hold))
