"""Meters whose word and deed differ: nothing is called suspended that is not, and nobody is charged for a wish."""

import pytest

from meterhold.domain.hold import Hold
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import Because, Decision, Outcome, Proof, SupplyState
from meterhold_simulators import Fate, Supply
from tests.integration.gateway.conftest import Open
from tests.support.clocks import PushedClock
from tests.support.homes import ONE_OF_EACH, Place, dds238, shelly, swv, xintai
from tests.support.premises import Site

RELAYS = pytest.mark.parametrize("meter", [dds238("E-1"), shelly("E-2")], ids=lambda meter: meter.profile)
VALVES = pytest.mark.parametrize("meter", [xintai("W-1"), swv("W-2")], ids=lambda meter: meter.profile)
EACH_KIND = pytest.mark.parametrize("meter", ONE_OF_EACH, ids=lambda meter: meter.profile)
ONE_WRITE = [Fate.APPLIED]


async def not_suspended(here: Site, meter: Place) -> Hold:
    """Order a suspension that must come to a person's desk; the hold as it then stands."""
    hold = await here.desk.suspend(meter.meter_id)
    await here.desk.until_waiting(hold.hold_id)
    hold = await here.desk.hold(hold.hold_id)
    assert hold.status is HoldStatus.SUSPENDING
    assert hold.suspend_key is not None
    return hold


@RELAYS
async def test_a_welded_relay_is_contradicted(meter: Place, open_site: Open) -> None:
    """It says off and current flows: one write, connected in truth, never suspended; a person sends it back."""
    async with open_site(meter) as here:
        here.fleet.set_fault(meter.meter_id, "welded")
        hold = await not_suspended(here, meter)
        (leg,) = hold.legs
        assert (leg.outcome, leg.because) == (Outcome.CONTRADICTED, Because.WELDED)
        assert (leg.actual, leg.suspended_at) == (SupplyState.CONNECTED, None)
        assert here.attempts(meter.meter_id) == ONE_WRITE
        assert here.supply(meter.meter_id) == {Supply.CONNECTED}
        await here.desk.decide(hold.hold_id, await here.desk.until_waiting(hold.hold_id), Decision.RESTORE)
        await here.desk.until_status(hold.hold_id, HoldStatus.RESTORED)


@VALVES
async def test_a_leaking_valve_is_contradicted(meter: Place, open_site: Open) -> None:
    """It is shut and water flows: one write, and the leg stays connected."""
    async with open_site(meter) as here:
        here.fleet.set_fault(meter.meter_id, "leak_m3_h", 0.05)
        (leg,) = (await not_suspended(here, meter)).legs
        assert (leg.outcome, leg.because) == (Outcome.CONTRADICTED, Because.LEAKING)
        assert (leg.actual, leg.suspended_at) == (SupplyState.CONNECTED, None)
        assert here.attempts(meter.meter_id) == ONE_WRITE


async def test_a_valve_that_stops_half_way_is_partial(open_site: Open) -> None:
    """Jammed: its motor has stopped, water still runs, and it is not driven again and again."""
    async with open_site(xintai("W-1")) as here:
        here.fleet.set_fault("W-1", "jam_at", 0.4)
        (leg,) = (await not_suspended(here, xintai("W-1"))).legs
        assert leg.outcome in {Outcome.PARTIAL, Outcome.CONTRADICTED}
        assert leg.suspended_at is None
        assert len(here.attempts("W-1")) <= 2


@EACH_KIND
async def test_a_meter_that_only_acknowledges_is_found_unmoved(meter: Place, open_site: Open) -> None:
    """Two writes at most, a look between them, and then a person: the command had no effect."""
    async with open_site(meter) as here:
        here.fleet.set_fault(meter.meter_id, "ack_only")
        (leg,) = (await not_suspended(here, meter)).legs
        assert (leg.outcome, leg.because) == (Outcome.CONTRADICTED, Because.NO_MOVEMENT)
        assert set(here.attempts(meter.meter_id)) == {Fate.NOT_APPLIED}
        assert len(here.attempts(meter.meter_id)) <= 2


@EACH_KIND
async def test_a_meter_that_shows_the_command_and_never_moves_is_contradicted_by_its_load(
    meter: Place, open_site: Open
) -> None:
    """An echo alone is no success, whatever kind of point it comes from: load still flows."""
    async with open_site(meter) as here:
        here.fleet.set_fault(meter.meter_id, "echo_only")
        (leg,) = (await not_suspended(here, meter)).legs
        assert leg.outcome is Outcome.CONTRADICTED
        assert (leg.actual, leg.suspended_at) == (SupplyState.CONNECTED, None)


async def test_an_empty_house_behind_an_echo_is_not_called_suspended(open_site: Open) -> None:
    """Nothing was drawn before, nothing is drawn after, and the register may only repeat the command: unverified."""
    async with open_site(dds238("E-1", load_w=0)) as here:
        (leg,) = (await not_suspended(here, dds238("E-1"))).legs
        assert (leg.outcome, leg.because) == (Outcome.UNVERIFIED, Because.NO_EVIDENCE)
        assert leg.proof.rank < Proof.STATE_READ.rank
        assert here.attempts("E-1") == ONE_WRITE


@pytest.mark.parametrize(
    "meter", [xintai("W-1", demand_m3_h=0), shelly("E-2", load_w=0)], ids=lambda meter: meter.profile
)
async def test_an_empty_house_is_suspended_on_the_word_of_a_limit_switch_and_no_more(
    meter: Place, open_site: Open
) -> None:
    """A state that the actuator itself tells is enough; the proof says that no load was seen to go."""
    async with open_site(meter) as here:
        (leg,) = (await here.desk.suspended(meter.meter_id)).legs
        assert (leg.outcome, leg.proof) == (Outcome.VERIFIED, Proof.STATE_READ)
        assert here.supply(meter.meter_id) == {Supply.DISCONNECTED}


async def test_a_valve_over_an_empty_pipe_proves_nothing_by_its_flow(open_site: Open) -> None:
    """No water stood there to stop: its limit switch is believed, its flow is not."""
    async with open_site(xintai("W-1")) as here:
        here.fleet.set_fault("W-1", "pipe_empty")
        (leg,) = (await here.desk.suspended("W-1")).legs
        assert leg.proof is Proof.STATE_READ


@pytest.mark.parametrize("meter", ONE_OF_EACH[:3], ids=lambda meter: meter.profile)
async def test_a_meter_that_falls_silent_after_the_write_is_left_in_doubt(meter: Place, open_site: Open) -> None:
    """It has acted and nobody can see: not suspended, never written again, and in the end a person is asked."""
    clock = PushedClock()
    async with open_site(meter, clock=clock) as here:
        hold = await here.desk.suspend(meter.meter_id)
        await here.fleet.journal.wait_for_writes(meter.meter_id)
        here.fleet.set_fault(meter.meter_id, "silent")
        hold = await here.desk.until_hold(hold.hold_id, looked_in_vain)
        assert hold.status is HoldStatus.SUSPENDING
        clock.push(1200)
        await here.desk.until_waiting(hold.hold_id)
        hold = await here.desk.hold(hold.hold_id)
        assert (hold.status, hold.legs[0].outcome) == (HoldStatus.SUSPENDING, Outcome.UNRESOLVED)
        assert here.attempts(meter.meter_id) == ONE_WRITE
        assert here.supply(meter.meter_id) == {Supply.DISCONNECTED}


async def test_a_bridge_that_echoes_for_a_silent_valve_is_not_believed(open_site: Open) -> None:
    """All that is heard after the write is the bridge's own optimism: unverified, and not suspended."""
    async with open_site(swv("W-2")) as here:
        hold = await here.desk.suspend("W-2")
        await here.fleet.journal.wait_for_writes("W-2")
        here.fleet.set_fault("W-2", "no_device_report")
        await here.desk.until_waiting(hold.hold_id)
        hold = await here.desk.hold(hold.hold_id)
        assert (hold.legs[0].outcome, hold.legs[0].because) == (Outcome.UNVERIFIED, Because.NO_EVIDENCE)
        assert hold.status is HoldStatus.SUSPENDING
        assert here.attempts("W-2") == ONE_WRITE


def looked_in_vain(hold: Hold) -> bool:
    """Whether more than one look at the first meter has failed."""
    operation = hold.legs[0].operation
    return operation is not None and operation.failed_looks > 1


@EACH_KIND
async def test_a_restore_that_moves_nothing_is_not_called_restored(meter: Place, open_site: Open) -> None:
    """The device takes the reconnect and does nothing: the hold stays restoring, and a person is asked."""
    async with open_site(meter) as here:
        hold = await here.desk.suspended(meter.meter_id)
        here.fleet.set_fault(meter.meter_id, "ack_only")
        await here.desk.restore(hold.hold_id)
        await here.desk.until_waiting(hold.hold_id)
        hold = await here.desk.hold(hold.hold_id)
        assert (hold.status, hold.chargeable_from) == (HoldStatus.RESTORING, None)
        assert here.supply(meter.meter_id) == {Supply.DISCONNECTED}
        here.fleet.clear_faults(meter.meter_id)
        item = next(item for item in hold.attention if item.waiting)
        await here.desk.decide(hold.hold_id, item, Decision.RETRY)
        await here.desk.until_status(hold.hold_id, HoldStatus.RESTORED)
        assert here.supply(meter.meter_id) == {Supply.CONNECTED}
