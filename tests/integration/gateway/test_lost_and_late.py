"""Writes and answers that are lost, late or wrong on the wire: looked at first, never repeated blindly."""

from typing import Any

import pytest

from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import Outcome, Proof
from meterhold_simulators import Fate, Supply
from tests.integration.gateway.conftest import Open
from tests.support.homes import ONE_OF_EACH, PEER, Place, dds238, xintai
from tests.support.premises import Site

EACH_KIND = pytest.mark.parametrize("meter", ONE_OF_EACH, ids=lambda meter: meter.profile)
MODBUS = pytest.mark.parametrize(
    "meter",
    [dds238("E-1"), dds238("E-3", link=PEER), xintai("W-1"), xintai("W-3", link=PEER)],
    ids=["relay-rtu", "relay-tcp", "valve-rtu", "valve-tcp"],
)


async def suspend(here: Site, meter: Place) -> None:
    """Suspend, to the proven end."""
    hold = await here.desk.suspended(meter.meter_id)
    assert (hold.legs[0].outcome, hold.legs[0].proof) == (Outcome.VERIFIED, Proof.LOAD_PROVEN)
    assert here.supply(meter.meter_id) == {Supply.DISCONNECTED}


async def restore(here: Site, meter: Place) -> None:
    """Restore what was suspended, to the proven end."""
    (hold,) = await here.desk.ports.queries.list_holds(status=None, meter_id=meter.meter_id, after=None, limit=2)
    assert (await here.desk.restored(hold.hold_id)).legs[0].outcome is Outcome.VERIFIED
    assert here.supply(meter.meter_id) == {Supply.CONNECTED}


@EACH_KIND
async def test_a_write_whose_answer_is_lost_is_found_done_and_not_repeated(meter: Place, open_site: Open) -> None:
    """The meter acted and nobody heard: one write each way, verified by what is seen."""
    async with open_site(meter) as here:
        here.fleet.set_fault(meter.meter_id, "drop_write_reply", times=1)
        await suspend(here, meter)
        here.fleet.set_fault(meter.meter_id, "drop_write_reply", times=1)
        await restore(here, meter)
        assert here.attempts(meter.meter_id) == [Fate.APPLIED, Fate.APPLIED]


@EACH_KIND
async def test_a_write_that_is_lost_is_written_once_more_after_a_look(meter: Place, open_site: Open) -> None:
    """The meter never heard it: seen in its old state after its time to move, it gets one more write."""
    async with open_site(meter) as here:
        here.fleet.set_fault(meter.meter_id, "drop_write", times=1)
        await suspend(here, meter)
        assert here.attempts(meter.meter_id) == [Fate.LOST, Fate.APPLIED]


@pytest.mark.parametrize("fault", ["hang_up_on_write", "wrong_echo", "wrong_function_reply"])
@MODBUS
async def test_a_write_that_is_answered_wrongly_is_in_doubt_and_looked_at(
    meter: Place, fault: str, open_site: Open
) -> None:
    """Reset, an echo of another register, another function: the write took effect once and is found so."""
    async with open_site(meter) as here:
        here.fleet.set_fault(meter.meter_id, fault, times=1)
        await suspend(here, meter)
        assert here.attempts(meter.meter_id) == [Fate.APPLIED]


@MODBUS
async def test_an_answer_that_comes_during_the_next_request_proves_nothing(meter: Place, open_site: Open) -> None:
    """The write's echo arrives after its time-out; the next question gets its own answer or none."""
    async with open_site(meter) as here:
        here.fleet.set_fault(meter.meter_id, "late_write_reply_s", 0.6, times=1)
        await suspend(here, meter)
        here.fleet.set_fault(meter.meter_id, "late_write_reply_s", 0.6, times=1)
        await restore(here, meter)
        assert here.attempts(meter.meter_id) == [Fate.APPLIED, Fate.APPLIED]


@MODBUS
async def test_a_late_look_from_before_the_write_is_not_taken_for_one_after_it(meter: Place, open_site: Open) -> None:
    """Each answer is late at first, so that looks time out one after the other: no false success, and one write."""
    async with open_site(meter) as here:
        here.fleet.set_fault(meter.meter_id, "late_reply_s", 0.6, times=3)
        await suspend(here, meter)
        assert here.attempts(meter.meter_id) == [Fate.APPLIED]


@EACH_KIND
async def test_answers_that_come_twice_change_nothing(meter: Place, open_site: Open) -> None:
    """Duplicates on the wire: one write each way."""
    async with open_site(meter) as here:
        here.fleet.set_fault(meter.meter_id, "duplicate_reply")
        await suspend(here, meter)
        await restore(here, meter)
        assert here.attempts(meter.meter_id) == [Fate.APPLIED, Fate.APPLIED]


@pytest.mark.parametrize("fault", [{"delay_actuation_s": 0.25}, {"late_write_reply_s": 0.3, "delay_actuation_s": 0.1}])
@EACH_KIND
async def test_a_meter_that_acts_late_is_waited_for(meter: Place, fault: dict[str, Any], open_site: Open) -> None:
    """Acknowledged at once, carried out later, within its time to move: no second write, and the truth in the end."""
    async with open_site(meter) as here:
        for name, value in fault.items():
            here.fleet.set_fault(meter.meter_id, name, value)
        await suspend(here, meter)
        assert here.attempts(meter.meter_id) == [Fate.APPLIED]


async def test_a_meter_that_stays_silent_stops_no_other(open_site: Open) -> None:
    """On its own line, on another one and on the broker the orders are done while it is still tried."""
    silent, neighbour, peer = dds238("E-1"), xintai("W-4"), dds238("E-3", link=PEER)
    async with open_site(silent, neighbour, peer, *ONE_OF_EACH[2:]) as here:
        here.fleet.set_fault("E-1", "silent")
        stuck = await here.desk.suspend("E-1")
        for meter in (neighbour, peer, *ONE_OF_EACH[2:]):
            await suspend(here, meter)
        assert (await here.desk.hold(stuck.hold_id)).status is HoldStatus.SUSPENDING
        here.fleet.clear_faults("E-1")
        await here.desk.until_status(stuck.hold_id, HoldStatus.SUSPENDED)
        assert here.attempts("E-1") == [Fate.APPLIED]


async def test_a_meter_that_cannot_be_reached_in_time_is_said_to_be_so(open_site: Open) -> None:
    """Nothing was written, a person is asked, and nothing is called suspended."""
    async with open_site(dds238("E-1"), unreachable_after_s=0.5) as here:
        here.fleet.set_fault("E-1", "silent")
        hold = await here.desk.suspend("E-1")
        await here.desk.until_waiting(hold.hold_id)
        hold = await here.desk.hold(hold.hold_id)
        assert (hold.status, hold.legs[0].outcome) == (HoldStatus.SUSPENDING, Outcome.UNREACHABLE)
        assert here.attempts("E-1") == []
