"""What happens behind the switch, and after it: back-feed, travel, devices with a will of their own, leaks."""

from decimal import Decimal
from pathlib import Path

import pytest

from meterhold.domain.commands import Terms
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.leaking import LeakWatch
from meterhold.domain.words import Because, Outcome, SupplyState
from meterhold.profiles import Profile, parse_profile
from meterhold_simulators import Supply
from tests.integration.gateway.conftest import Open
from tests.support.homes import DDS238, Place, dds238, quick_profiles, shelly, swv, xintai
from tests.support.settling import with_profile, with_terms

_QUICK = {"settle_s": 0.05, "poll_s": 0.05, "travel_s": 0.6, "interlock_recheck_s": 0.2}
BUILTIN = Path(__file__).parents[3] / "src" / "meterhold" / "profiles" / "builtin"


def measured_behind_its_relay() -> Profile:
    """The DDS238 wired the other way round: its voltage is that of the customer's side."""
    text = (BUILTIN / f"{DDS238}.yaml").read_text()
    turned = text.replace("supply: {point: voltage, above: 180}", "load_side: {point: voltage, above: 50}")
    assert turned != text
    return parse_profile(turned, DDS238).with_timing(settle_s=0.03, poll_s=0.05, travel_s=0.4, interlock_recheck_s=0.2)


async def test_nothing_is_closed_onto_voltage_that_the_house_feeds_back(open_site: Open) -> None:
    """Row 24: the restore waits without a write and says why; without the voltage, one write brings supply back."""
    meter = dds238("E-1", voltage_at="load")
    async with open_site(meter, wrap=with_profile(DDS238, measured_behind_its_relay())) as here:
        hold = await here.desk.suspended("E-1")
        here.fleet.set_fault("E-1", "backfeed_v", 230)
        await here.desk.restore(hold.hold_id)
        hold = await here.desk.until_hold(hold.hold_id, lambda hold: hold.legs[0].because is Because.LOAD_SIDE_VOLTAGE)
        assert (hold.status, here.written("E-1")) == (HoldStatus.RESTORING, ["disconnected"])
        here.fleet.clear_faults("E-1")
        await here.desk.until_status(hold.hold_id, HoldStatus.RESTORED)
        assert here.written("E-1") == ["disconnected", "connected"]


async def test_a_valve_in_travel_is_not_reversed(open_site: Open) -> None:
    """Row 28: a restore that arrives half way waits until the valve has come to rest, then sends it back."""
    async with open_site(xintai("W-1", travel_s=0.3)) as here:
        hold = await here.desk.suspend("W-1")
        await here.fleet.wait_until("W-1", lambda truth: truth.supply is Supply.MOVING)
        await here.desk.restore(hold.hold_id)
        assert here.supply("W-1") == {Supply.MOVING}
        assert here.written("W-1") == ["disconnected"]
        await here.fleet.wait_until("W-1", lambda truth: truth.supply is Supply.DISCONNECTED)
        await here.desk.until_status(hold.hold_id, HoldStatus.RESTORED)
        assert here.written("W-1") == ["disconnected", "connected"]


@pytest.mark.parametrize("place", [dds238("E-1"), shelly("E-2"), xintai("W-1")], ids=lambda place: place.profile)
async def test_a_device_that_flips_back_is_reported_and_not_fought(place: Place, open_site: Open) -> None:
    """Row 29: verified, then on again by itself: the check says reverted, and nothing is written again."""
    checked = quick_profiles()[place.profile].with_timing(**{**_QUICK, "post_check_s": 0.5})
    async with open_site(place, wrap=with_profile(place.profile, checked)) as here:
        hold = await here.desk.suspended(place.meter_id)
        here.fleet.meter(place.meter_id).press_button()
        await here.fleet.wait_until(place.meter_id, lambda truth: truth.supply is Supply.CONNECTED)
        hold = await here.desk.until_hold(hold.hold_id, lambda hold: hold.legs[0].outcome is Outcome.REVERTED)
        item = await here.desk.until_waiting(hold.hold_id)
        assert item.meter_id == place.meter_id
        assert hold.legs[0].actual is SupplyState.CONNECTED
        assert here.written(place.meter_id) == ["disconnected"]


async def test_water_that_runs_on_after_the_restore_is_shut_off_again(open_site: Open) -> None:
    """A continuous leak: closing again is part of the restore, has its own intent, and a person is told."""
    terms = Terms(leak_watch={"water": LeakWatch(within_s=0.4, every_s=0.1, above=Decimal("0.05"))})
    async with open_site(xintai("W-1"), wrap=with_terms(terms)) as here:
        hold = await here.desk.suspended("W-1")
        await here.desk.restore(hold.hold_id)
        hold = await here.desk.until_hold(hold.hold_id, lambda hold: hold.legs[0].because is Because.LEAK_ON_RESTORE)
        assert (hold.status, hold.legs[0].outcome) == (HoldStatus.RESTORING, Outcome.BLOCKED)
        assert (await here.desk.until_waiting(hold.hold_id)).code is Because.LEAK_ON_RESTORE
        assert here.written("W-1") == ["disconnected", "connected", "disconnected"]
        assert here.supply("W-1") == {Supply.DISCONNECTED}


async def test_water_that_somebody_draws_and_stops_is_no_leak(open_site: Open) -> None:
    """One look without flow ends the suspicion: supply stays."""
    terms = Terms(leak_watch={"water": LeakWatch(within_s=0.4, every_s=0.1, above=Decimal("0.05"))})
    async with open_site(xintai("W-1"), wrap=with_terms(terms)) as here:
        hold = await here.desk.suspended("W-1")
        here.fleet.set_demand("W-1", 0)
        await here.desk.restored(hold.hold_id)
        assert here.written("W-1") == ["disconnected", "connected"]


async def test_two_meters_that_answer_for_one_unit_id_are_no_success(open_site: Open) -> None:
    """Row 21: what two of them say at once is garbage on the line: nothing is written, and it is said so."""
    async with open_site(dds238("E-1"), unreachable_after_s=1) as here:
        here.fleet.set_fault("E-1", "garbled_reply")
        hold = await here.desk.suspend("E-1")
        hold = await here.desk.until_hold(hold.hold_id, lambda hold: hold.legs[0].outcome is not None)
        assert hold.legs[0].outcome is Outcome.UNREACHABLE
        assert here.written("E-1") == []


async def test_a_state_that_the_broker_kept_is_no_fresh_evidence(open_site: Open) -> None:
    """Row 36: the valve's last words are retained and it has fallen silent: they prove nothing of the new command."""
    async with open_site(swv("W-2", retain=True)) as here:
        here.fleet.set_fault("W-2", "no_device_report")
        hold = await here.desk.suspend("W-2")
        hold = await here.desk.until_hold(
            hold.hold_id, lambda hold: hold.legs[0].operation is not None and hold.legs[0].operation.failed_looks > 0
        )
        assert hold.legs[0].actual is SupplyState.UNKNOWN
        assert here.written("W-2") == []
