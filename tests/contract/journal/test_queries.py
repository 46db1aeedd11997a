"""What queries answer, and in which order."""

from datetime import datetime, timedelta

from meterhold.domain.commands import RegisterMeters
from meterhold.domain.operation import Move
from meterhold.domain.operation_table import Trigger
from meterhold.domain.words import Because
from meterhold.store import Store
from tests.fakes.journal import NOON, in_doubt, intent, outcome, register, restore, suspend, turn


async def begin(store: Store, order_id: str, meter_id: str, *, priority: int = 5, at: datetime = NOON) -> None:
    """Register a meter and open a hold whose operation is due at once."""
    await store.journal.submit(register(meter_id))
    await store.journal.submit(suspend(order_id, meter_id, priority=priority, at=at))


async def test_turns_are_due_in_the_order_of_need(store: Store) -> None:
    """Looks that resolve doubt, then restores, then suspensions; within these by priority, then by age."""
    await begin(store, "new", "E-1", at=NOON + timedelta(minutes=1))
    await begin(store, "old", "E-2")
    await begin(store, "urgent", "E-3", priority=9, at=NOON + timedelta(minutes=2))
    await begin(store, "back", "E-4")
    await begin(store, "doubt", "E-5", priority=0)
    for name, meter_id in (("back", "E-4"), ("doubt", "E-5")):
        hold = await store.queries.hold(f"H-{name}")
        assert hold is not None
        hold = (await store.journal.submit(intent(hold, meter_id))).holds[hold.hold_id]
        await store.journal.submit((outcome if name == "back" else in_doubt)(hold, meter_id))
    await store.journal.submit(restore("R-1", "H-back", at=NOON + timedelta(minutes=3)))
    now = NOON + timedelta(minutes=5)
    due = await store.queries.due_operations("line-1", now, 10)
    assert due == [
        ("H-doubt", "E-5"),
        ("H-back", "E-4"),
        ("H-urgent", "E-3"),
        ("H-old", "E-2"),
        ("H-new", "E-1"),
    ]
    assert await store.queries.due_operations("line-1", now, 2) == due[:2]
    assert await store.queries.due_operations("line-2", now, 10) == []


async def test_an_operation_that_waits_is_not_due_and_one_that_ended_is_gone(store: Store) -> None:
    """A dead meter backs off alone, and its link has no work meanwhile."""
    await begin(store, "WO-1", "E-1")
    hold = await store.queries.hold("H-WO-1")
    assert hold is not None
    assert await store.queries.links_with_work(NOON) == ["line-1"]
    again = NOON + timedelta(minutes=2)
    failed = Move(Trigger.LOOK_FAILED, NOON, because=Because.COMM_TIMEOUT, look_again_at=again)
    hold = (await store.journal.submit(turn(hold, "E-1", failed))).holds["H-WO-1"]
    assert await store.queries.due_operations("line-1", NOON, 10) == []
    assert await store.queries.links_with_work(again - timedelta(microseconds=1)) == []
    assert await store.queries.links_with_work(again) == ["line-1"]
    assert await store.queries.open_operation_holds() == ["H-WO-1"]
    hold = (await store.journal.submit(intent(hold, "E-1"))).holds["H-WO-1"]
    await store.journal.submit(outcome(hold, "E-1"))
    assert await store.queries.due_operations("line-1", again, 10) == []
    assert await store.queries.open_operation_holds() == []


async def test_links_are_named_once(store: Store) -> None:
    """However many operations are due there."""
    await store.journal.submit(register("E-1", "E-2", link="a"))
    await store.journal.submit(register("E-3", link="b"))
    for n in range(1, 4):
        await store.journal.submit(suspend(f"WO-{n}", f"E-{n}"))
    assert await store.queries.links_with_work(NOON) == ["a", "b"]


async def test_a_hold_is_due_at_its_next_moment(store: Store) -> None:
    """The longest due first, no more than asked for."""
    await store.journal.submit(register("E-1", "E-2", "E-3"))
    for n in (3, 1, 2):
        await store.journal.submit(suspend(f"WO-{n}", f"E-{n}", starts_at=NOON + timedelta(hours=n)))
    assert await store.queries.due_holds(NOON, 10) == []
    assert await store.queries.due_holds(NOON + timedelta(hours=2), 10) == ["H-WO-1", "H-WO-2"]
    assert await store.queries.due_holds(NOON + timedelta(hours=9), 2) == ["H-WO-1", "H-WO-2"]


async def test_what_is_not_there_is_none(store: Store) -> None:
    """No error for an unknown name."""
    assert await store.queries.hold("H") is None
    assert await store.queries.meter("E") is None
    assert await store.queries.order(suspend("WO", "E").key) is None
    assert await store.queries.meters(["E"]) == {}
    assert await store.queries.meters([]) == {}
    assert await store.queries.hold_events("H") == []
    assert (await store.queries.site()).inhibit is None


async def test_meters_are_found_by_service_point_and_name(store: Store) -> None:
    """Retired ones are no longer offered, and are still known."""
    await store.journal.submit(register("E-2", "W-1", "E-1", service_point="SP-1"))
    await store.journal.submit(register("E-3", service_point="SP-2"))
    assert await store.queries.meters_at("SP-1") == ["E-1", "E-2", "W-1"]
    await store.journal.submit(RegisterMeters(NOON, (), ("E-2",)))
    assert await store.queries.meters_at("SP-1") == ["E-1", "W-1"]
    assert await store.queries.meter_ids() == ["E-1", "E-3", "W-1"]
    assert set(await store.queries.meters(["E-2", "E-3", "E-4"])) == {"E-2", "E-3"}


async def test_lists_come_in_pages(store: Store) -> None:
    """Holds newest first, meters by name; the last of one page is the cursor of the next."""
    for n in range(1, 6):
        await begin(store, f"WO-{n}", f"E-{n}")
    first = await store.queries.list_holds(status=None, meter_id=None, after=None, limit=2)
    rest = await store.queries.list_holds(status=None, meter_id=None, after=first[-1].hold_id, limit=9)
    assert [hold.hold_id for hold in (*first, *rest)] == [f"H-WO-{n}" for n in (5, 4, 3, 2, 1)]
    meters = await store.queries.list_meters(after="E-2", limit=2)
    assert [meter.meter_id for meter in meters] == ["E-3", "E-4"]


async def test_holds_are_listed_by_status_and_meter(store: Store) -> None:
    """Each alone and both together."""
    await begin(store, "WO-1", "E-1")
    await begin(store, "WO-2", "E-2")
    hold = await store.queries.hold("H-WO-1")
    assert hold is not None
    hold = (await store.journal.submit(intent(hold, "E-1"))).holds["H-WO-1"]
    await store.journal.submit(outcome(hold, "E-1"))

    async def listed(status: str | None, meter_id: str | None) -> list[str]:
        found = await store.queries.list_holds(status=status, meter_id=meter_id, after=None, limit=9)
        return [hold.hold_id for hold in found]

    assert await listed("suspended", None) == ["H-WO-1"]
    assert await listed("suspending", None) == ["H-WO-2"]
    assert await listed(None, "E-2") == ["H-WO-2"]
    assert await listed("suspended", "E-2") == []
