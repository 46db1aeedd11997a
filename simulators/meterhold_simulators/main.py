"""Runs a fleet from its file until it is told to stop; `meterhold simulate` is this."""

import asyncio
import logging
import signal
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TextIO

import uvloop

from meterhold_simulators.control import serve_control
from meterhold_simulators.fleet import Fleet
from meterhold_simulators.fleet_file import load_fleet
from meterhold_simulators.scenario import Scenario
from meterhold_simulators.scenario_file import load_scenario
from meterhold_simulators.scenario_spec import ScenarioSpec
from meterhold_simulators.spec import FleetSpec

log = logging.getLogger(__name__)


def run(
    fleet_file: Path,
    *,
    scenario_file: Path | None = None,
    seed: int | None = None,
    journal_file: Path | None = None,
    control_port: int = 0,
    broker: tuple[str, int] | None = None,
    say: Callable[[str], None] = print,
    ready: Callable[[Fleet], None] | None = None,
) -> None:
    """Run the fleet of a file, and a scenario on it, until SIGINT or SIGTERM.

    `broker` replaces the address of every broker in the file; `seed` the scenario's own; the journal is written to
    its file line by line. FleetFileError where a file is wrong, OSError where a port is taken, a broker cannot be
    reached or the journal cannot be written.
    """
    spec = load_fleet(fleet_file, seed or 0)
    if broker is not None:
        spec = spec.with_broker(*broker)
    scenario = None if scenario_file is None else load_scenario(scenario_file, spec)
    if scenario is not None:
        spec = spec.model_copy(update={"time_scale": scenario.time_scale or spec.time_scale})
        if seed is not None:
            scenario = scenario.model_copy(update={"seed": seed})
    with ExitStack() as open_files:
        journal = None if journal_file is None else open_files.enter_context(_line_by_line(journal_file))
        uvloop.run(serve(spec, scenario, journal, control_port=control_port, say=say, ready=ready))


async def serve(
    spec: FleetSpec,
    scenario: ScenarioSpec | None = None,
    journal: TextIO | None = None,
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
        if journal is not None:
            fleet.journal.listeners.append(partial(print, end="", file=journal))
        say_where(spec, fleet, bound, say)
        if ready is not None:
            ready(fleet)
        await _play_until(stopping, scenario, fleet, say)
        log.info("stopping")


async def _play_until(
    stopping: asyncio.Event, scenario: ScenarioSpec | None, fleet: Fleet, say: Callable[[str], None]
) -> None:
    """Play the scenario, and stay when it has ended; what goes wrong in it ends the program."""
    stop = asyncio.create_task(stopping.wait())
    if scenario is not None:
        played = asyncio.create_task(Scenario(scenario, scenario.seed, fleet).play(), name="scenario")
        await asyncio.wait({stop, played}, return_when=asyncio.FIRST_COMPLETED)
        if played.done():
            played.result()
            say("scenario ended")
        else:
            played.cancel()
    await stop


def _line_by_line(path: Path) -> TextIO:
    """A file in which each line is there as soon as it was written."""
    return path.open("w", encoding="utf-8", buffering=1)


def say_where(spec: FleetSpec, fleet: Fleet, control_port: int, say: Callable[[str], None]) -> None:
    """Say one line for each place where the fleet can be reached, and last `ready`."""
    for name, listener in spec.listeners.items():
        say(f"listener {name} {listener.host}:{fleet.ports[name]} {listener.framing}")
    for name, broker in spec.brokers.items():
        say(f"broker {name} {broker.host}:{broker.port}")
    say(f"control http://127.0.0.1:{control_port}")
    say("ready")
