"""The later Modbus models through the whole gateway: what they can prove is verified, and what they cannot is not."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import Because, Outcome, Proof, SupplyState
from meterhold_simulators import Fate, Supply
from tests.integration.gateway.conftest import Open
from tests.support.homes import PEER, Homes, Place, dds238, quick_profiles, xintai
from tests.support.modbus_homes import WB_MWAC, abb_a43, acti9, lx47le, neptun, wb_mwac
from tests.support.premises import Site, site
from tests.support.settling import with_profile

PROVEN = [
    (lx47le("E-1"), Proof.LOAD_PROVEN),
    (abb_a43("E-2"), Proof.LOAD_PROVEN),
    (acti9("E-3"), Proof.STATE_READ),
]


@pytest.mark.parametrize(("meter", "proof"), PROVEN, ids=lambda one: getattr(one, "profile", ""))
async def test_it_is_switched_and_proven_both_ways(meter: Place, proof: Proof, open_site: Open) -> None:
    """Off and back with one write each, verified as strongly as the model can show."""
    async with open_site(meter) as here:
        hold = await here.desk.suspended(meter.meter_id)
        (leg,) = hold.legs
        assert (leg.outcome, leg.proof, here.supply(meter.meter_id)) == (Outcome.VERIFIED, proof, {Supply.DISCONNECTED})
        hold = await here.desk.restored(hold.hold_id)
        (leg,) = hold.legs
        assert (leg.outcome, leg.proof, here.supply(meter.meter_id)) == (Outcome.VERIFIED, proof, {Supply.CONNECTED})
        assert here.written(meter.meter_id) == ["disconnected", "connected"]


async def test_a_valve_without_limit_switch_is_switched_and_never_called_verified(open_site: Open) -> None:
    """The output says off, and the meter behind it saw no flow before: one write, unverified, no evidence."""
    async with open_site(replace(wb_mwac("W-1"), proof_from="W-2"), dry("W-2")) as here:
        hold = await here.desk.suspend("W-1")
        hold = await here.desk.until_hold(hold.hold_id, lambda hold: hold.legs[0].outcome is not None)
        (leg,) = hold.legs
        assert (leg.outcome, leg.because) == (Outcome.UNVERIFIED, Because.NO_EVIDENCE)
        assert here.written("W-1") == ["disconnected"]
        await here.desk.restore(hold.hold_id)
        hold = await here.desk.until_hold(hold.hold_id, lambda hold: len(hold.attention) > 1)
        (leg,) = hold.legs
        assert (hold.status, leg.outcome, leg.because) == (
            HoldStatus.RESTORING,
            Outcome.UNVERIFIED,
            Because.NO_EVIDENCE,
        )
        assert here.written("W-1") == ["disconnected", "connected"]
        assert here.supply("W-1") == {Supply.CONNECTED}


@pytest.mark.parametrize(
    ("fault", "value", "because"),
    [("local_lock", True, Because.LOCAL_CONTROL), ("trip_reason", 2, Because.TRIPPED)],
)
async def test_a_locked_or_tripped_breaker_is_not_asked_to_close(
    open_site: Open, fault: str, value: object, because: Because
) -> None:
    """The restore waits at the interlock without a write; once it is gone, one write brings supply back."""
    async with open_site(lx47le("E-1")) as here:
        hold = await here.desk.suspended("E-1")
        here.fleet.set_fault("E-1", fault, value)
        await here.desk.restore(hold.hold_id)
        hold = await here.desk.until_hold(hold.hold_id, lambda hold: hold.legs[0].because is because)
        assert hold.status is HoldStatus.RESTORING
        assert here.written("E-1") == ["disconnected"]
        here.fleet.clear_faults("E-1")
        await here.desk.until_status(hold.hold_id, HoldStatus.RESTORED)
        assert here.written("E-1") == ["disconnected", "connected"]


@pytest.mark.parametrize(
    ("meter", "fault", "value"),
    [(lx47le("E-1"), "map_shift", 1), (lx47le("E-1"), "map_shift", -1), (acti9("E-3"), "degraded", True)],
    ids=["a register further", "a register before", "a module without its 24 V"],
)
async def test_what_fails_its_guard_is_not_written(open_site: Open, meter: Place, fault: str, value: object) -> None:
    """Another register map, or data that the module itself calls invalid: nothing is believed and nothing is sent."""
    async with open_site(meter) as here:
        here.fleet.set_fault(meter.meter_id, fault, value)
        hold = await here.desk.suspend(meter.meter_id)
        await here.desk.until_hold(hold.hold_id, lambda hold: hold.legs[0].because is Because.METER_MISMATCH)
        assert here.attempts(meter.meter_id) == []
        assert here.supply(meter.meter_id) == {Supply.CONNECTED}


async def test_an_output_of_the_calendar_is_not_taken_for_ours(open_site: Open) -> None:
    """The meter acknowledges and keeps its output: never suspended, and the load says so."""
    async with open_site(abb_a43("E-2")) as here:
        here.fleet.set_fault("E-2", "output_claimed")
        hold = await here.desk.suspend("E-2")
        await here.desk.until_waiting(hold.hold_id)
        hold = await here.desk.hold(hold.hold_id)
        (leg,) = hold.legs
        assert (leg.outcome, leg.because) == (Outcome.CONTRADICTED, Because.NO_MOVEMENT)
        assert (leg.actual, leg.proof, leg.suspended_at) == (SupplyState.CONNECTED, Proof.LOAD_PROVEN, None)
        assert set(here.attempts("E-2")) == {Fate.NOT_APPLIED}


async def test_a_contactor_that_sticks_is_contradicted(open_site: Open) -> None:
    """The output is off and current flows: welded, and never suspended."""
    async with open_site(abb_a43("E-2")) as here:
        here.fleet.set_fault("E-2", "welded")
        hold = await here.desk.suspend("E-2")
        await here.desk.until_waiting(hold.hold_id)
        (leg,) = (await here.desk.hold(hold.hold_id)).legs
        assert (leg.outcome, leg.because) == (Outcome.CONTRADICTED, Because.WELDED)


async def test_no_order_is_left_with_a_module_that_cannot_take_it(open_site: Open) -> None:
    """Nothing is connected to the channel: an order would wait there and act whenever it likes, so none is sent."""
    async with open_site(acti9("E-3")) as here:
        here.fleet.set_fault("E-3", "no_product")
        hold = await here.desk.suspend("E-3")
        await here.desk.until_hold(hold.hold_id, lambda hold: hold.legs[0].because is Because.DEVICE_OFFLINE)
        assert here.attempts("E-3") == []


@pytest.mark.parametrize("valve", [wb_mwac("W-1"), neptun("W-1")], ids=lambda valve: valve.profile)
async def test_another_meter_s_flow_proves_a_valve_without_limit_switch(open_site: Open, valve: Place) -> None:
    """Flow before, none after, then flow again: load-proven both ways, one write each, none to the other meter."""
    async with open_site(replace(valve, proof_from="W-2"), xintai("W-2", unit=22)) as here:
        follow(here, valve="W-1", meter="W-2")
        hold = await here.desk.suspended("W-1")
        (leg,) = hold.legs
        assert (leg.outcome, leg.proof) == (Outcome.VERIFIED, Proof.LOAD_PROVEN)
        assert here.supply("W-1") == {Supply.DISCONNECTED}
        hold = await here.desk.restored(hold.hold_id)
        (leg,) = hold.legs
        assert (leg.outcome, leg.proof) == (Outcome.VERIFIED, Proof.LOAD_PROVEN)
        assert here.supply("W-1") == {Supply.CONNECTED}
        assert here.written("W-1") == ["disconnected", "connected"]
        assert here.written("W-2") == []


async def test_a_module_that_goes_to_its_safe_state_by_itself_is_reported_and_not_fought(open_site: Open) -> None:
    """Nobody polls a held valve, and its module lets water through again after silence: reverted, and one write."""
    checked = quick_profiles()[WB_MWAC].with_timing(post_check_s=1.0)
    valve = replace(wb_mwac("W-1", safe_state="connected"), proof_from="W-2")
    async with open_site(valve, xintai("W-2", unit=22), wrap=with_profile(WB_MWAC, checked)) as here:
        follow(here, valve="W-1", meter="W-2")
        hold = await here.desk.suspended("W-1")
        here.fleet.set_fault("W-1", "safe_state_after_s", 0.2)
        await here.fleet.wait_until("W-1", lambda truth: truth.supply is Supply.CONNECTED)
        hold = await here.desk.until_hold(hold.hold_id, lambda hold: hold.legs[0].outcome is Outcome.REVERTED)
        assert hold.legs[0].actual is SupplyState.CONNECTED
        assert here.written("W-1") == ["disconnected"]


@pytest.mark.parametrize("valve", [wb_mwac("W-1"), neptun("W-1")], ids=lambda valve: valve.profile)
async def test_a_jam_that_the_valve_cannot_see_is_seen_by_the_flow(open_site: Open, valve: Place) -> None:
    """The output says off and water flows behind it: contradicted, never suspended."""
    async with open_site(replace(valve, proof_from="W-2"), xintai("W-2", unit=22)) as here:
        follow(here, valve="W-1", meter="W-2")
        here.fleet.set_fault("W-1", "jam_at", 0.5)
        hold = await here.desk.suspend("W-1")
        await here.desk.until_waiting(hold.hold_id)
        (leg,) = (await here.desk.hold(hold.hold_id)).legs
        assert (leg.outcome, leg.because, leg.suspended_at) == (Outcome.CONTRADICTED, Because.LEAKING, None)
        assert here.written("W-1") == ["disconnected"]


async def test_a_contact_is_proven_by_the_meter_behind_it(open_site: Open) -> None:
    """A contactor whose module measures nothing: the meter beside it lifts the proof from position to load."""
    async with open_site(replace(acti9("E-1"), proof_from="E-2"), dds238("E-2")) as here:
        follow(here, valve="E-1", meter="E-2")
        hold = await here.desk.suspended("E-1")
        assert (hold.legs[0].outcome, hold.legs[0].proof) == (Outcome.VERIFIED, Proof.LOAD_PROVEN)
        hold = await here.desk.restored(hold.hold_id)
        assert (hold.legs[0].outcome, hold.legs[0].proof) == (Outcome.VERIFIED, Proof.LOAD_PROVEN)
        assert here.written("E-2") == []


def dry(meter_id: str) -> Place:
    """A water meter behind which nobody draws."""
    return xintai(meter_id, unit=22, demand_m3_h=0)


def follow(here: Site, *, valve: str, meter: str) -> None:
    """Let a meter measure what another device lets through, as it does behind it on the same pipe or wire."""

    def carry() -> None:
        truth = here.fleet.truth(valve)
        if truth.flow_m3_h is not None:
            here.fleet.set_demand(meter, truth.flow_m3_h)
        if truth.load_w is not None:
            here.fleet.set_load(meter, load_w=truth.load_w)

    here.fleet.meter(valve).watchers.append(carry)
    carry()


@pytest.fixture
async def taps(tmp_path: Path) -> AsyncIterator[Site]:
    """A leak protection on a peer that takes one connection at a time, which the link closes after use."""
    homes = Homes(
        (replace(neptun("W-1", keyboard_lock=True), proof_from="W-2"), dry("W-2")),
        tmp_path,
        links={PEER: {"close_after_use": True, "max_connections": 1}},
        listeners={PEER: {"max_connections": 1}},
    )
    async with site(homes) as here:
        yield here


async def test_taps_in_a_word_of_settings_are_switched_without_touching_the_rest(taps: Site) -> None:
    """Read, change two bits, write back: what was on the wire each way, and never more than unverified alone."""
    hold = await taps.desk.suspend("W-1")
    hold = await taps.desk.until_hold(hold.hold_id, lambda hold: hold.legs[0].outcome is not None)
    assert (hold.legs[0].outcome, hold.legs[0].because) == (Outcome.UNVERIFIED, Because.NO_EVIDENCE)
    await taps.desk.restore(hold.hold_id)
    await taps.desk.until_hold(hold.hold_id, lambda hold: len(hold.attention) > 1)
    assert taps.written("W-1") == ["disconnected", "connected"]
    sent = [entry.wire_text[-17:] for entry in taps.fleet.journal.writes("W-1")]
    assert sent == ["f0 06 00 00 10 00", "f0 06 00 00 13 00"]


async def test_a_sensor_that_comes_and_goes_between_read_and_write_is_not_written_back(taps: Site) -> None:
    """The word changes after every read: only the taps are written, no flag that the module shows goes back to it."""
    taps.fleet.set_fault("W-1", "sensor_lost_after_read")
    hold = await taps.desk.suspend("W-1")
    hold = await taps.desk.until_hold(hold.hold_id, lambda hold: hold.legs[0].outcome is not None)
    await taps.desk.restore(hold.hold_id)
    await taps.desk.until_hold(hold.hold_id, lambda hold: len(hold.attention) > 1)
    assert taps.written("W-1") == ["disconnected", "connected"]


async def test_while_a_leak_keeps_the_taps_shut_nothing_is_written(taps: Site) -> None:
    """The restore waits for a person to look at the leak; once it is dry, one write brings water back."""
    hold = await taps.desk.suspend("W-1")
    await taps.desk.until_hold(hold.hold_id, lambda hold: hold.legs[0].outcome is not None)
    taps.fleet.set_fault("W-1", "leak_alarm")
    await taps.desk.restore(hold.hold_id)
    await taps.desk.until_hold(hold.hold_id, lambda hold: hold.legs[0].because is Because.TRIPPED)
    assert taps.written("W-1") == ["disconnected"]
    taps.fleet.clear_faults("W-1")
    await taps.fleet.wait_until("W-1", lambda truth: truth.supply is Supply.CONNECTED)
    assert taps.written("W-1") == ["disconnected", "connected"]
