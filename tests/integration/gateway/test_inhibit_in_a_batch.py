"""The kill switch is thrown while a batch of disconnections runs: on each line at most the one under way gets out."""

import asyncio
from collections import Counter

import pytest

from meterhold.domain.hold import Hold
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import Because
from meterhold.usecases.inhibiting import set_inhibit
from meterhold_simulators import Supply
from tests.integration.gateway.conftest import Open
from tests.support.homes import LINE, PEER, dds238
from tests.support.premises import Site

EACH = 12
METERS = {
    **{f"E-{unit}": dds238(f"E-{unit}", unit) for unit in range(1, EACH + 1)},
    **{f"E-{100 + unit}": dds238(f"E-{100 + unit}", unit, PEER) for unit in range(1, EACH + 1)},
}


def sent(here: Site) -> Counter[str]:
    """The disconnections that reached a device, by line."""
    return Counter(METERS[write.meter_id].link for write in here.witness.writes if str(write.target) == "disconnected")


async def until_sent(here: Site, wanted: int) -> None:
    """Wait until so many disconnections have reached their devices; each commit after that is a moment to look."""

    async def find() -> bool | None:
        return True if sent(here).total() >= wanted else None

    async def describe() -> Counter[str]:
        return sent(here)

    await here.desk.until(find, describe)


def is_settled(hold: Hold) -> bool:
    """It is suspended, or waits for the kill switch."""
    return hold.status is HoldStatus.SUSPENDED or hold.legs[0].because is Because.INHIBITED


@pytest.mark.timeout(120)
@pytest.mark.parametrize("thrown_after", [1, 5, 14])
async def test_thrown_in_a_batch_it_lets_one_a_line_through_and_every_reconnect(
    thrown_after: int, open_site: Open
) -> None:
    """At whatever moment: what has left is seen through, nothing more leaves, and who is off can come back."""
    async with open_site(*METERS.values()) as here:
        holds = await asyncio.gather(*(here.desk.suspend(meter_id) for meter_id in METERS))
        await until_sent(here, thrown_after)
        await set_inhibit(here.desk.ports, on=True, by="desk", reason="storm")
        at_the_throw = sent(here)
        ended = await asyncio.gather(*(here.desk.until_hold(hold.hold_id, is_settled) for hold in holds))
        more = sent(here) - at_the_throw
        assert all(more[line] <= 1 for line in (LINE, PEER)), more
        off = [hold for hold in ended if hold.status is HoldStatus.SUSPENDED]
        assert off
        assert len(off) < len(METERS)
        await asyncio.gather(*(here.desk.restored(hold.hold_id) for hold in off))
        assert here.supply(*METERS) == {Supply.CONNECTED}
        assert sent(here) - at_the_throw == more, "nothing left while supply came back"
