"""``meterhold limits``: how much may be switched in a while without a second person."""

from typing import Annotated

import typer

from meterhold.cli.options import Json

app = typer.Typer(help="How much may be switched in a while without a second person.", no_args_is_help=True)


@app.command()
def show(as_json: Json = False) -> None:
    """Show the thresholds that count, and how much of them is used now."""
    from meterhold.cli.client import connect
    from meterhold.cli.console import out, print_json
    from meterhold.cli.show.limits import limits_view

    with connect() as client:
        answer = client.get("/limits")
    if as_json:
        print_json(answer)
    else:
        out().print(limits_view(answer))


@app.command("set")
def ask(
    reason: Annotated[str, typer.Option("--reason", help="Why; the second person reads it.")],
    changes: Annotated[
        list[str] | None, typer.Argument(metavar="NAME=NUMBER...", help="off_by_sender=800 window_s=3600")
    ] = None,
    configured: Annotated[bool, typer.Option("--configured", help="Back to those of gateway.yaml.")] = False,
    as_json: Json = False,
) -> None:
    """Ask for other thresholds; what is not named stays. They change once a second person has granted it."""
    from meterhold.cli.client import connect
    from meterhold.cli.console import out, print_json
    from meterhold.cli.show.approval import approval_view

    body: dict[str, object] = {"reason": reason, "configured": configured}
    body |= dict(map(_change, changes or ()))
    with connect() as client:
        answer = client.call("PUT", "/limits", body=body)
    if as_json:
        print_json(answer)
    else:
        out().print(approval_view(answer, ()))


def _change(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        number = float(value)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not NAME=NUMBER") from None
    return name, int(number) if number.is_integer() else number
