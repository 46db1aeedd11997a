"""Puts the commands together. Nothing heavy is imported here, so that ``--help`` is quick."""

import os
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from meterhold.cli import (
    alarm,
    approval,
    audit,
    check,
    db,
    demo,
    hold,
    inhibit,
    key,
    limits,
    meter,
    order,
    originator,
    policy,
    profile,
    serve,
    simulate,
)
from meterhold.cli.exits import exit_codes_kept

GROUPS = {
    "order": order.app,
    "hold": hold.app,
    "alarm": alarm.app,
    "approval": approval.app,
    "limits": limits.app,
    "meter": meter.app,
    "inhibit": inhibit.app,
    "policy": policy.app,
    "profile": profile.app,
    "key": key.app,
    "originator": originator.app,
    "db": db.app,
    "audit": audit.app,
}


def build() -> typer.Typer:
    """The whole command."""
    app = typer.Typer(
        name="meterhold",
        help="Turn soft-disconnect orders into verified disconnects and reconnects of electricity and water meters.",
        epilog="Exit codes: 0 done · 1 refused or failed · 2 usage, or a document with faults · 3 gateway, store or"
        " link cannot be reached · 4 unfinished or in doubt · 130 interrupted",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    app.command("demo")(demo.demo)
    app.command("serve")(serve.serve)
    app.command("check")(check.check)
    app.command("simulate")(simulate.simulate)
    for name, group in GROUPS.items():
        app.add_typer(group, name=name)
    return app


def run() -> None:
    """Run what the command line says."""
    with exit_codes_kept():
        build()()


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"meterhold {version('meterhold')}")
        raise typer.Exit


def _root(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_say_version)
    ] = False,
    url: Annotated[
        str | None, typer.Option("--url", help="Where the gateway is (METERHOLD_URL).", show_default=False)
    ] = None,
    ca: Annotated[
        Path | None,
        typer.Option("--ca", help="Who vouches for it over TLS (METERHOLD_CA).", show_default=False),
    ] = None,
) -> None:
    """Turn soft-disconnect orders into verified disconnects and reconnects of electricity and water meters."""
    # Every command takes its settings from the environment, so an option is one more way to write there.
    for name, value in (("METERHOLD_URL", url), ("METERHOLD_CA", ca)):
        if value is not None:
            os.environ[name] = str(value)
