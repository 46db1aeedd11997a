"""Runs a fleet from its file until it is told to stop; `meterhold simulate` is this."""

import asyncio
import logging
import signal
from collections.abc import Callable
from pathlib import Path

import uvloop

from meterhold_simulators.control import serve_control
from meterhold_simulators.fleet import Fleet
from meterhold_simulators.fleet_file import load_fleet
from meterhold_simulators.spec import FleetSpec

log = logging.getLogger(__name__)


def run(
    fleet_file: Path,
    *,
    control_port: int = 0,
    broker: tuple[str, int] | None = None,
    say: Callable[[str], None] = print,
    ready: Callable[[Fleet], None] | None = None,
) -> None:
    """Run the fleet of a file until SIGINT or SIGTERM.

    `broker` replaces the address of every broker in the file. FleetFileError where the file is wrong, OSError where
    a port is taken or a broker cannot be reached.
    """
    spec = load_fleet(fleet_file)
    if broker is not None:
        spec = spec.with_broker(*broker)
    uvloop.run(serve(spec, control_port=control_port, say=say, ready=ready))


async def serve(
    spec: FleetSpec,
    *,
    control_port: int = 0,
    say: Callable[[str], None] = print,
    ready: Callable[[Fleet], None] | None = None,
) -> None:
    """Run a fleet until SIGINT or SIGTERM, saying one line a listener and then `ready`."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    async with Fleet.start(spec) as fleet, serve_control(fleet, control_port) as bound:
        say_where(spec, fleet, bound, say)
        if ready is not None:
            ready(fleet)
        await stopping.wait()
        log.info("stopping")


def say_where(spec: FleetSpec, fleet: Fleet, control_port: int, say: Callable[[str], None]) -> None:
    """Say one line for each place where the fleet can be reached, and last `ready`."""
    for name, listener in spec.listeners.items():
        say(f"listener {name} {listener.host}:{fleet.ports[name]} {listener.framing}")
    for name, broker in spec.brokers.items():
        say(f"broker {name} {broker.host}:{broker.port}")
    say(f"control http://127.0.0.1:{control_port}")
    say("ready")
