"""``meterhold policy``: why something is permitted or not, forecasts, and moratoria of operators."""

from pathlib import Path
from typing import Annotated, Any

import typer

from meterhold.cli.options import Json
from meterhold.domain.errors import Fault, Malformed
from meterhold.domain.words import Action, Mode, Reason

app = typer.Typer(help="The rules of the site, and what they look at.", no_args_is_help=True)
moratorium = typer.Typer(help="No disconnections in some areas for a while.", no_args_is_help=True)
forecast = typer.Typer(help="The weather that rules look at.", no_args_is_help=True)
app.add_typer(moratorium, name="moratorium")
app.add_typer(forecast, name="forecast")

MeterId = Annotated[str, typer.Argument(metavar="METER", help="The meter.")]
Why = Annotated[str, typer.Option("--reason", help="Why; it is kept.")]


@app.command()
def explain(  # noqa: PLR0913, PLR0917 - each fact that a rule may ask for is an option of its own
    meter: MeterId,
    reason: Annotated[Reason, typer.Option("--reason", help="Why supply is to be cut.")] = Reason.NON_PAYMENT,
    at: Annotated[str | None, typer.Option("--at", help="When, with an offset; now.", show_default=False)] = None,
    action: Annotated[Action, typer.Option("--action", help="suspend or restore.")] = Action.SUSPEND,
    mode: Annotated[Mode, typer.Option("--mode", help="What is to be done to supply.")] = Mode.PHYSICAL,
    ends_at: Annotated[str | None, typer.Option("--ends-at", help="Planned end.", show_default=False)] = None,
    notice_given_at: Annotated[
        str | None, typer.Option("--notice-given-at", help="When notice was given.", show_default=False)
    ] = None,
    vacant: Annotated[bool, typer.Option("--vacant", help="The premises are verified vacant.")] = False,
    present: Annotated[bool, typer.Option("--present", help="The customer is present.")] = False,
    as_json: Json = False,
) -> None:
    """Say for a meter and a moment which rules bite, why the others do not, and when it is next permitted."""
    from meterhold.cli.client import connect
    from meterhold.cli.show.policy import explanation_view

    params: dict[str, object] = {"meter": meter, "reason": reason, "action": action, "mode": mode}
    params |= {"vacant_verified": vacant, "customer_present": present}
    moments = {"at": at, "ends_at": ends_at, "notice_given_at": notice_given_at}
    params |= {name: moment for name, moment in moments.items() if moment is not None}
    with connect() as client:
        answer = client.call("GET", "/policy/explain", params=params)
    _print(answer, explanation_view(answer), as_json=as_json)


@moratorium.command("raise")
def raise_one(
    until: Annotated[str, typer.Option("--until", help="Its end, with an offset.")],
    reason: Why,
    area: Annotated[list[str] | None, typer.Option("--area", help="Again for more; none: everywhere.")] = None,
    starting: Annotated[str | None, typer.Option("--from", help="Its beginning; now.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """Let no suspension begin in these areas until then. What has begun goes on."""
    from meterhold.cli.client import connect
    from meterhold.cli.show.policy import moratoria_table

    body: dict[str, object] = {"areas": area or [], "until_at": until, "reason": reason}
    if starting is not None:
        body["from_at"] = starting
    with connect() as client:
        answer = client.call("POST", "/moratoria", body=body)
    _print(answer, moratoria_table([answer]), as_json=as_json)


@moratorium.command()
def lift(moratorium_id: Annotated[str, typer.Argument(metavar="ID", help="Its id.")], reason: Why) -> None:
    """Lift one before its time."""
    from meterhold.cli.client import connect

    with connect() as client:
        client.call("DELETE", f"/moratoria/{moratorium_id}", params={"reason": reason})
    typer.echo(f"moratorium {moratorium_id} is lifted")


@moratorium.command("list")
def list_moratoria(as_json: Json = False) -> None:
    """List those that are not over."""
    from meterhold.cli.client import connect
    from meterhold.cli.show.policy import moratoria_table

    with connect() as client:
        answer = client.get("/moratoria")
    _print(answer["items"], moratoria_table(answer["items"]), as_json=as_json)


@forecast.command()
def send(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Forecasts as JSON.")], as_json: Json = False
) -> None:
    """Send forecasts; for each area the newest counts."""
    import json

    from meterhold.cli.client import connect
    from meterhold.cli.show.policy import taken_table

    try:
        body = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Malformed(str(file), [Fault("", f"cannot be read: {error}")]) from error
    with connect() as client:
        answer = client.call("POST", "/forecasts", body=body)
    _print(answer["items"], taken_table(answer["items"]), as_json=as_json)


@forecast.command("list")
def list_forecasts(as_json: Json = False) -> None:
    """List the newest forecast of each area."""
    from meterhold.cli.client import connect
    from meterhold.cli.show.policy import forecasts_table

    with connect() as client:
        answer = client.get("/forecasts")
    _print(answer["items"], forecasts_table(answer["items"]), as_json=as_json)


def _print(answer: Any, view: Any, *, as_json: bool) -> None:  # noqa: ANN401 - JSON, and any Rich view of it
    from meterhold.cli.console import out, print_json

    if as_json:
        print_json(answer)
    else:
        out().print(view)
