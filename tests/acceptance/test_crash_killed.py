"""A gateway that is killed from outside, as ``kill -9`` does: at barriers, between write and answer, and twice."""

from pathlib import Path

import pytest

from tests.support.crash import RESTORE, SUSPEND, way
from tests.support.doomed import Death
from tests.support.homes import BROKER, ONE_OF_EACH, Homes, Place, dds238, shelly
from tests.support.mosquitto import BrokerFactory

EACH_KIND = pytest.mark.parametrize("meter", ONE_OF_EACH, ids=lambda meter: meter.profile)
BOTH_WAYS = pytest.mark.parametrize("action", [SUSPEND, RESTORE])

BARRIERS = ("after journal.submit(RecordIntent)", "before turn.write", "after turn.write")


@pytest.fixture
def homes(meter: Place, broker_factory: BrokerFactory, tmp_path: Path) -> Homes:
    """The one meter's home."""
    return Homes((meter,), tmp_path, broker_factory() if meter.link == BROKER else None)


@BOTH_WAYS
@EACH_KIND
async def test_it_is_stopped_at_a_barrier_and_killed(action: str, homes: Homes) -> None:
    """Around the write it is stopped dead, and killed while it stands: one write, and supply as ordered."""
    async with way(action, homes) as one:
        steps = await one.rehearse()
        for barrier in BARRIERS:
            await one.walk(steps.index(barrier), Death.FROZEN)
        await one.walk(len(steps) - 2, Death.FROZEN)


@BOTH_WAYS
@EACH_KIND
async def test_it_is_killed_when_the_meter_has_acted_and_not_answered(action: str, homes: Homes) -> None:
    """The write took effect and nobody knows: the next gateway looks, finds it done, and never writes again."""
    async with way(action, homes) as one:
        await one.walk_until_written()


@pytest.mark.parametrize(
    ("meter", "action"),
    [(dds238("E-1"), SUSPEND), (shelly("E-2"), RESTORE)],
    ids=lambda value: value if isinstance(value, str) else value.profile,
)
async def test_it_dies_again_on_the_way_back(action: str, homes: Homes) -> None:
    """The intent is durable and nothing was sent: dying once more while that is resolved makes no second write."""
    async with way(action, homes) as one:
        n = (await one.rehearse()).index("before turn.write")
        steps = await one.way_back(n)
        for m in (steps.index("before turn.ask"), *(steps.index(barrier) for barrier in BARRIERS), len(steps) - 2):
            await one.walk_twice(n, m)
