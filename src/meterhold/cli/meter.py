"""``meterhold meter``: what a technician and an integrator ask of meters."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from meterhold.cli.exits import Exit
from meterhold.cli.options import Config, Json

_NOT_READ = frozenset({502, 504})
"""The meter could not be reached, or did not answer."""

app = typer.Typer(help="See meters, read them live, verify, lock and register them.", no_args_is_help=True)

MeterId = Annotated[str, typer.Argument(metavar="METER", help="The utility's own name of the meter.")]
WaitS = Annotated[float, typer.Option("--wait", min=0, max=50, help="Wait so many seconds for the lock to hold.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept.")]


@app.command("list")
def list_meters(as_json: Json = False) -> None:
    """List all meters: what is intended of each beside what was last observed."""
    from meterhold.cli.client import connect
    from meterhold.cli.console import out, print_json
    from meterhold.cli.show.meter import meters_view

    with connect() as client:
        meters = list(client.pages("/meters"))
    if as_json:
        print_json(meters)
    else:
        console = out()
        console.print(meters_view(meters, console.width))


@app.command()
def show(meter_id: MeterId, as_json: Json = False) -> None:
    """Show what is known of a meter, without asking it."""
    from meterhold.cli.show.meter import meter_view

    _call("GET", f"/meters/{meter_id}", None, as_json=as_json, view=meter_view)


@app.command()
def read(meter_id: MeterId, as_json: Json = False) -> None:
    """Ask the meter itself, now. Where it cannot be read, what was last known of it is shown all the same."""
    from meterhold.cli.client import connect
    from meterhold.cli.console import err, out, print_json
    from meterhold.cli.exits import GatewaySaidNo
    from meterhold.cli.show.meter import meter_view, readout_view

    with connect() as client, err().status("asking the meter"):
        try:
            readout = client.call("POST", f"/meters/{meter_id}/read")
        except GatewaySaidNo as problem:
            if not as_json and problem.status in _NOT_READ:
                out().print(meter_view(client.get(f"/meters/{meter_id}")))
            raise
    if as_json:
        print_json(readout)
    else:
        out().print(readout_view(readout))


@app.command()
def verify(
    meter_id: MeterId,
    commission: Annotated[
        bool,
        typer.Option("--commission", help="Confirm that this address is this meter, if nothing speaks against it."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Try everything but the write: identity, state, interlocks and the bytes that would be written."""
    from meterhold.cli.client import connect
    from meterhold.cli.console import err, out, print_json
    from meterhold.cli.show.verification import verification_view

    with connect() as client, err().status("looking at the meter"):
        answer = client.call("POST", f"/meters/{meter_id}/verify", body={"commission": commission})
    if as_json:
        print_json(answer)
    else:
        out().print(verification_view(answer))
    raise typer.Exit(Exit.FAILED if answer.get("faults") else Exit.DONE)


@app.command()
def lock(
    meter_id: MeterId,
    reason: Reason,
    for_hours: Annotated[float, typer.Option("--for-hours", min=0.1, max=720, help="Review after so long.")] = 8,
    wait_s: WaitS = 0,
    as_json: Json = False,
) -> None:
    """Stop all switching of a meter. Do not touch it before the answer is 'held'; exit 4 until then."""
    from datetime import timedelta

    from meterhold.cli.show.meter import lock_view
    from meterhold.clock import machine_time

    review_at = machine_time() + timedelta(hours=for_hours)
    body = {"reason": reason, "review_at": review_at.isoformat()}
    answer = _call("PUT", f"/meters/{meter_id}/lock", body, {"wait_s": wait_s}, as_json=as_json, view=lock_view)
    raise typer.Exit(Exit.DONE if answer["status"] == "held" else Exit.UNFINISHED)


@app.command()
def held(meter_id: MeterId, wait_s: WaitS = 0, as_json: Json = False) -> None:
    """Ask whether hands may go in: 'held' and exit 0, or why not yet and exit 4."""
    from meterhold.cli.show.meter import lock_view

    answer = _call("GET", f"/meters/{meter_id}/lock", None, {"wait_s": wait_s}, as_json=as_json, view=lock_view)
    raise typer.Exit(Exit.DONE if answer["status"] == "held" else Exit.UNFINISHED)


@app.command()
def unlock(meter_id: MeterId, reason: Reason, as_json: Json = False) -> None:
    """Let a meter be switched again."""
    from meterhold.cli.show.meter import lock_view

    _call("DELETE", f"/meters/{meter_id}/lock", None, {"reason": reason}, as_json=as_json, view=lock_view)


@app.command()
def witness(
    meter_id: MeterId,
    state: Annotated[str, typer.Option("--state", help="What you saw: connected, disconnected, armed or restricted.")],
    statement: Annotated[str, typer.Option("--statement", help="In your own words, such as 'valve shut'.")],
    seal: Annotated[str | None, typer.Option("--seal", help="The seal that you put on.")] = None,
    as_json: Json = False,
) -> None:
    """State what you saw at a meter. It stands beside the proof and never overrides what the meter shows."""
    from meterhold.cli.show.meter import meter_view

    body = {"state": state, "statement": statement} | ({} if seal is None else {"seal": seal})
    _call("POST", f"/meters/{meter_id}/witness", body, as_json=as_json, view=meter_view)


@app.command()
def exchange(
    meter_id: MeterId,
    new_serial: Annotated[str | None, typer.Option("--new-serial", help="Of the meter that hangs there now.")] = None,
    old_serial: Annotated[str | None, typer.Option("--old-serial", help="Of the meter that was taken off.")] = None,
    final: Annotated[
        list[str] | None, typer.Option("--final", help="A register of the old meter, such as energy_import_kwh=1234.5.")
    ] = None,
    initial: Annotated[list[str] | None, typer.Option("--initial", help="A register of the new meter.")] = None,
    at: Annotated[str | None, typer.Option("--at", help="When, in RFC 3339; now if it is not said.")] = None,
    comment: Annotated[str, typer.Option("--comment", help="Anything else worth keeping.")] = "",
    as_json: Json = False,
) -> None:
    """Record that a meter was replaced: open holds go on with the new one, which is never cut by itself."""
    from meterhold.cli.exchange import exchange_body
    from meterhold.cli.show.meter import meter_view

    body = exchange_body(old_serial, new_serial, final or [], initial or [], at=at, comment=comment)
    _call("POST", f"/meters/{meter_id}/exchange", body, as_json=as_json, view=meter_view)


@app.command("import")
def import_meters(
    file: Annotated[Path, typer.Argument(help="meters.csv or meters.yaml: all meters of the site.")],
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Take over the registry's file: these meters and no others. All its faults are told before anything is sent."""
    from meterhold.cli.client import connect
    from meterhold.cli.console import out, print_json
    from meterhold.cli.registry import installation_document, installations_of
    from meterhold.cli.show.facts import facts_view

    installations = installations_of(file, config)
    with connect() as client:
        answer = client.call("PUT", "/meters", body={"meters": [installation_document(one) for one in installations]})
    if as_json:
        print_json(answer)
    else:
        out().print(facts_view(answer))


def _call(
    method: str,
    path: str,
    body: Any,  # noqa: ANN401 - a JSON body
    params: dict[str, object] | None = None,
    *,
    as_json: bool,
    view: Callable[[dict[str, Any]], object],
) -> dict[str, Any]:
    from meterhold.cli.client import connect
    from meterhold.cli.console import err, out, print_json

    with connect() as client, err().status("asking"):
        answer: dict[str, Any] = client.call(method, path, body=body, params=params)
    if as_json:
        print_json(answer)
    else:
        out().print(view(answer))
    return answer
