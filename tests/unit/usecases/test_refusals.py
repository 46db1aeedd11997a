"""Refusals at the door are kept: one by one within a measure, counted beyond it, and none is lost."""

from meterhold.domain.events import CallsRefused, CommandRefused
from meterhold.domain.refusals import RefusedCalls
from meterhold.domain.words import Because
from meterhold.usecases.refusals import MOST_OF_A_CALLER, MOST_OF_STRANGERS, WINDOW_S, Refusal, RefusalLog
from tests.fakes.ports import FakeWorld


def refusal(by: str | None, code: Because = Because.FORBIDDEN) -> Refusal:
    """A call that was refused."""
    return Refusal(by, "192.0.2.7", "PUT /api/v1/inhibit", code, "this needs the role admin")


async def test_a_refusal_is_kept_with_who_what_and_why() -> None:
    """Before its answer leaves."""
    world = FakeWorld()
    await RefusalLog(world.ports).note(refusal("cis"))
    assert world.store.refused == [
        CommandRefused(
            world.clock.now(), "cis", "192.0.2.7", "PUT /api/v1/inhibit", Because.FORBIDDEN, "this needs the role admin"
        )
    ]


async def test_a_flood_leaves_a_measure_of_events_and_a_count() -> None:
    """Of strangers, however many, and of a caller; who floods takes nothing from another caller's measure."""
    world = FakeWorld()
    log = RefusalLog(world.ports)
    for _ in range(5000):
        await log.note(refusal(None, Because.UNAUTHENTICATED))
        await log.note(refusal("cis"))
    await log.note(refusal("desk"))
    await log.flush()
    *kept, count = world.store.refused
    assert len(kept) == MOST_OF_STRANGERS + MOST_OF_A_CALLER + 1
    assert isinstance(count, CallsRefused)
    assert count.calls == (
        RefusedCalls(None, Because.UNAUTHENTICATED, 5000 - MOST_OF_STRANGERS),
        RefusedCalls("cis", Because.FORBIDDEN, 5000 - MOST_OF_A_CALLER),
    )


async def test_a_new_minute_begins_with_what_the_last_one_counted() -> None:
    """Then single ones are kept again."""
    world = FakeWorld()
    log = RefusalLog(world.ports)
    for _ in range(MOST_OF_STRANGERS + 3):
        await log.note(refusal(None))
    since = world.clock.now()
    world.clock.pass_by(WINDOW_S)
    await log.note(refusal(None))
    count, single = world.store.refused[-2:]
    assert count == CallsRefused(world.clock.now(), since, (RefusedCalls(None, Because.FORBIDDEN, 3),))
    assert isinstance(single, CommandRefused)
    await log.flush()
    assert world.store.refused[-1] is single, "an empty count is not kept"


async def test_what_could_not_be_written_is_counted_and_written_later() -> None:
    """A refusal needs no store to be a refusal; the record follows when there is one again."""
    world = FakeWorld()
    log = RefusalLog(world.ports)
    world.store.broken = True
    await log.note(refusal("cis"))
    await log.note(refusal("cis"))
    await log.flush()
    assert world.store.refused == []
    world.store.broken = False
    await log.flush()
    (count,) = world.store.refused
    assert isinstance(count, CallsRefused)
    assert count.calls == (RefusedCalls("cis", Because.FORBIDDEN, 2),)


async def test_what_a_stranger_sends_is_cut_to_a_length() -> None:
    """A path of a megabyte is not worth a megabyte of journal."""
    world = FakeWorld()
    long = Refusal(None, "192.0.2.7", "GET /" + "x" * 10_000, Because.UNAUTHENTICATED, "y" * 10_000)
    await RefusalLog(world.ports).note(long)
    (kept,) = world.store.refused
    assert isinstance(kept, CommandRefused)
    assert len(kept.what) + len(kept.detail) < 1000
