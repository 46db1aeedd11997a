"""``meterhold audit``: whether what is stored is what was written."""

from pathlib import Path
from typing import Annotated

import typer

from meterhold.cli.exits import Exit
from meterhold.cli.options import Config, Json

app = typer.Typer(help="Check the journal's chain.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Check the journal's chain."""


@app.command()
def verify(
    config: Config = None,
    checkpoints: Annotated[
        Path | None, typer.Option(help="Heads that were noted elsewhere; the configuration's own without it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check every event against its chain; may run while the gateway does. Exit 1 where anything is not as written.

    A chain alone cannot show that its end was cut off, or that all of it was written anew: for that it is held against
    the checkpoints.
    """
    from dataclasses import asdict

    from meterhold.cli.configuration import configured, store_url
    from meterhold.cli.console import add_row, err, out, print_json, table
    from meterhold.store import ChainState, read_noted, verify_chain

    site = configured(config)
    file = checkpoints or (Path(site.audit.checkpoints) if site.audit is not None else None)
    with err().status("checking"):
        noted = read_noted(file) if file is not None and file.exists() else ()
        reports = verify_chain(store_url(site), noted)
    if not noted:
        err().print("No checkpoints: a chain that was cut off at its end would not show.")
    if as_json:
        print_json([asdict(report) for report in reports])
    else:
        made = table("writer", "state", "sound events", "broken at", "head")
        for report in reports:
            add_row(made, report.writer, report.state, report.sound, report.broken_at, report.head)
        out().print(made)
    intact = all(report.state is ChainState.INTACT for report in reports)
    raise typer.Exit(Exit.DONE if intact else Exit.FAILED)
