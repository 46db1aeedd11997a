"""``meterhold simulate``: a fleet of simulated meters, alone."""

from pathlib import Path
from typing import Annotated

import typer

from meterhold.cli.exits import Exit


def simulate(
    fleet: Annotated[Path, typer.Argument(metavar="FLEET", help="The fleet file.")] = Path("config/fleet.yaml"),
    fleet_file: Annotated[
        Path | None, typer.Option("--fleet", metavar="FILE", help="The same as FLEET.", show_default=False)
    ] = None,
    scenario: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="What happens to the meters, and when: docs/simulators.md.", show_default=False
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Instead of the scenario's; the same one draws the same.", show_default=False)
    ] = None,
    journal: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to write the journal, NDJSON, as it grows.", show_default=False),
    ] = None,
    control_port: Annotated[
        int, typer.Option(min=0, max=65535, help="Of the HTTP control port; 0 takes a free one.")
    ] = 0,
    broker: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Instead of the brokers in the file.", show_default=False)
    ] = None,
) -> None:
    """Run simulated meters until Ctrl-C. Their control port changes loads and faults and shows their journal."""
    from meterhold.cli.logs import configure_from_settings
    from meterhold_simulators.fleet_file import FleetFileError
    from meterhold_simulators.main import run

    configure_from_settings()
    try:
        run(
            fleet_file or fleet,
            scenario_file=scenario,
            seed=seed,
            journal_file=journal,
            control_port=control_port,
            broker=None if broker is None else host_and_port(broker),
            say=typer.echo,
        )
    except FleetFileError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(Exit.MALFORMED) from error
    except OSError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(Exit.UNREACHABLE) from error


def host_and_port(text: str) -> tuple[str, int]:
    """``host:port``."""
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isdecimal() and 0 < int(port) < 1 << 16):
        raise typer.BadParameter(f"{text!r} is not HOST:PORT")
    return host.strip("[]"), int(port)
