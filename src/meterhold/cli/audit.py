"""``meterhold audit``: whether what is stored is what was written."""

from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TextIO

import typer

from meterhold.cli.options import Config, Json

if TYPE_CHECKING:
    from meterhold.store import AuditReport

app = typer.Typer(help="Check the journal's chain, or take it along.", no_args_is_help=True)

CheckpointsFile = Annotated[
    Path | None, typer.Option(help="Heads that were noted elsewhere; the configuration's own without it.")
]


class AuditExit(IntEnum):
    """What ``audit verify`` ends with: a code for each word."""

    INTACT = 0
    EDITED = 11
    MISSING = 12
    TRUNCATED = 13
    REWRITTEN = 14
    REPLACED = 15
    UNANCHORED = 16


@app.callback()
def _group() -> None:
    """Check the journal's chain, or take it along."""


@app.command()
def verify(
    config: Config = None,
    checkpoints: CheckpointsFile = None,
    export: Annotated[
        Path | None, typer.Option(help="Check this file that `audit export` wrote, instead of the store.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check every event against its chain, and the chains against the checkpoints; may run while the gateway does.

    Ends with 0 where all is as it was written, else 11 edited, 12 missing, 13 truncated, 14 rewritten, 15 replaced,
    16 checkpoints that are not those that were noted.
    """
    from dataclasses import asdict

    from meterhold.cli.configuration import configured, store_url
    from meterhold.cli.console import err, print_json
    from meterhold.store import audit_export, audit_store

    if export is not None:
        with _opened(export, "r") as lines, err().status("checking"):
            report = audit_export(lines, checkpoints)
    else:
        site = configured(config)
        own = None if site.audit is None else Path(site.audit.checkpoints)
        with err().status("checking"):
            report = audit_store(store_url(site), checkpoints or own)
    if as_json:
        print_json(asdict(report))
    else:
        _show(report)
    raise typer.Exit(AuditExit[report.state.name])


@app.command("export")
def export_(
    config: Config = None,
    to: Annotated[Path | None, typer.Option("--to", help="The file; standard output without it.")] = None,
    since: Annotated[datetime | None, typer.Option(help="From this moment on, UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Before this moment, UTC.")] = None,
    stream: Annotated[str | None, typer.Option(help="Only hold:ID, meter:ID or site.")] = None,
) -> None:
    """Write the journal as NDJSON, each event with the text that is hashed, to be checked far from here.

    Of a whole journal `audit verify --export FILE` tells all that it tells of a store; of a part that no line in it was
    edited.
    """
    from contextlib import nullcontext
    from datetime import UTC

    from meterhold.cli.configuration import configured, store_url
    from meterhold.store import Selection, export_events

    url = store_url(configured(config))
    selection = Selection(since and since.replace(tzinfo=UTC), until and until.replace(tzinfo=UTC), stream)
    with nullcontext() if to is None else _opened(to, "w") as file:
        for line in export_events(url, selection):
            typer.echo(line, file=file)


def _opened(file: Path, mode: Literal["r", "w"]) -> TextIO:
    """Open it, or say why not."""
    from meterhold.domain.errors import Fault, Malformed

    # A byte that is no text comes out as \xNN, which no JSON holds: its line is named as damaged.
    errors = "backslashreplace" if mode == "r" else "strict"
    try:
        return file.open(mode, encoding="utf-8", errors=errors)
    except OSError as error:
        raise Malformed(str(file), [Fault("", f"cannot be opened: {error.strerror}")]) from error


def _show(report: "AuditReport") -> None:
    from meterhold.cli.console import add_row, err, out, table
    from meterhold.store import CheckpointState

    made = table("writer", "state", "sound events", "broken at", "head")
    for chain in report.chains:
        add_row(made, chain.writer, chain.state, chain.sound, chain.broken_at, chain.head)
    out().print(made)
    out().print(f"{report.state}: store {report.store or 'without identity'}, checkpoints {report.checkpoints}")
    if report.checkpoints is CheckpointState.NONE:
        err().print("No checkpoints: a chain that was cut off at its end, or replaced, would not show.")
