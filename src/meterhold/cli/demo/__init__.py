"""``meterhold demo``: the main job against simulated meters, from orders to billing statements."""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    site: Annotated[
        Path,
        typer.Option("--site", metavar="DIR", help="Folder with gateway.yaml, meters.csv, fleet.yaml, orders.ndjson."),
    ] = Path("config"),
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="DIR", help="Keep store and log there.", show_default=False)
    ] = None,
    broker: Annotated[
        str | None,
        typer.Option(
            "--broker",
            metavar="HOST:PORT",
            envvar="METERHOLD_DEMO_BROKER",
            help="Use this MQTT broker instead of one inside the demo.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Suspend and restore three simulated homes, and prove from the simulators what really happened.

    Ends with 0 only if every hold was restored, every home has supply, and every operation made exactly one write.
    Ctrl-C restores what is suspended first.
    """
    from meterhold.cli.demo.run import run
    from meterhold.cli.simulate import host_and_port

    raise typer.Exit(run(site, keep, None if broker is None else host_and_port(broker)))
