"""The machine's clock jumps under a gateway at work: nothing is cut on a doubtful time, and supply comes back."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from meterhold.clock import machine_time
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import Because, Outcome
from meterhold_simulators import Supply
from tests.integration.gateway.conftest import Open
from tests.support.clocks import SetClock
from tests.support.desk import order
from tests.support.homes import PEER, Homes, dds238
from tests.support.journal_file import read_events
from tests.support.premises import premises

JUMPS = pytest.mark.parametrize(
    "jump",
    [timedelta(hours=1), timedelta(hours=-1), datetime(1970, 1, 1, tzinfo=UTC) - machine_time()],
    ids=["an hour forward", "an hour back", "to 1970"],
)


@JUMPS
async def test_on_a_doubtful_time_nothing_is_cut_and_supply_comes_back(jump: timedelta, open_site: Open) -> None:
    """The suspension waits, and says why; a restore of another home is carried out meanwhile."""
    clock = SetClock(settle_s=3600)
    async with open_site(dds238("E-1"), dds238("E-3", link=PEER), clock=clock) as here:
        off = await here.desk.suspended("E-3")
        clock.set_by(jump)
        clock.check()
        hold = await here.desk.suspend("E-1")
        await here.desk.until_hold(hold.hold_id, lambda hold: hold.legs[0].because is Because.CLOCK)
        await here.desk.restored(off.hold_id)
        assert here.written("E-1") == []
        assert here.written("E-3") == ["disconnected", "connected"]


@JUMPS
async def test_once_the_new_time_has_stood_it_counts_and_what_waited_goes_on(jump: timedelta, tmp_path: Path) -> None:
    """A write that was under way when it happened is seen through, once; the journal says by how much it jumped."""
    clock = SetClock(settle_s=0.5)
    # Without the referee: its own notes are in order of a time that here runs backwards.
    async with premises(Homes((dds238("E-1"),), tmp_path)) as place, place.gateway(clock=clock) as desk:
        await desk.commission("E-1")
        place.fleet.set_fault("E-1", "late_write_reply_s", 0.3, times=1)
        hold = await desk.suspend("E-1")
        await place.fleet.journal.wait_for_writes("E-1")
        clock.set_by(jump)
        await until_stepped(clock, jump)
        hold = await desk.until_status(hold.hold_id, HoldStatus.SUSPENDED)
        assert hold.legs[0].outcome is Outcome.VERIFIED
        assert place.fleet.truth("E-1").supply is Supply.DISCONNECTED
        # The sender's clock did not jump.
        issued_at = (machine_time() + max(jump, timedelta())).isoformat()
        await desk.send(order("restore", "WO-9", issued_at, hold_id=hold.hold_id))
        await desk.until_status(hold.hold_id, HoldStatus.RESTORED)
        assert place.fleet.truth("E-1").supply is Supply.CONNECTED
        assert [write.target for write in place.fleet.journal.writes("E-1")] == ["disconnected", "connected"]
        (stepped,) = [event for event in read_events(place.store) if event.kind == "clock_stepped"]
        assert stepped.body["step_s"] == pytest.approx(jump.total_seconds(), abs=5)


async def until_stepped(clock: SetClock, jump: timedelta) -> None:
    """Wait until the gateway goes by the new time."""
    async with asyncio.timeout(20):
        while abs(clock.now() - (machine_time() + jump)) > timedelta(seconds=5):  # noqa: ASYNC110 - no commit tells
            await asyncio.sleep(0.02)
