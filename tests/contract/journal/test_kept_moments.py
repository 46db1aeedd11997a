"""The moments that paced restores were given, and locks whose review is due, are rows: a restart finds them again."""

from dataclasses import replace
from datetime import datetime, timedelta

from meterhold.domain.commands import LockMeter, RegisterMeters, ReviewLock, Terms
from meterhold.domain.evolve import emit
from meterhold.domain.hold import Hold
from meterhold.domain.limits import area_scope
from meterhold.domain.ramp import MassRestore
from meterhold.domain.words import Because
from meterhold.store import Store, rebuild
from tests.contract.journal.conftest import Opener
from tests.fakes.journal import NOON, installation, intent, outcome, restore, suspend

TERMS = Terms(mass_restore=MassRestore(above=2, per_minute=4))
LATER = NOON + timedelta(hours=1)


async def bring_back(store: Store, n: int, at: datetime = LATER) -> Hold:
    """Ask for one home's restore."""
    command = replace(restore(f"R-{n}", f"H-WO-{n}", at=at), terms=TERMS)
    return (await store.journal.submit(command)).holds[f"H-WO-{n}"]


async def test_a_restart_keeps_the_moments_and_goes_on_from_them(opener: Opener) -> None:
    """Who is asked for after the restart stands behind those from before it; the count is what the events give."""
    store = opener()
    homes = range(8)
    places = tuple(replace(installation(f"E-{n}"), area="feeder-7") for n in homes)
    await store.journal.submit(RegisterMeters(NOON, places))
    for n in homes:
        hold = (await store.journal.submit(suspend(f"WO-{n}", f"E-{n}"))).holds[f"H-WO-{n}"]
        hold = (await store.journal.submit(intent(hold, f"E-{n}"))).holds[hold.hold_id]
        await store.journal.submit(outcome(hold, f"E-{n}"))
    before = [await bring_back(store, n) for n in range(6)]
    moments = [hold.legs[0].waits_until for hold in before]
    assert moments[:2] == [None, None]
    assert None not in moments[2:]
    await store.close()
    store = opener()
    kept = [await store.queries.hold(hold.hold_id) for hold in before]
    assert kept == before
    after = await bring_back(store, 6)
    leg = after.legs[0]
    assert leg.because is Because.PACED
    assert leg.waits_until is not None
    assert leg.waits_until.minute > LATER.minute
    draft = await store.journal.submit(replace(restore("R-7", "H-WO-7", at=LATER), terms=TERMS))
    scope = area_scope("feeder-7")
    assert rebuild(opener.url, emit).tallies[scope] == draft.tally(scope)
    assert [alarm.code for alarm in (await store.queries.site()).alarms] == [Because.PACED]


async def test_locks_whose_review_is_due_are_found_once(opener: Opener) -> None:
    """Not before their time, and not again once it was said; a lock that was renewed is another one."""
    store = opener()
    await store.journal.submit(RegisterMeters(NOON, tuple(installation(f"E-{n}") for n in range(3))))
    for n in range(2):
        review_at = NOON + timedelta(hours=n + 1)
        await store.journal.submit(LockMeter(NOON, f"E-{n}", "kim", "hands inside", review_at))
    assert await store.queries.due_lock_reviews(NOON, 10) == []
    assert await store.queries.due_lock_reviews(LATER, 10) == ["E-0"]
    await store.journal.submit(ReviewLock(LATER, "E-0"))
    await store.close()
    store = opener()
    assert await store.queries.due_lock_reviews(LATER + timedelta(hours=1), 10) == ["E-1"]
    renewed = LATER + timedelta(minutes=5)
    await store.journal.submit(LockMeter(LATER, "E-0", "kim", "still inside", renewed))
    assert await store.queries.due_lock_reviews(renewed, 10) == ["E-0"]
