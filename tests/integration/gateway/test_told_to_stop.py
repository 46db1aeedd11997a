"""A gateway that is told to stop at any step: no new write, what is on its way is seen through, and it is gone soon."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import Outcome
from meterhold_simulators import Fate
from tests.support.desk import WITHIN_S
from tests.support.homes import Homes, Place, dds238, shelly
from tests.support.mosquitto import BrokerFactory
from tests.support.premises import Premises, at_work, premises
from tests.support.steps import Steps
from tests.support.witness import Witness

WRITE = "before turn.write"
STOPS_WITHIN_S = 10.0
"""More than the longest time-out of a link; a busy machine is no failure."""


@asynccontextmanager
async def commissioned(meter: Place, tmp_path: Path, brokers: BrokerFactory) -> AsyncIterator[Premises]:
    """A meter that was verified by a person, and no gateway."""
    broker = None if meter.link == "line" else brokers()
    async with premises(Homes((meter,), tmp_path, broker)) as place:
        async with at_work(place) as here:
            await here.desk.commission(meter.meter_id)
        yield place


async def rehearse(meter: Place, place: Premises) -> list[str]:
    """Suspend and restore undisturbed; the steps that this takes."""
    steps = Steps()
    async with place.gateway(wrap=steps.around) as desk:
        await desk.seen(meter.meter_id)
        steps.counting = True
        hold = await desk.suspended(meter.meter_id)
        await desk.restored(hold.hold_id)
    return steps.names


async def stop_at(meter: Place, place: Premises, witness: Witness, n: int) -> None:
    """Tell a gateway to stop when it reaches step ``n`` of a suspension; then let the next one finish the work."""
    reached = asyncio.Event()

    def tell(at: int, _name: str) -> None:
        if at == n:
            desk.gateway.engine.leave()
            reached.set()

    steps = Steps(reached=tell)
    async with place.gateway(wrap=steps.around) as desk:
        desk._sent = 1000 * n  # orders of all gateways are in one journal
        await desk.seen(meter.meter_id)
        sent_before = len(witness.writes)
        steps.counting = True
        hold = await desk.suspend(meter.meter_id)
        async with asyncio.timeout(WITHIN_S):
            await reached.wait()
        on_its_way = steps.names[: n + 1].count(WRITE)
        began = time.monotonic()
        await desk.gateway.engine.stop()
        assert time.monotonic() - began < STOPS_WITHIN_S
        assert len(witness.writes) - sent_before <= on_its_way, f"a write after step {n}, {steps.names[n]}"
        still = len(witness.writes)
    assert len(witness.writes) == still, "a write after all had ended"
    async with place.gateway() as desk:
        desk._sent = 1000 * n + 500
        hold = await desk.until_status(hold.hold_id, HoldStatus.SUSPENDED)
        assert hold.legs[0].outcome is Outcome.VERIFIED
        await desk.restored(hold.hold_id)
    applied = [write.target for write in witness.writes[sent_before:] if write.fate is Fate.APPLIED]
    assert [str(target) for target in applied] == ["disconnected", "connected"], "one write each way"


@pytest.mark.timeout(120)
@pytest.mark.parametrize("meter", [dds238("E-1"), shelly("E-2")], ids=["modbus", "mqtt"])
async def test_told_to_stop_at_each_step_it_writes_nothing_new(
    meter: Place, tmp_path: Path, broker_factory: BrokerFactory
) -> None:
    """Whether it had looked, was recording its intent, had it, or was writing: the next one takes it up by a look."""
    async with commissioned(meter, tmp_path, broker_factory) as place, place.refereed() as witness:
        names = await rehearse(meter, place)
        last = names.index("after turn.write") + 2
        for n in range(1, last):
            await stop_at(meter, place, witness, n)
