"""``meterhold audit``: whether what is stored is what was written."""

import typer

from meterhold.cli.exits import Exit
from meterhold.cli.options import Config, Json

app = typer.Typer(help="Check the journal's chain.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Check the journal's chain."""


@app.command()
def verify(config: Config = None, as_json: Json = False) -> None:
    """Check every event against its chain; may run while the gateway does. Exit 1 where one was edited or is missing.

    A chain alone cannot show that its end was cut off: compare the heads with what was noted before.
    """
    from dataclasses import asdict

    from meterhold.cli.configuration import configured, store_url
    from meterhold.cli.console import add_row, err, out, print_json, table
    from meterhold.store import ChainState, verify_chain

    with err().status("checking"):
        reports = verify_chain(store_url(configured(config)))
    if as_json:
        print_json([asdict(report) for report in reports])
    else:
        made = table("writer", "state", "sound events", "broken at", "head")
        for report in reports:
            add_row(made, report.writer, report.state, report.sound, report.broken_at, report.head)
        out().print(made)
    intact = all(report.state is ChainState.INTACT for report in reports)
    raise typer.Exit(Exit.DONE if intact else Exit.FAILED)
