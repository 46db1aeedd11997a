"""The later MQTT profiles against their simulators, through the whole gateway: each way one write, and honest proof."""

import asyncio
import contextlib

import pytest

from meterhold.domain.errors import WireError
from meterhold.domain.hold import Hold
from meterhold.domain.words import Identity, Outcome, Proof, SupplyState
from meterhold.usecases.verifying import verify_meter
from meterhold_simulators import Fate, Supply
from tests.integration.gateway.conftest import Open
from tests.support.homes import Place
from tests.support.more_homes import ha_valve, tasmota
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


def shown(hold: Hold) -> tuple[SupplyState, Outcome | None, Proof, Identity | None]:
    """What a hold says of its only leg."""
    (leg,) = hold.legs
    return leg.actual, leg.outcome, leg.proof, leg.identity
