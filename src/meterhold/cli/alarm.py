"""``meterhold alarm``: what is wrong, and who knows of it."""

from typing import Annotated

import typer

from meterhold.cli.options import Json

app = typer.Typer(help="See what is wrong, with its evidence, and say that you know.", no_args_is_help=True)

AlarmId = Annotated[str, typer.Argument(metavar="ALARM", help="Its name, as `alarm list` shows it.")]


@app.command("list")
def list_alarms(
    every: Annotated[bool, typer.Option("--all", help="Those that were acknowledged as well.")] = False,
    meter: Annotated[str | None, typer.Option("--meter", help="Only of this meter.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """List the alarms that nobody has acknowledged, newest first."""
    from meterhold.cli.client import connect
    from meterhold.cli.console import out, print_json
    from meterhold.cli.show.alarm import alarms_table

    with connect() as client:
        alarms = list(client.pages("/alarms", open=None if every else "true", meter=meter))
    if as_json:
        print_json(alarms)
    elif alarms:
        out().print(alarms_table(alarms))
    else:
        out().print("No alarms.")


@app.command()
def show(alarm_id: AlarmId, as_json: Json = False) -> None:
    """Show one alarm with its evidence."""
    _call("GET", alarm_id, None, as_json=as_json)


@app.command()
def acknowledge(
    alarm_id: AlarmId,
    comment: Annotated[str, typer.Option("--comment", help="What is being done about it; it is kept.")] = "",
    as_json: Json = False,
) -> None:
    """Say that you know of it. It changes nothing at the meter; it comes again only when it newly happens."""
    _call("POST", alarm_id, {"comment": comment}, as_json=as_json)


def _call(method: str, alarm_id: str, body: dict[str, str] | None, *, as_json: bool) -> None:
    from meterhold.cli.client import connect
    from meterhold.cli.console import out, print_json
    from meterhold.cli.show.alarm import alarm_view

    with connect() as client:
        answer = client.call(method, f"/alarms/{alarm_id}", body=body)
    if as_json:
        print_json(answer)
    else:
        out().print(alarm_view(answer))
