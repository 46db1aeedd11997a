"""What waits for a second person, and what was counted, in the store: nothing of it is lost with a process."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from meterhold.domain.approval import Approval, ApprovalStatus
from meterhold.domain.commands import Command, Terms
from meterhold.domain.draft import Draft
from meterhold.domain.evolve import emit
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.limits import DEFAULT_LIMITS, FLEET, sender_scope
from meterhold.domain.words import OrderResult
from meterhold.store import Store, rebuild
from meterhold.usecases.approving import decide_approval, follow_approvals
from meterhold.usecases.ports import Journal, Ports
from meterhold.usecases.settled import Settled
from tests.contract.journal.conftest import Opener
from tests.fakes.journal import NOON, intent, outcome, register, suspend
from tests.fakes.ports import FakeWorld, HandClock

TERMS = Terms(limits=replace(DEFAULT_LIMITS, off_by_sender=2))


def ports_of(store: Store, journal: Journal | None = None, at: datetime = NOON) -> Ports:
    """A gateway's ports over a real store."""
    world = FakeWorld(clock=HandClock(at))
    return Ports(journal or store.journal, store.queries, world.links, world.clock, world.ids, Settled({}, TERMS))


async def ask(store: Store, *numbers: int) -> None:
    """Register a home for each number and ask for its suspension."""
    for number in numbers:
        await store.journal.submit(register(f"E-{number:03}"))
        await store.journal.submit(replace(suspend(f"WO-{number:03}", f"E-{number:03}"), terms=TERMS))


async def only(store: Store) -> Approval:
    """The one approval that there is."""
    (approval,) = await store.queries.list_approvals(after=None, limit=10)
    return approval


async def statuses(store: Store) -> list[str]:
    """Where the holds stand, in the order of their names."""
    holds = await store.queries.list_holds(status=None, meter_id=None, after=None, limit=1000)
    return [hold.status.value for hold in reversed(holds)]


async def grant(store: Store, *, granted: bool = True) -> None:
    """Decide on what waits."""
    approval = await only(store)
    await decide_approval(
        ports_of(store),
        approval.approval_id,
        granted=granted,
        set_hash=approval.set_hash,
        by="kim",
        comment="",
    )


async def test_a_restart_does_not_reset_the_count(opener: Opener) -> None:
    """Another process meets the very same window."""
    store = opener()
    await ask(store, 1, 2)
    await store.close()
    store = opener()
    await ask(store, 3)
    assert await statuses(store) == ["suspending", "suspending", "awaiting_approval"]
    tallies = {tally.scope: tally for tally in await store.queries.tallies()}
    assert [bucket.legs for bucket in tallies[sender_scope("cis")].asked_off] == [2]


async def test_counts_and_approvals_can_be_made_anew_from_the_events(opener: Opener) -> None:
    """As every other row."""
    store = opener()
    await ask(store, 1, 2, 3)
    hold = await store.queries.hold("H-WO-001")
    assert hold is not None
    hold = (await store.journal.submit(intent(hold, "E-001"))).holds[hold.hold_id]
    await store.journal.submit(outcome(hold, "E-001"))
    await grant(store)
    await follow_approvals(ports_of(store))
    world = rebuild(opener.url, emit)
    assert {tally.scope: tally for tally in await store.queries.tallies()} == world.tallies
    assert [bucket.legs for bucket in world.tallies[FLEET].sent_off] == [1]
    assert await only(store) == next(iter(world.approvals.values()))
    assert await store.queries.originator("cis") == world.originators["cis"]


async def test_all_orders_of_a_set_hear_of_the_decision(store: Store) -> None:
    """In portions, until none is left; then nothing is due any more."""
    await ask(store, *range(1, 8))
    await grant(store)
    await follow_approvals(ports_of(store))
    assert await statuses(store) == ["suspending"] * 2 + ["scheduled"] * 5
    await follow_approvals(ports_of(store))
    assert (await only(store)).finished
    assert await store.queries.due_approvals(NOON, 10) == []


async def test_a_refused_set_is_rejected_to_the_last_order(store: Store) -> None:
    """None of them is forgotten."""
    await ask(store, 1, 2, 3, 4)
    await grant(store, granted=False)
    await follow_approvals(ports_of(store))
    assert await statuses(store) == ["suspending"] * 2 + ["rejected"] * 2
    for record in await store.queries.approval_orders(
        (await only(store)).approval_id, waiting=False, after=None, limit=10
    ):
        assert record.result is OrderResult.REJECTED


class Dying:
    """A journal whose process dies after so many commands."""

    def __init__(self, journal: Journal, after: int) -> None:
        """Count down from there."""
        self._journal, self._left = journal, after

    async def submit(self, command: Command) -> Draft:
        """Or die."""
        self._left -= 1
        if self._left < 0:
            raise ConnectionError("the process died")
        return await self._journal.submit(command)


async def test_a_crash_in_the_middle_leaves_no_order_behind(opener: Opener) -> None:
    """What has heard of the decision has, and the next process tells the rest."""
    store = opener()
    await ask(store, *range(1, 10))
    await grant(store)
    with pytest.raises(ConnectionError):
        await follow_approvals(ports_of(store, Dying(store.journal, 3)))
    assert (await statuses(store)).count("scheduled") == 3
    await store.close()
    store = opener()
    await follow_approvals(ports_of(store))
    assert (await statuses(store)).count("scheduled") == 7


async def test_what_nobody_decides_expires_with_its_last_suspension(store: Store) -> None:
    """And the sender's next order over the threshold opens another question."""
    await ask(store, 1, 2, 3)
    late = NOON + timedelta(days=2)
    await follow_approvals(ports_of(store, at=NOON + timedelta(hours=1)))
    assert (await only(store)).status is ApprovalStatus.WAITING
    await follow_approvals(ports_of(store, at=late))
    assert (await only(store)).status is ApprovalStatus.EXPIRED
    assert (await store.queries.originator("cis")).approvals == {}
    assert HoldStatus.AWAITING_APPROVAL.value in await statuses(store)


async def test_pages_of_a_set_hold_each_order_once(store: Store) -> None:
    """By sender and name of the order."""
    await ask(store, *range(1, 8))
    approval_id = (await only(store)).approval_id
    names, after = [], None
    while page := await store.queries.approval_orders(approval_id, waiting=False, after=after, limit=2):
        names += [record.key.order_id for record in page]
        after = page[-1].key
    assert names == [f"WO-{n:03}" for n in range(3, 8)]
