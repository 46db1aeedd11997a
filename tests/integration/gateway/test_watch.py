"""The watch over held meters, over real wires: drift, use, silence, another meter; one alarm, and no write."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from meterhold.domain.alarm import Alarm
from meterhold.domain.errors import WireError
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import Because, Moment, Outcome, SupplyState
from meterhold.usecases.alarming import acknowledge_alarm
from meterhold.usecases.verifying import verify_meter
from meterhold_simulators import Fate, Supply
from tests.support.clocks import PushedClock
from tests.support.desk import Desk
from tests.support.homes import BROKER, ONE_OF_EACH, Homes, Place, dds238, quick_profiles, shelly, xintai
from tests.support.more_homes import ha_valve
from tests.support.mosquitto import BrokerFactory
from tests.support.premises import Premises, Site, at_work, premises

WATCH: dict[str, Any] = {"every_s": 1, "share": 0.5, "silent_after_s": 2, "usage_threshold_kwh": 1}
ONE_WRITE = [Fate.APPLIED]
Open: TypeAlias = Callable[..., AbstractAsyncContextManager[Premises]]
EACH_KIND = pytest.mark.parametrize("meter", ONE_OF_EACH, ids=lambda meter: meter.profile)
NAMED = pytest.mark.parametrize("meter", [xintai("W-1"), shelly("E-2")], ids=lambda meter: meter.profile)
COUNTING = pytest.mark.parametrize("meter", [dds238("E-1"), xintai("W-1"), shelly("E-2")], ids=lambda m: m.profile)


@pytest.fixture
def open_watched(broker_factory: BrokerFactory, tmp_path: Path) -> Open:
    """Return a function that runs meters which are looked at every second while they are held."""

    @asynccontextmanager
    async def run(*places: Place, **watch: object) -> AsyncIterator[Premises]:
        broker = broker_factory() if any(place.link == BROKER for place in places) else None
        terms: dict[str, Any] = {"watch": {**WATCH, **watch}}
        async with premises(Homes(places, tmp_path, broker), **terms) as place:
            # What follows is the watch's to find, not the check's that comes after each switching.
            place.profiles = {name: one.with_timing(post_check_s=0) for name, one in quick_profiles().items()}
            yield place

    return run


async def commissioned(here: Site, *places: Place) -> None:
    """Let a fitter confirm the meters."""
    for one in places:
        await here.desk.commission(one.meter_id, load=True if one.remembers_flow else None)


async def until_confirmed(here: Site, meter_id: str) -> None:
    """Confirm a meter that speaks when it pleases: before its first word nobody can."""
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(WireError):
                found = await verify_meter(here.desk.ports, meter_id, "fitter", commission=True)
                if not found.faults:
                    return
            await asyncio.sleep(0.05)


async def alarms(desk: Desk) -> list[Alarm]:
    """All alarms, the oldest first."""
    found = await desk.ports.queries.list_alarms(still_open=False, meter_id=None, after=None, limit=100)
    return list(reversed(found))


async def until_alarm(desk: Desk, code: Because) -> Alarm:
    """Wait until something is said."""

    async def find() -> Alarm | None:
        return next((alarm for alarm in await alarms(desk) if alarm.code is code), None)

    return await desk.until(find, lambda: alarms(desk))


async def looked_at(here: Site, meter_id: str, times: int = 4) -> None:
    """Wait until the meter has been read so many times more."""
    wanted = here.fleet.truth(meter_id).reads + times
    async with asyncio.timeout(20):
        # A quiet look changes nothing that could be waited for.
        while here.fleet.truth(meter_id).reads < wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def only(desk: Desk, code: Because) -> None:
    """Nothing else was said, and that once."""
    assert [one.code for one in await alarms(desk)] == [code]


@EACH_KIND
async def test_supply_that_comes_back_by_itself_is_said_once_and_never_fought(meter: Place, open_watched: Open) -> None:
    """A hand at the device: one alarm with evidence, a question to a person, and not one write."""
    async with open_watched(meter) as place, at_work(place) as here:
        await commissioned(here, meter)
        hold = await here.desk.suspended(meter.meter_id)
        here.fleet.press_button(meter.meter_id)
        alarm = await until_alarm(here.desk, Because.SUPPLY_BACK)
        assert here.supply(meter.meter_id) == {Supply.CONNECTED}
        assert (alarm.meter_id, alarm.hold_id) == (meter.meter_id, hold.hold_id)
        assert alarm.evidence["expected"] == "disconnected"
        await here.desk.until_waiting(hold.hold_id)
        await looked_at(here, meter.meter_id)
        await only(here.desk, Because.SUPPLY_BACK)
        (leg,) = (await here.desk.hold(hold.hold_id)).legs
        assert leg.outcome is Outcome.REVERTED
        assert leg.actual is not SupplyState.DISCONNECTED
        assert here.attempts(meter.meter_id) == ONE_WRITE


async def test_a_valve_that_begins_to_leak_is_seen_by_what_flows(open_watched: Open) -> None:
    """Its limit switch says shut; the empty house draws again: supply is back, whatever the valve says."""
    async with open_watched(xintai("W-1", demand_m3_h=0)) as place, at_work(place) as here:
        hold = await here.desk.suspended("W-1")
        here.fleet.set_fault("W-1", "leak_m3_h", 0.05)
        here.fleet.set_demand("W-1", 0.4)
        alarm = await until_alarm(here.desk, Because.SUPPLY_BACK)
        assert alarm.evidence["flow_m3_h"].startswith("0.05")
        (leg,) = (await here.desk.hold(hold.hold_id)).legs
        assert (leg.actual, leg.because) == (SupplyState.CONNECTED, Because.LEAKING)
        assert here.attempts("W-1") == ONE_WRITE


@COUNTING
async def test_use_during_a_hold_is_said(meter: Place, open_watched: Open) -> None:
    """Counted from the register after the suspension, with both readings."""
    async with open_watched(meter) as place, at_work(place) as here:
        await commissioned(here, meter)
        hold = await here.desk.suspended(meter.meter_id)
        start = {"E-1": 7133.51, "W-1": 318.2, "E-2": 2210.75}[meter.meter_id]
        here.fleet.set_register(meter.meter_id, start + 1.3)
        code = Because.METER_REPLACED if meter.serial is None else Because.USAGE_WHILE_HELD
        alarm = await until_alarm(here.desk, code)
        assert alarm.hold_id == hold.hold_id
        if code is Because.USAGE_WHILE_HELD:
            assert {"since", "now"} == set(alarm.evidence)
        await looked_at(here, meter.meter_id)
        await only(here.desk, code)
        assert here.attempts(meter.meter_id) == ONE_WRITE


@COUNTING
async def test_a_register_that_goes_backwards_is_said(meter: Place, open_watched: Open) -> None:
    """Reset, tampered with, or another meter."""
    async with open_watched(meter) as place, at_work(place) as here:
        await commissioned(here, meter)
        await here.desk.suspended(meter.meter_id)
        here.fleet.set_register(meter.meter_id, 12.0)
        alarm = await until_alarm(here.desk, Because.REGISTER_BACKWARDS)
        assert alarm.evidence["now"].startswith("12")
        await looked_at(here, meter.meter_id)
        await only(here.desk, Because.REGISTER_BACKWARDS)
        assert here.attempts(meter.meter_id) == ONE_WRITE


@NAMED
async def test_another_meter_in_its_place_is_said(meter: Place, open_watched: Open) -> None:
    """By the name that it gives; the hold believes nothing of what it shows."""
    async with open_watched(meter) as place, at_work(place) as here:
        await commissioned(here, meter)
        hold = await here.desk.suspended(meter.meter_id)
        other = "2208159999" if meter.meter_id == "W-1" else "A8032ABE0000"
        here.fleet.replace(meter.meter_id, other)
        alarm = await until_alarm(here.desk, Because.METER_REPLACED)
        assert other.lower() in alarm.evidence["answered"].lower()
        await looked_at(here, meter.meter_id)
        await only(here.desk, Because.METER_REPLACED)
        assert (await here.desk.hold(hold.hold_id)).legs[0].off
        assert here.attempts(meter.meter_id) == ONE_WRITE


@COUNTING
async def test_a_device_that_falls_silent_is_said_and_may_come_back(meter: Place, open_watched: Open) -> None:
    """After a while, once; and a person who knows is not told again as long as it lasts."""
    async with open_watched(meter) as place, at_work(place) as here:
        await commissioned(here, meter)
        await here.desk.suspended(meter.meter_id)
        here.fleet.set_fault(meter.meter_id, "silent")
        alarm = await until_alarm(here.desk, Because.DEVICE_SILENT)
        assert alarm.evidence["because"] == "COMM_TIMEOUT"
        await acknowledge_alarm(here.desk.ports, alarm.alarm_id, "desk", "a crew is on its way")
        here.fleet.clear_fault(meter.meter_id, "silent")

        async def answers() -> bool | None:
            row = await here.desk.ports.queries.meter(meter.meter_id)
            return True if row is not None and row.watch.silent_since is None else None

        await here.desk.until(answers, lambda: here.desk.ports.queries.meter(meter.meter_id))
        await only(here.desk, Because.DEVICE_SILENT)


async def test_a_device_that_its_broker_says_is_gone_is_silent(open_watched: Open) -> None:
    """What it said before that is kept by the broker, and is no sign of life."""
    async with open_watched(ha_valve("W-1")) as place, at_work(place) as here:
        await until_confirmed(here, "W-1")
        await here.desk.suspended("W-1")
        here.fleet.set_fault("W-1", "offline")
        alarm = await until_alarm(here.desk, Because.DEVICE_SILENT)
        assert alarm.evidence["because"] == "DEVICE_OFFLINE"


async def test_a_hold_that_only_watches_has_registers_at_both_ends(open_watched: Open) -> None:
    """At its begin and at its end a look is taken at once, and between them use is said."""
    async with open_watched(shelly("E-2")) as place, at_work(place) as here:
        hold = await here.desk.suspend("E-2", mode="monitor_only")
        first = await here.desk.until_hold(hold.hold_id, lambda hold: bool(hold.legs[0].registers))
        assert first.status is HoldStatus.MONITORING
        assert first.legs[0].registers[0].moment is Moment.AFTER_SUSPEND
        here.fleet.set_register("E-2", 2215.0)
        await until_alarm(here.desk, Because.USAGE_WHILE_HELD)
        await here.desk.restored(hold.hold_id)
        last = await here.desk.until_hold(hold.hold_id, lambda hold: len(hold.legs[0].registers) > 1)
        assert last.legs[0].registers[-1].moment is Moment.BEFORE_RESTORE
        assert here.attempts("E-2") == []


async def test_a_restart_forgets_nothing(open_watched: Open) -> None:
    """What was said stays said, what is held is found in the store, and what happens then is seen by the next one."""
    one, two = dds238("E-1"), xintai("W-1")
    async with open_watched(one, two) as place:
        async with place.refereed() as witness, place.gateway() as desk:
            here = Site(place, desk, witness)
            await commissioned(here, one, two)
            await here.desk.suspended("E-1")
            await here.desk.suspended("W-1")
            here.fleet.press_button("E-1")
            await until_alarm(here.desk, Because.SUPPLY_BACK)
        place.fleet.set_register("W-1", 10.0)
        async with place.refereed(before=witness) as witness, place.gateway() as desk:
            here = Site(place, desk, witness)
            await until_alarm(here.desk, Because.REGISTER_BACKWARDS)
            await looked_at(here, "E-1")
            told = [alarm.code for alarm in await alarms(here.desk)]
            assert sorted(told) == [Because.REGISTER_BACKWARDS, Because.SUPPLY_BACK]


async def test_what_a_held_device_says_by_itself_is_compared_when_it_says_it(open_watched: Open) -> None:
    """Long before its turn comes: the look that its message causes asks it nothing."""
    clock = PushedClock()
    async with open_watched(ha_valve("W-1"), every_s=7 * 86_400) as place, at_work(place, clock=clock) as here:
        await until_confirmed(here, "W-1")
        hold = await here.desk.suspended("W-1")
        here.fleet.press_button("W-1")
        async with asyncio.timeout(20):
            await here.fleet.wait_until("W-1", lambda truth: truth.supply is Supply.CONNECTED)
        clock.push(61)
        alarm = await until_alarm(here.desk, Because.SUPPLY_BACK)
        assert alarm.hold_id == hold.hold_id
        assert here.attempts("W-1") == ONE_WRITE


async def test_orders_go_first_on_a_busy_line(open_watched: Open) -> None:
    """Meters that are watched all the time, and an order on the same line: it is carried out, and the watch goes on."""
    places = [xintai(f"W-{unit}", unit) for unit in range(1, 6)]
    async with open_watched(*places, every_s=1, share=0.5) as place, at_work(place) as here:
        await commissioned(here, *places)
        for one in places[:4]:
            await here.desk.suspended(one.meter_id)
        await looked_at(here, "W-1")
        hold = await here.desk.suspended("W-5")
        await here.desk.restored(hold.hold_id)
        await looked_at(here, "W-1")
        assert await alarms(here.desk) == []
