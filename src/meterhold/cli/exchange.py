"""The body of a recorded exchange, from what was typed."""

from typing import Any

import typer

from meterhold.clock import machine_time


def exchange_body(
    old_serial: str | None,
    new_serial: str | None,
    final: list[str],
    initial: list[str],
    *,
    at: str | None,
    comment: str,
) -> dict[str, Any]:
    """Put it together; whether it can be true the gateway says."""
    serials = {"old_serial": old_serial, "new_serial": new_serial}
    return {
        "at": at or machine_time().isoformat(),
        **{name: serial for name, serial in serials.items() if serial is not None},
        "final": [_register(text) for text in final],
        "initial": [_register(text) for text in initial],
        "comment": comment,
    }


def _register(text: str) -> dict[str, str]:
    name, given, value = text.partition("=")
    if not given:
        raise typer.BadParameter(f"{text!r} is not of the form NAME=VALUE, such as energy_import_kwh=1234.5")
    return {"name": name.strip(), "value": value.strip()}
