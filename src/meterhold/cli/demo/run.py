"""Runs the demo from the empty stage to the verdict."""

import asyncio
import logging
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.console import Console

from meterhold.cli.console import out
from meterhold.cli.demo.interruption import Interruption
from meterhold.cli.demo.orders import read_orders
from meterhold.cli.demo.play import OutOfTime, Play
from meterhold.cli.demo.referee import objections, rule, rulings_table
from meterhold.cli.demo.screen import screen_for
from meterhold.cli.demo.stage import Address, Stage, stage
from meterhold.cli.exits import Exit
from meterhold.cli.logs import log_to_file
from meterhold.clock import SteadyClock


def run(site: Path, keep: Path | None, broker: Address | None) -> Exit:
    """Play the demo in a folder of its own, which stays if it was asked for or if something went wrong."""
    folder = keep or Path(tempfile.mkdtemp(prefix="meterhold-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    log_to_file(folder / "gateway.log")
    console = out()
    ended = Exit.FAILED
    try:
        ended = asyncio.run(_run(site, folder, broker, console))
    finally:
        if keep is None and ended in {Exit.DONE, Exit.INTERRUPTED}:
            logging.shutdown()
            shutil.rmtree(folder, ignore_errors=True)
        else:
            console.print(f"store and log are in {folder}")
    return ended


async def _run(site: Path, folder: Path, broker: Address | None, console: Console) -> Exit:
    clock = SteadyClock()
    begin_s = clock.monotonic()
    interrupted = Interruption()
    async with stage(site, folder, broker) as playing:
        screen = screen_for(console, lambda: clock.monotonic() - begin_s)
        play = Play(playing, screen, clock.now)
        try:
            return await _play(play, site, console, interrupted)
        finally:
            screen.close()


async def _play(play: Play, site: Path, console: Console, interrupted: Interruption) -> Exit:
    try:
        holds = await interrupted.race(_perform(play, site))
    except OutOfTime as error:
        play.screen.say(str(error))
        return Exit.UNFINISHED
    if holds is None:
        return await _leave(play, interrupted)
    play.screen.close()
    return await _conclude(play.stage, holds, console)


async def _perform(play: Play, site: Path) -> list[dict[str, Any]]:
    playing = play.stage
    host, port = playing.broker
    play.screen.say(f"{len(playing.fleet.ids)} simulated meters, broker at {host}:{port}, gateway at {playing.url}")
    await play.commission()
    await play.file(read_orders(site / "orders.ndjson", play.now()))
    return await play.until_restored()


async def _conclude(playing: Stage, holds: list[dict[str, Any]], console: Console) -> Exit:
    """Print the statements, then let the simulators' journal speak."""
    for hold in holds:
        console.print()
        console.print(await playing.desk.statement_text(hold["hold_id"]), markup=False, end="")
    console.print()
    rulings = rule(playing.fleet, [await playing.desk.statement(hold["hold_id"]) for hold in holds])
    console.print(rulings_table(rulings))
    wrong = list(objections(rulings, holds))
    for objection in wrong:
        console.print(f"objection: {objection}", markup=False)
    if not wrong:
        console.print(f"{len(holds)} holds restored, every home has supply, every operation made exactly one write")
    return Exit.FAILED if wrong else Exit.DONE


async def _leave(play: Play, interrupted: Interruption) -> Exit:
    """Bring supply back before going, unless told a second time."""
    play.screen.say("interrupted: bringing supply back first (again to leave at once)")
    interrupted.again()
    with suppress(OutOfTime):
        await interrupted.race(play.bring_back())
    still_off = play.still_off()
    play.screen.say(f"still without supply: {', '.join(still_off)}" if still_off else "every home has supply")
    return Exit.INTERRUPTED
