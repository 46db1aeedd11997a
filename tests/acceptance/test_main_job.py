"""The main job over real wires: from an order to disconnected supply, kept, and back, with registers at both ends."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from meterhold.domain.hold import Hold
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import Identity, Moment, OrderResult, Outcome, Proof, Quantity, SupplyState
from meterhold.usecases.statement import read_statement
from meterhold_simulators import Supply
from tests.support.clocks import PushedClock
from tests.support.demo_site import demo_premises
from tests.support.homes import ONE_OF_EACH, Homes, dds238, xintai
from tests.support.mosquitto import BrokerFactory
from tests.support.premises import Site, at_work, site

HOMES = {"SP-1001": ("E-1001", "W-1001"), "SP-1002": ("E-1002", "W-1002"), "SP-1003": ("E-1003", "W-1003")}
OFF, ON = {Supply.DISCONNECTED}, {Supply.CONNECTED}
IDENTITIES = {"E-1": Identity.FINGERPRINT, "W-1": Identity.SERIAL, "E-2": Identity.DEVICE_ID, "W-2": Identity.DEVICE_ID}


async def test_the_demo_site_switches_all_four_kinds_with_one_write_for_each_operation(
    broker_factory: BrokerFactory, tmp_path: Path
) -> None:
    """Three homes at once: each meter is proven off, then proven on, and took exactly two writes."""
    async with demo_premises(tmp_path, broker_factory()) as place, at_work(place) as here:
        for meter_id in here.fleet.ids:
            # A valve's flow counts once it was heard to change.
            await here.desk.commission(meter_id, load=True)
        holds = [await here.desk.suspend(service_point=home) for home in HOMES]
        for opened in holds:
            hold = await here.desk.until_status(opened.hold_id, HoldStatus.SUSPENDED)
            assert [(leg.outcome, leg.proof) for leg in hold.legs] == [(Outcome.VERIFIED, Proof.LOAD_PROVEN)] * 2
        assert here.supply(*here.fleet.ids) == OFF
        for hold in holds:
            await here.desk.restored(hold.hold_id)
        assert here.supply(*here.fleet.ids) == ON
        for meter_id in here.fleet.ids:
            assert here.written(meter_id) == ["disconnected", "connected"]


async def suspended_and_restored(here: Site, home: str) -> Hold:
    """Walk a home through the whole job."""
    hold = await here.desk.suspended(service_point=home)
    return await here.desk.restored(hold.hold_id)


async def test_water_goes_before_electricity_and_comes_back_after_it(
    broker_factory: BrokerFactory, tmp_path: Path
) -> None:
    """A valve or a radio that lives on mains must not lose it first."""
    async with site(Homes(ONE_OF_EACH, tmp_path, broker_factory())) as here:
        for electricity, water, home in (("E-1", "W-1", "SP-1"), ("E-2", "W-2", "SP-2")):
            await suspended_and_restored(here, home)
            order = [write.meter_id for write in here.witness.writes if write.meter_id in {electricity, water}]
            assert order == [water, electricity, electricity, water]


async def test_each_leg_says_by_what_it_was_known_and_keeps_its_registers_of_both_ends(
    broker_factory: BrokerFactory, tmp_path: Path
) -> None:
    """Identity, proof, windows and every billing register before and after, at each of the four kinds."""
    async with site(Homes(ONE_OF_EACH, tmp_path, broker_factory())) as here:
        for home in ("SP-1", "SP-2"):
            hold = await suspended_and_restored(here, home)
            for leg in hold.legs:
                assert leg.identity is IDENTITIES[leg.meter_id]
                assert (leg.intended, leg.actual) == (SupplyState.CONNECTED, SupplyState.CONNECTED)
                assert leg.suspended_at is not None
                assert leg.restored_at is not None
                assert leg.suspended_at.not_before < leg.suspended_at.not_after < leg.restored_at.not_before
                moments = {} if leg.meter_id == "W-2" else dict.fromkeys(Moment)
                assert dict.fromkeys(register.moment for register in leg.registers) == moments
            assert hold.chargeable_from == max(leg.restored_at.not_after for leg in hold.legs if leg.restored_at)


async def test_the_statement_says_what_was_written_what_it_brought_and_what_was_used(tmp_path: Path) -> None:
    """One acknowledged write an operation, the evidence, and the registers' difference while supply was off."""
    async with site(Homes((dds238("E-1"), xintai("W-1")), tmp_path)) as here:
        hold = await suspended_and_restored(here, "SP-1")
        statement = await read_statement(here.desk.ports, hold.hold_id)
    assert (statement.status, statement.chargeable_from) == (HoldStatus.RESTORED, hold.chargeable_from)
    assert {leg.meter_id for leg in statement.legs} == {"E-1", "W-1"}
    for leg in statement.legs:
        for switching, target in ((leg.suspended_by, "disconnected"), (leg.restored_by, "connected")):
            (one,) = switching
            assert (one.target, one.outcome, one.proof) == (target, Outcome.VERIFIED, Proof.LOAD_PROVEN)
            assert [written.answer for written in one.written] == ["acknowledged"]
        (segment,) = leg.segments
        used = {line.register: Decimal(line.used) for line in segment.registers if line.used is not None}
        billed = Quantity.ENERGY_IMPORT_KWH if leg.meter_id == "E-1" else Quantity.VOLUME_M3
        assert used[billed] == 0
        assert leg.suspended_at is not None
        assert [(period.begins_at, period.ends_at) for period in leg.not_chargeable] == [
            (leg.suspended_at.not_after, hold.chargeable_from)
        ]


async def test_supply_comes_back_by_itself_when_the_hold_ends(broker_factory: BrokerFactory, tmp_path: Path) -> None:
    """A vacation of a week: at its end all four meters are connected again, and nobody had to ask."""
    clock = PushedClock()
    async with site(Homes(ONE_OF_EACH, tmp_path, broker_factory()), clock=clock) as here:
        ends_at = (clock.now() + timedelta(days=7)).isoformat()
        holds = [await here.desk.suspended(service_point=home, ends_at=ends_at) for home in ("SP-1", "SP-2")]
        assert here.supply("E-1", "W-1", "E-2", "W-2") == OFF
        clock.push(timedelta(days=7).total_seconds())
        for hold in holds:
            await here.desk.until_status(hold.hold_id, HoldStatus.RESTORED)
        assert here.supply("E-1", "W-1", "E-2", "W-2") == ON
        assert {len(here.written(meter_id)) for meter_id in here.fleet.ids} == {2}


async def test_a_hold_that_is_to_start_later_starts_then(tmp_path: Path) -> None:
    """Nothing is written before its start; then it is suspended without another word."""
    clock = PushedClock()
    async with site(Homes((dds238("E-1"),), tmp_path), clock=clock) as here:
        hold = await here.desk.suspend("E-1", starts_at=(clock.now() + timedelta(days=1)).isoformat())
        assert hold.status is HoldStatus.SCHEDULED
        assert here.written("E-1") == []
        clock.push(timedelta(days=1).total_seconds())
        await here.desk.until_status(hold.hold_id, HoldStatus.SUSPENDED)
        assert here.supply("E-1") == OFF


async def test_the_same_order_sent_again_has_one_effect(tmp_path: Path) -> None:
    """A sender that heard no answer repeats itself: same answer, no second hold, no second write."""
    async with site(Homes((dds238("E-1"),), tmp_path)) as here:
        hold = await here.desk.suspended("E-1")
        assert hold.suspend_key is not None
        record = await here.desk.record(hold.suspend_key.order_id)
        assert record is not None
        assert record.result is OrderResult.DONE
        document = {
            "schema_version": 1,
            "order_id": record.key.order_id,
            "action": "suspend",
            "issued_at": record.order.issued_at.isoformat(),
            "reason": "vacation",
            "meters": ["E-1"],
        }
        answer = await here.desk.send(document)
        assert (answer.replay, answer.record) == (True, record)
        assert here.written("E-1") == ["disconnected"]
