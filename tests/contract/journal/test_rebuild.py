"""Events are the truth: applied once more from the first to the last, they give the very rows that are stored."""

import asyncio
from datetime import timedelta

from meterhold.domain.commands import LockMeter, RegisterMeters, SetInhibit, UnlockMeter
from meterhold.domain.evolve import emit
from meterhold.domain.order import OrderKey
from meterhold.domain.words import Reason
from meterhold.store import rebuild
from tests.contract.journal.conftest import Opener
from tests.fakes.journal import NOON, in_doubt, intent, outcome, register, restore, suspend


async def test_projections_can_be_rebuilt_from_events_alone(opener: Opener) -> None:
    """Orders, holds, meters and the site, after two processes and every kind of end."""
    store = opener()
    await store.journal.submit(register("E-1", "E-2", "E-3", "E-4"))
    later = NOON + timedelta(days=3)
    for n in range(1, 4):
        hold = (await store.journal.submit(suspend(f"WO-{n}", f"E-{n}"))).holds[f"H-WO-{n}"]
        hold = (await store.journal.submit(intent(hold, f"E-{n}"))).holds[hold.hold_id]
        end = in_doubt if n == 3 else outcome
        await store.journal.submit(end(hold, f"E-{n}"))
    await store.close()
    store = opener()
    hold = (await store.journal.submit(restore("R-1", "H-WO-1", at=later))).holds["H-WO-1"]
    hold = (await store.journal.submit(intent(hold, "E-1", at=later))).holds["H-WO-1"]
    await asyncio.gather(
        store.journal.submit(outcome(hold, "E-1", at=later)),
        store.journal.submit(suspend("WO-4", "E-2")),
        store.journal.submit(suspend("WO-5", "E-2", reason=Reason.SAFETY)),
        store.journal.submit(LockMeter(NOON, "E-3", "kim", "hands inside", later)),
        store.journal.submit(LockMeter(NOON, "E-4", "kim", "hands inside", later)),
        store.journal.submit(UnlockMeter(NOON, "E-4", "kim", "done", is_admin=False)),
        store.journal.submit(SetInhibit(NOON, on=True, by="kim", reason="storm")),
        store.journal.submit(RegisterMeters(NOON, (), ("E-4",))),
    )
    world = rebuild(opener.url, emit)
    assert {m.meter_id: m for m in await store.queries.list_meters(after=None, limit=100)} == world.meters
    holds = await store.queries.list_holds(status=None, meter_id=None, after=None, limit=100)
    assert {hold.hold_id: hold for hold in holds} == world.holds
    assert await store.queries.site() == world.site
    names = ["WO-1", "WO-2", "WO-3", "WO-4", "WO-5", "R-1"]
    stored = {OrderKey("cis", name): await store.queries.order(OrderKey("cis", name)) for name in names}
    assert stored == world.orders
