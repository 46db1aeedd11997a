"""``meterhold approval``: what waits for a second person."""

from enum import StrEnum
from typing import Annotated

import typer

from meterhold.cli.options import Json

app = typer.Typer(help="What waits for a second person: look at it, grant it, refuse it.", no_args_is_help=True)

ApprovalId = Annotated[str, typer.Argument(metavar="APPROVAL", help="The approval's name.")]
MOST_SHOWN = 200


class Choice(StrEnum):
    """What a person may say."""

    GRANT = "grant"
    REFUSE = "refuse"


@app.command("list")
def list_all(
    everything: Annotated[bool, typer.Option("--all", help="Those that are decided, too.")] = False,
    as_json: Json = False,
) -> None:
    """List what waits, the newest first."""
    from meterhold.cli.client import connect
    from meterhold.cli.console import out, print_json
    from meterhold.cli.show.approval import approval_list

    found = []
    with connect() as client:
        for approval in client.pages("/approvals"):
            if not everything and approval["status"] != "waiting":
                break
            found.append(approval)
    if as_json:
        print_json(found)
    else:
        out().print(approval_list(found))


@app.command()
def show(approval_id: ApprovalId, as_json: Json = False) -> None:
    """Show what is asked, and the orders that it is asked for."""
    from meterhold.cli.client import connect
    from meterhold.cli.console import out, print_json
    from meterhold.cli.show.approval import approval_view

    with connect() as client:
        answer = client.get(f"/approvals/{approval_id}", limit=MOST_SHOWN)
        orders, cursor = answer["orders"], answer["next"]
        while as_json and cursor:
            page = client.get(f"/approvals/{approval_id}", limit=MOST_SHOWN, after=cursor)
            orders, cursor = [*orders, *page["orders"]], page["next"]
    if as_json:
        print_json({"approval": answer["approval"], "orders": orders})
    else:
        out().print(approval_view(answer["approval"], orders))


@app.command()
def decide(
    approval_id: ApprovalId,
    choice: Annotated[Choice, typer.Argument(help="What becomes of the whole set.")],
    set_hash: Annotated[str, typer.Option("--set-hash", help="Of the set as `show` gave it: it may have grown since.")],
    comment: Annotated[str, typer.Option("--comment", help="Why; it is kept.")] = "",
    as_json: Json = False,
) -> None:
    """Grant or refuse exactly the set that you have looked at. Who asked for it may not."""
    from meterhold.cli.client import connect
    from meterhold.cli.console import out, print_json
    from meterhold.cli.show.approval import approval_view

    body = {"decision": choice.value, "set_hash": set_hash, "comment": comment}
    with connect() as client:
        answer = client.call("POST", f"/approvals/{approval_id}", body=body)
    if as_json:
        print_json(answer)
    else:
        out().print(approval_view(answer, ()))
