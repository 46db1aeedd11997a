"""Valves that hear only after they have spoken: commands wait at the network server, and only the valve proves."""

import asyncio
from datetime import timedelta

import pytest

from meterhold.domain.hold import Hold
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.operation_table import OperationState
from meterhold.domain.words import Identity, Outcome, Proof, SupplyState
from meterhold_simulators import Fate, Supply
from tests.integration.gateway.conftest import Open
from tests.integration.gateway.test_mqtt_models import commission, shown, waiting
from tests.support.homes import Place
from tests.support.more_homes import strega, uc511

VALVES = pytest.mark.parametrize("meter", [uc511("W-1"), strega("W-2")], ids=lambda meter: meter.profile)


@VALVES
async def test_both_ways(meter: Place, open_site: Open) -> None:
    """Off and on again with one downlink each, verified by what the valve said after it had it."""
    async with open_site(meter, commission=False) as here:
        await commission(here, meter)
        hold = await here.desk.suspended(meter.meter_id)
        assert shown(hold) == (SupplyState.DISCONNECTED, Outcome.VERIFIED, Proof.STATE_READ, Identity.DEVICE_ID)
        assert here.supply(meter.meter_id) == {Supply.DISCONNECTED}
        hold = await here.desk.restored(hold.hold_id)
        assert shown(hold) == (SupplyState.CONNECTED, Outcome.VERIFIED, Proof.STATE_READ, Identity.DEVICE_ID)
        assert here.supply(meter.meter_id) == {Supply.CONNECTED}
        assert here.attempts(meter.meter_id) == [Fate.APPLIED, Fate.APPLIED]


@VALVES
async def test_a_lost_acknowledgement_is_outweighed_by_an_uplink(meter: Place, open_site: Open) -> None:
    """The server says that nobody acknowledged; the valve says that it is closed. One downlink."""
    async with open_site(meter, commission=False) as here:
        await commission(here, meter)
        here.fleet.set_fault(meter.meter_id, "ack_lost")
        hold = await here.desk.suspended(meter.meter_id)
        assert shown(hold)[:2] == (SupplyState.DISCONNECTED, Outcome.VERIFIED)
        assert here.attempts(meter.meter_id) == [Fate.APPLIED]


@VALVES
async def test_a_downlink_that_nobody_heard_is_sent_once_more(meter: Place, open_site: Open) -> None:
    """Not acknowledged, and the valve still says open: one more, and not before."""
    async with open_site(meter, commission=False) as here:
        await commission(here, meter)
        here.fleet.set_fault(meter.meter_id, "drop_write", times=1)
        await here.desk.suspended(meter.meter_id)
        assert here.attempts(meter.meter_id) == [Fate.LOST, Fate.APPLIED]


@VALVES
async def test_uplinks_out_of_order_and_twice_prove_nothing_false(meter: Place, open_site: Open) -> None:
    """Older frames that come later are dropped by their counter, both ways."""
    async with open_site(meter, commission=False) as here:
        await commission(here, meter)
        here.fleet.set_fault(meter.meter_id, "uplinks_swapped")
        here.fleet.set_fault(meter.meter_id, "duplicate_reply")
        hold = await here.desk.suspended(meter.meter_id)
        await here.desk.restored(hold.hold_id)
        assert here.attempts(meter.meter_id) == [Fate.APPLIED, Fate.APPLIED]


@VALVES
async def test_a_valve_out_of_reach_keeps_its_operation_open(meter: Place, open_site: Open) -> None:
    """The command waits at the server and the operation stays open; once the valve speaks it is done. One downlink."""
    async with open_site(meter, commission=False) as here:
        await commission(here, meter)
        here.fleet.set_fault(meter.meter_id, "silent")
        hold = await here.desk.suspend(meter.meter_id)
        await here.desk.until_hold(hold.hold_id, at_the_server)
        await asyncio.sleep(0.3)
        hold = await here.desk.hold(hold.hold_id)
        assert (hold.status, hold.legs[0].outcome) == (HoldStatus.SUSPENDING, None)
        assert here.attempts(meter.meter_id) == []
        here.fleet.clear_faults(meter.meter_id)
        await here.desk.until_status(hold.hold_id, HoldStatus.SUSPENDED)
        assert here.attempts(meter.meter_id) == [Fate.APPLIED]


async def test_a_jammed_strega_is_partial(open_site: Open) -> None:
    """Neither limit switch when the travel is over: half way, and a person's business."""
    async with open_site(strega("W-2"), commission=False) as here:
        await commission(here, strega("W-2"))
        here.fleet.set_fault("W-2", "jam_at", 0.43)
        leg = await waiting(here, "W-2")
        assert leg.outcome is Outcome.PARTIAL
        assert leg.suspended_at is None


@VALVES
async def test_a_command_that_expired_at_the_server_is_never_delivered(meter: Place, open_site: Open) -> None:
    """The valve comes back into reach after the order's last moment: the server drops the command, and supply stays."""
    async with open_site(meter, commission=False) as here:
        await commission(here, meter)
        here.fleet.set_fault(meter.meter_id, "silent")
        last = here.desk.ports.clock.now() + timedelta(seconds=2)
        hold = await here.desk.suspend(meter.meter_id, not_after=last.isoformat())
        await here.desk.until_hold(hold.hold_id, at_the_server)
        await asyncio.sleep((last - here.desk.ports.clock.now()).total_seconds() + 0.1)
        here.fleet.clear_faults(meter.meter_id)
        hold = await here.desk.until_hold(hold.hold_id, lambda hold: hold.legs[0].outcome is not None)
        assert hold.legs[0].outcome is not Outcome.VERIFIED
        assert here.attempts(meter.meter_id) == [Fate.LOST]
        assert here.supply(meter.meter_id) == {Supply.CONNECTED}


@VALVES
async def test_a_restore_queues_behind_what_is_still_at_the_server(meter: Place, open_site: Open) -> None:
    """What cannot be taken back is delivered first, then undone: supply is there at the end, with one downlink each."""
    async with open_site(meter, commission=False) as here:
        await commission(here, meter)
        here.fleet.set_fault(meter.meter_id, "silent")
        hold = await here.desk.suspend(meter.meter_id)
        await here.desk.until_hold(hold.hold_id, at_the_server)
        await here.desk.restore(hold.hold_id)
        hold = await here.desk.until_hold(hold.hold_id, lambda hold: hold.legs[0].waits_until is not None)
        assert here.attempts(meter.meter_id) == []
        here.fleet.clear_faults(meter.meter_id)
        hold = await here.desk.until_status(hold.hold_id, HoldStatus.RESTORED)
        assert here.written(meter.meter_id) == ["disconnected", "connected"]
        assert here.supply(meter.meter_id) == {Supply.CONNECTED}


def at_the_server(hold: Hold) -> bool:
    """Whether the server keeps the only leg's command."""
    operation = hold.legs[0].operation
    return operation is not None and operation.state is OperationState.AT_CARRIER
