"""The later MQTT profiles against their simulators, through the whole gateway: each way one write, and honest proof."""

import asyncio
import contextlib

import aiomqtt
import pytest

from meterhold.domain.errors import WireError
from meterhold.domain.hold import Hold, Leg
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import Because, Identity, Outcome, Proof, SupplyState
from meterhold.usecases.verifying import verify_meter
from meterhold_simulators import Fate, Supply
from tests.integration.gateway.conftest import Open
from tests.support.homes import Place
from tests.support.journal_file import Happened, read_events
from tests.support.more_homes import ha_valve, tasmota, uc511
from tests.support.mosquitto import BrokerFactory
from tests.support.premises import Site

WITHIN_S = 10.0


@pytest.mark.parametrize(
    ("meter", "off_proof", "on_proof", "identity"),
    [
        (tasmota("E-1"), Proof.LOAD_PROVEN, Proof.LOAD_PROVEN, Identity.DEVICE_ID),
        (ha_valve("W-1"), Proof.STATE_READ, Proof.STATE_READ, Identity.NONE),
    ],
    ids=lambda value: value.profile if isinstance(value, Place) else None,
)
async def test_both_ways(meter: Place, off_proof: Proof, on_proof: Proof, identity: Identity, open_site: Open) -> None:
    """Off and on again with one write each, verified at the level that the device can give, and no higher."""
    async with open_site(meter, commission=False) as here:
        await commission(here, meter)
        hold = await here.desk.suspended(meter.meter_id)
        assert shown(hold) == (SupplyState.DISCONNECTED, Outcome.VERIFIED, off_proof, identity)
        assert here.supply(meter.meter_id) == {Supply.DISCONNECTED}
        hold = await here.desk.restored(hold.hold_id)
        assert shown(hold) == (SupplyState.CONNECTED, Outcome.VERIFIED, on_proof, identity)
        assert here.supply(meter.meter_id) == {Supply.CONNECTED}
        assert here.written(meter.meter_id) == ["disconnected", "connected"]
        assert here.attempts(meter.meter_id) == [Fate.APPLIED, Fate.APPLIED]


async def commission(here: Site, meter: Place) -> None:
    """Confirm a meter once it has been heard: some speak only when they please."""
    async with asyncio.timeout(WITHIN_S):
        while not await commissioned(here, meter):  # noqa: ASYNC110 - a message is waited for; nothing tells of it
            await asyncio.sleep(0.02)


async def commissioned(here: Site, meter: Place) -> bool:
    """Try once."""
    with contextlib.suppress(WireError):
        return not (await verify_meter(here.desk.ports, meter.meter_id, "fitter", commission=True)).faults
    return False


async def test_a_plug_before_an_idle_house_is_believed_and_no_more(open_site: Open) -> None:
    """Nothing was drawn, so nothing can be seen to go: the relay's own word, one write."""
    async with open_site(tasmota("E-1", load_w=0)) as here:
        hold = await here.desk.suspended("E-1")
        assert shown(hold)[1:3] == (Outcome.VERIFIED, Proof.STATE_READ)
        assert here.attempts("E-1") == [Fate.APPLIED]


@pytest.mark.parametrize(
    ("fault", "because", "writes"),
    [
        ("welded", Because.WELDED, [Fate.APPLIED]),
        ("echo_only", Because.WELDED, [Fate.NOT_APPLIED]),
        ("power_lock", Because.NO_MOVEMENT, [Fate.NOT_APPLIED, Fate.NOT_APPLIED]),
        ("ack_only", Because.NO_MOVEMENT, [Fate.NOT_APPLIED, Fate.NOT_APPLIED]),
    ],
)
async def test_a_plug_whose_word_and_deed_differ(
    fault: str, because: Because, writes: list[Fate], open_site: Open
) -> None:
    """Off in its own words and current flows, or answered and not done: contradicted, never suspended."""
    async with open_site(tasmota("E-1")) as here:
        here.fleet.set_fault("E-1", fault)
        leg = await waiting(here, "E-1")
        assert (leg.outcome, leg.because, leg.actual) == (Outcome.CONTRADICTED, because, SupplyState.CONNECTED)
        assert here.attempts("E-1") == writes


@pytest.mark.parametrize(
    ("fault", "value", "writes"),
    [
        ("drop_write_reply", True, [Fate.APPLIED]),
        ("drop_write", True, [Fate.LOST, Fate.APPLIED]),
        ("duplicate_reply", True, [Fate.APPLIED]),
        ("delay_actuation_s", 0.4, [Fate.APPLIED]),
        ("late_write_reply_s", 0.3, [Fate.APPLIED]),
    ],
)
async def test_a_plug_on_a_bad_day(fault: str, value: object, writes: list[Fate], open_site: Open) -> None:
    """Lost, doubled and late messages cost time, never a second write that was not needed."""
    async with open_site(tasmota("E-1")) as here:
        here.fleet.set_fault("E-1", fault, value, times=1 if value is True else None)
        hold = await here.desk.suspended("E-1")
        assert shown(hold)[1:3] == (Outcome.VERIFIED, Proof.LOAD_PROVEN)
        assert here.attempts("E-1") == writes


async def test_a_plug_with_a_pulse_time_is_not_disconnected(open_site: Open) -> None:
    """Supply that is brought back would drop out by itself: blocked before any write."""
    async with open_site(tasmota("E-1", pulse_time=112)) as here:
        leg = await waiting(here, "E-1")
        assert (leg.outcome, leg.because) == (Outcome.BLOCKED, Because.LOCAL_CONTROL)
        assert here.attempts("E-1") == []


async def test_another_plug_in_its_place_is_not_switched(open_site: Open) -> None:
    """Same topic, other MAC address: no write."""
    async with open_site(tasmota("E-1")) as here:
        here.fleet.replace("E-1", "DC4F22FFFFFF")
        leg = await waiting(here, "E-1")
        assert leg.outcome is Outcome.IDENTITY_MISMATCH
        assert here.attempts("E-1") == []


async def test_a_valve_that_jams_is_not_called_closed(open_site: Open) -> None:
    """It says itself that it does not know: unverified, and water still flows."""
    async with open_site(ha_valve("W-1"), commission=False) as here:
        await commission(here, ha_valve("W-1"))
        here.fleet.set_fault("W-1", "jam_at", 0.43)
        leg = await waiting(here, "W-1")
        assert leg.outcome in {Outcome.UNVERIFIED, Outcome.PARTIAL, Outcome.CONTRADICTED}
        assert leg.suspended_at is None
        assert len(here.attempts("W-1")) <= 2


async def test_a_valve_that_reports_nothing_is_not_called_closed(open_site: Open) -> None:
    """It obeys and is silent: one write, nothing proven."""
    async with open_site(ha_valve("W-1"), commission=False) as here:
        await commission(here, ha_valve("W-1"))
        here.fleet.set_fault("W-1", "no_device_report")
        leg = await waiting(here, "W-1")
        assert (leg.outcome, leg.because) == (Outcome.UNVERIFIED, Because.NO_EVIDENCE)
        assert here.attempts("W-1") == [Fate.APPLIED]


async def test_a_valve_that_is_gone_is_not_written_to(open_site: Open) -> None:
    """Offline by its own will: a person hears of it, and the broker is given nothing to deliver later."""
    async with open_site(ha_valve("W-1"), commission=False, unreachable_after_s=0.5) as here:
        await commission(here, ha_valve("W-1"))
        here.fleet.set_fault("W-1", "offline")
        leg = await waiting(here, "W-1")
        assert leg.because is Because.DEVICE_OFFLINE
        assert here.attempts("W-1") == []


@pytest.mark.parametrize(
    ("meter", "topic", "payload"),
    [
        (tasmota("E-1"), "cmnd/tasmota_3D5E26/POWER", "?"),
        (uc511("W-1"), "application/17/device/24e124460c000007/command/down", "{}"),
    ],
    ids=["tasmota", "uc511"],
)
async def test_a_command_that_somebody_left_at_the_broker_raises_an_alarm(
    meter: Place, topic: str, payload: str, broker_factory: BrokerFactory, open_site: Open
) -> None:
    """It would come again at each of the device's connections; what is ours is never kept there."""
    broker = broker_factory()
    async with aiomqtt.Client(broker.host, broker.port) as someone:
        await someone.publish(topic, payload, qos=1, retain=True)
    async with open_site(meter, broker=broker, commission=False) as here:
        await commission(here, meter)
        hold = await here.desk.suspended(meter.meter_id)
        await here.desk.restored(hold.hold_id)
        (raised,) = await alarms(here)
        alarm = raised.body["alarm"]
        assert (alarm["meter_id"], alarm["code"], alarm["subject"]) == (meter.meter_id, Because.RETAINED_COMMAND, topic)
        assert topic in alarm["detail"]
        async with aiomqtt.Client(broker.host, broker.port) as late:
            await late.subscribe(topic)
            kept = await anext(aiter(late.messages))
        assert kept.payload == payload.encode()


async def alarms(here: Site) -> list[Happened]:
    """What was wrong at meters outside any work, once there is something."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            found = [event for event in read_events(here.place.store) if event.kind == "alarm_raised"]
            if found:
                return found
            await asyncio.sleep(0.02)


async def waiting(here: Site, meter_id: str) -> Leg:
    """Order a suspension that must come to a person's desk; its leg as it then stands."""
    hold = await here.desk.suspend(meter_id)
    await here.desk.until_waiting(hold.hold_id)
    hold = await here.desk.hold(hold.hold_id)
    assert hold.status is HoldStatus.SUSPENDING
    return hold.legs[0]


def shown(hold: Hold) -> tuple[SupplyState, Outcome | None, Proof, Identity | None]:
    """What a hold says of its only leg."""
    (leg,) = hold.legs
    return leg.actual, leg.outcome, leg.proof, leg.identity
