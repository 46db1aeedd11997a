"""The main job over real wires: homes with all four kinds of meter, from order to restored supply."""

from pathlib import Path

from meterhold.domain.words import Outcome, Proof
from meterhold_simulators import Supply
from tests.support.homes import ONE_OF_EACH, Homes
from tests.support.mosquitto import BrokerFactory
from tests.support.premises import site


async def test_each_home_is_suspended_and_restored_with_one_write_a_direction(
    broker_factory: BrokerFactory, tmp_path: Path
) -> None:
    """Four kinds of meter, two homes: proven off, proven back, and each meter took exactly two writes."""
    async with site(Homes(ONE_OF_EACH, tmp_path, broker_factory())) as here:
        for home in ("SP-1", "SP-2"):
            hold = await here.desk.suspended(service_point=home)
            assert {leg.outcome for leg in hold.legs} == {Outcome.VERIFIED}
            assert {leg.proof for leg in hold.legs} == {Proof.LOAD_PROVEN}
            assert {here.place.supply(leg.meter_id) for leg in hold.legs} == {Supply.DISCONNECTED}
            hold = await here.desk.restored(hold.hold_id)
            assert {here.place.supply(leg.meter_id) for leg in hold.legs} == {Supply.CONNECTED}
            for leg in hold.legs:
                assert here.place.written(leg.meter_id) == ["disconnected", "connected"]
