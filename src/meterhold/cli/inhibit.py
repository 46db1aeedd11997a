"""``meterhold inhibit``: the kill switch."""

from typing import Annotated

import typer

from meterhold.cli.options import Json

app = typer.Typer(help="The kill switch: no disconnect leaves the gateway, reconnects still do.", no_args_is_help=True)

Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept.")]


@app.command()
def on(reason: Reason, as_json: Json = False) -> None:
    """Let no disconnect leave from now on."""
    _call("PUT", {"reason": reason}, None, as_json=as_json)


@app.command()
def off(reason: Reason, as_json: Json = False) -> None:
    """Let disconnects leave again."""
    _call("DELETE", None, {"reason": reason}, as_json=as_json)


@app.command()
def show(as_json: Json = False) -> None:
    """Say whether the inhibit is on, since when, by whom and why."""
    _call("GET", None, None, as_json=as_json)


def _call(method: str, body: dict[str, str] | None, params: dict[str, object] | None, *, as_json: bool) -> None:
    from meterhold.cli.client import connect
    from meterhold.cli.console import out, print_json
    from meterhold.cli.show.site import inhibit_view

    with connect() as client:
        answer = client.call(method, "/inhibit", body=body, params=params)
    if as_json:
        print_json(answer)
    else:
        out().print(inhibit_view(answer))
