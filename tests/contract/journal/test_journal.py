"""What every journal promises: decided at commit, all or nothing, one after the other, and never lost."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from meterhold.domain.commands import CreateKey, RevokeKey, RotateKey, SetInhibit
from meterhold.domain.draft import Draft
from meterhold.domain.errors import DuplicateOrder, Refused, StoreUnavailable, UnknownThing
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.order import OrderKey
from meterhold.domain.scope import Scope
from meterhold.domain.words import Because, OrderResult, Reason
from meterhold.store import ChainState, Store, verify_chain
from tests.contract.journal.conftest import Opener
from tests.fakes.journal import NOON, intent, outcome, register, restore, suspend


async def test_a_commit_returns_what_was_decided_and_queries_see_it(store: Store) -> None:
    """The draft names what changed, and whoever reads next sees the same rows."""
    await store.journal.submit(register("E-1"))
    draft = await store.journal.submit(suspend("WO-1", "E-1"))
    hold = draft.holds["H-WO-1"]
    assert hold.status is HoldStatus.SUSPENDING
    assert await store.queries.hold("H-WO-1") == hold
    assert await store.queries.meter("E-1") == draft.meters["E-1"]
    assert await store.queries.order(OrderKey("cis", "WO-1")) == draft.orders[OrderKey("cis", "WO-1")]
    kinds = [type(event).__name__ for _, _, event in await store.queries.hold_events("H-WO-1")]
    assert kinds == [type(event).__name__ for event in draft.events]


async def test_an_order_from_intake_to_restored_supply(store: Store) -> None:
    """Each step reads what the one before committed."""
    await store.journal.submit(register("E-1"))
    hold = (await store.journal.submit(suspend("WO-1", "E-1"))).holds["H-WO-1"]
    hold = (await store.journal.submit(intent(hold, "E-1"))).holds["H-WO-1"]
    hold = (await store.journal.submit(outcome(hold, "E-1"))).holds["H-WO-1"]
    assert hold.status is HoldStatus.SUSPENDED
    later = NOON + timedelta(days=30)
    hold = (await store.journal.submit(restore("WO-2", "H-WO-1", at=later))).holds["H-WO-1"]
    hold = (await store.journal.submit(intent(hold, "E-1", at=later))).holds["H-WO-1"]
    hold = (await store.journal.submit(outcome(hold, "E-1", at=later))).holds["H-WO-1"]
    assert hold.status is HoldStatus.RESTORED
    record = await store.queries.order(OrderKey("cis", "WO-2"))
    assert record is not None
    assert record.result is OrderResult.DONE
    assert await store.queries.open_operation_holds() == []


async def test_fifty_duplicates_at_once_have_one_effect(store: Store) -> None:
    """However they fall into transactions, the first one counts and the others get its answer."""
    await store.journal.submit(register("E-1"))
    drafts = await asyncio.gather(*(store.journal.submit(suspend("WO-1", "E-1")) for _ in range(50)))
    assert sum(bool(draft.events) for draft in drafts) == 1
    assert len(await store.queries.list_holds(status=None, meter_id=None, after=None, limit=100)) == 1
    events = await store.queries.hold_events("H-WO-1")
    assert [type(event).__name__ for _, _, event in events].count("OrderAccepted") == 1


async def test_the_same_key_with_other_content_is_refused(store: Store) -> None:
    """Even when both arrive in the same transaction."""
    await store.journal.submit(register("E-1"))
    first, second = await asyncio.gather(
        store.journal.submit(suspend("WO-1", "E-1")),
        store.journal.submit(suspend("WO-1", "E-1", comment="another")),
        return_exceptions=True,
    )
    assert isinstance(first, Draft)
    assert isinstance(second, DuplicateOrder)


async def test_a_later_command_sees_what_an_earlier_one_of_its_batch_did(store: Store) -> None:
    """Two orders for one meter, submitted at once: the second one conflicts with the first."""
    await store.journal.submit(register("E-1"))
    first, second = await asyncio.gather(
        store.journal.submit(suspend("WO-1", "E-1")), store.journal.submit(suspend("WO-2", "E-1"))
    )
    assert first.orders[OrderKey("cis", "WO-1")].result is OrderResult.OPEN
    refused = second.orders[OrderKey("cis", "WO-2")]
    assert (refused.result, refused.code) == (OrderResult.REJECTED, Because.CONFLICTING_ORDER)


async def test_a_refusal_changes_nothing(store: Store) -> None:
    """No event, no row, and the commands beside it go through."""
    await store.journal.submit(register("E-1"))
    refused, done = await asyncio.gather(
        store.journal.submit(suspend("WO-1", "E-404")),
        store.journal.submit(suspend("WO-2", "E-1")),
        return_exceptions=True,
    )
    assert isinstance(refused, UnknownThing)
    assert isinstance(done, Draft)
    assert await store.queries.order(OrderKey("cis", "WO-1")) is None
    assert await store.queries.hold("H-WO-1") is None


async def test_commands_are_carried_out_in_the_order_in_which_they_were_submitted(opener: Opener) -> None:
    """Over all transactions."""
    committed: list[Draft] = []
    store = opener(on_commit=committed.extend, batch_limit=7)
    names = [f"E-{n:02}" for n in range(40)]
    await asyncio.gather(*(store.journal.submit(register(name)) for name in names))
    await asyncio.sleep(0)
    assert [meter_id for draft in committed for meter_id in draft.meters] == names


async def test_a_listener_is_told_of_each_commit_and_may_fail(opener: Opener, caplog: pytest.LogCaptureFixture) -> None:
    """It hears of what changed, not of replays and refusals; what it raises fails nobody."""
    heard: list[int] = []

    def listen(drafts: Sequence[Draft]) -> None:
        heard.append(len(drafts))
        raise RuntimeError("the listener is broken")

    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    store = opener(on_commit=listen)
    await store.journal.submit(register("E-1"))
    await store.journal.submit(register("E-1"))
    with pytest.raises(UnknownThing):
        await store.journal.submit(suspend("WO-1", "E-404"))
    await store.journal.submit(suspend("WO-1", "E-1"))
    await asyncio.sleep(0)
    assert heard == [1, 1]


async def test_no_transaction_takes_more_than_the_limit(opener: Opener) -> None:
    """A restore never waits behind an unbounded batch."""
    sizes: list[int] = []
    store = opener(on_commit=lambda drafts: sizes.append(len(drafts)), batch_limit=4)
    await asyncio.gather(*(store.journal.submit(register(f"E-{n}")) for n in range(10)))
    await asyncio.sleep(0)
    assert max(sizes) <= 4
    assert sum(sizes) == 10


async def test_what_was_committed_is_there_after_reopening(opener: Opener) -> None:
    """Rows and events are the same, a replay is recognised, and both processes' chains are whole."""
    first = opener()
    await first.journal.submit(register("E-1", "E-2"))
    hold = (await first.journal.submit(suspend("WO-1", "E-1"))).holds["H-WO-1"]
    events = await first.queries.hold_events("H-WO-1")
    await first.close()
    second = opener()
    assert await second.queries.hold("H-WO-1") == hold
    assert await second.queries.hold_events("H-WO-1") == events
    assert (await second.journal.submit(suspend("WO-1", "E-1"))).events == []
    await second.journal.submit(intent(hold, "E-1"))
    assert [(report.writer, report.state) for report in verify_chain(opener.url)] == [
        ("writer-1", ChainState.INTACT),
        ("writer-2", ChainState.INTACT),
    ]


async def test_the_inhibit_is_part_of_every_decision(store: Store) -> None:
    """Set in one commit, it forbids a write in the next."""
    await store.journal.submit(register("E-1"))
    hold = (await store.journal.submit(suspend("WO-1", "E-1"))).holds["H-WO-1"]
    await store.journal.submit(SetInhibit(NOON, on=True, by="kim", reason="storm"))
    site = await store.queries.site()
    assert site.inhibit is not None
    assert site.inhibit.by == "kim"
    draft = await store.journal.submit(intent(hold, "E-1"))
    assert draft.holds["H-WO-1"].leg("E-1").because is Because.INHIBITED
    await store.journal.submit(SetInhibit(NOON, on=False, by="kim", reason="over"))
    assert (await store.queries.site()).inhibit is None


async def test_keys_are_kept_and_revoked(store: Store) -> None:
    """Revoking keeps the row; revoking one that does not exist is refused."""
    await store.journal.submit(CreateKey(NOON, "k1", "dispatch", ("submit", "read"), "digest"))
    (key,) = await store.queries.api_keys()
    assert (key.name, key.roles, key.digest, key.created_at) == ("dispatch", ("submit", "read"), "digest", NOON)
    assert key.revoked_at is None
    await store.journal.submit(RevokeKey(NOON + timedelta(hours=1), "k1", "kim", "dispatch"))
    (key,) = await store.queries.api_keys()
    assert key.revoked_at == NOON + timedelta(hours=1)
    with pytest.raises(UnknownThing):
        await store.journal.submit(RevokeKey(NOON, "k2", "kim"))


async def test_a_key_keeps_its_limits_and_the_secret_before_this_one(store: Store) -> None:
    """Of several rotations the last two secrets; its name is free again once it is revoked, and not before."""
    scope = Scope(actions=("restore",), areas=("north",))
    make = CreateKey(NOON, "k1", "dispatch", ("dispatcher",), "one", scope, NOON + timedelta(days=9), "root")
    await store.journal.submit(make)
    for hour, digest in ((1, "two"), (2, "three")):
        at = NOON + timedelta(hours=hour)
        await store.journal.submit(RotateKey(at, "k1", "dispatch", digest, at + timedelta(days=1), "kim"))
    (key,) = await store.queries.api_keys()
    assert (key.scope, key.expires_at, key.made_by) == (scope, NOON + timedelta(days=9), "root")
    assert (key.digest, key.old_digest, key.rotated_at) == ("three", "two", NOON + timedelta(hours=2))
    assert key.old_until == NOON + timedelta(hours=26)
    with pytest.raises(Refused) as caught:
        await store.journal.submit(replace(make, key_id="k2"))
    assert caught.value.code is Because.NAME_TAKEN
    await store.journal.submit(RevokeKey(NOON, "k1", "kim", "dispatch"))
    await store.journal.submit(replace(make, key_id="k2"))
    with pytest.raises(UnknownThing):
        await store.journal.submit(RotateKey(NOON, "k1", "dispatch", "four", NOON, "kim"))


async def test_a_restore_let_go_sees_all_that_is_open_at_its_meters(store: Store) -> None:
    """A hold that turns round lets another hold's restore go on, which a third one still keeps off its other meter."""
    await store.journal.submit(register("E-1", "E-2", service_point="SP-1"))

    async def run(order_id: str, *meter_ids: str, reason: Reason) -> None:
        hold_id = f"H-{order_id}"
        await store.journal.submit(suspend(order_id, *meter_ids, reason=reason))
        for meter_id in meter_ids:
            hold = await store.queries.hold(hold_id)
            assert hold is not None
            hold = (await store.journal.submit(intent(hold, meter_id))).holds[hold_id]
            await store.journal.submit(outcome(hold, meter_id))

    await run("A", "E-1", "E-2", reason=Reason.VACATION)
    await run("B", "E-1", reason=Reason.METER_WORK)
    await run("C", "E-2", reason=Reason.SAFETY)
    draft = await store.journal.submit(restore("A2", "H-A"))
    assert [leg.held_by for leg in draft.holds["H-A"].legs] == ["H-B", "H-C"]
    draft = await store.journal.submit(restore("B2", "H-B"))
    held = draft.holds["H-A"]
    hold = (await store.journal.submit(intent(draft.holds["H-B"], "E-1"))).holds["H-B"]
    draft = await store.journal.submit(outcome(hold, "E-1"))
    assert draft.holds["H-B"].status is HoldStatus.RESTORED
    assert held.leg("E-1").busy
    assert held.leg("E-2").held_by == "H-C"
    assert not held.leg("E-2").busy


async def test_a_closed_store_takes_nothing(opener: Opener) -> None:
    """What waits when it closes is committed; what comes later is told."""
    store = opener()
    waiting = asyncio.gather(*(store.journal.submit(register(f"E-{n}")) for n in range(3)))
    await asyncio.sleep(0)
    await store.close()
    assert all(draft.events for draft in await waiting)
    with pytest.raises(StoreUnavailable):
        await store.journal.submit(register("E-9"))


async def test_who_gives_up_waiting_stops_nobody(store: Store) -> None:
    """A cancelled submitter leaves the others their answers."""
    tasks = [asyncio.ensure_future(store.journal.submit(register(f"E-{n}"))) for n in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    first, second, third = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(first, Draft)
    assert isinstance(second, asyncio.CancelledError)
    assert isinstance(third, Draft)
