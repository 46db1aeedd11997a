"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", help="Configuration file (METERHOLD_CONFIG, else config/gateway.yaml).", show_default=False
    ),
]
OrderId = Annotated[
    str | None,
    typer.Option(
        "--order-id", help="Your own key of the order; sending it again does nothing twice.", show_default=False
    ),
]
Comment = Annotated[str | None, typer.Option("--comment", help="Carried with the order.", show_default=False)]
WaitS = Annotated[
    float | None,
    typer.Option(
        "--wait",
        min=0,
        metavar="SECONDS",
        help="Wait for the result; exit 4 if there is none by then.",
        show_default=False,
    ),
]
