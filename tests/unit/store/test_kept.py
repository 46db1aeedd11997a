"""Rows that are kept are those that were committed last; where that is not certain, none are."""

from collections.abc import Sequence

from meterhold.domain.commands import Command
from meterhold.domain.decide import decide
from meterhold.domain.draft import Draft, World
from meterhold.store import InlineExecutor, Store, open_store
from meterhold.store.database import Database
from meterhold.store.kept import Kept
from meterhold.store.schema import upgrade_database
from meterhold.store.writer import Answer, Writer
from tests.fakes.journal import intent, register, suspend


def writer(kept: Kept) -> Writer:
    """One who writes to a store in memory that has its schema."""
    database = Database("sqlite://")
    upgrade_database(database)
    return Writer(database, decide, "w", kept)


def drafts(answers: Sequence[Answer]) -> list[Draft]:
    """What was committed; anything else fails the test."""
    assert all(isinstance(answer, Draft) for answer in answers), answers
    return [answer for answer in answers if isinstance(answer, Draft)]


def test_what_was_committed_is_kept_as_it_was_left() -> None:
    """Orders, holds and meters, and the site."""
    kept = Kept()
    _, suspended = drafts(writer(kept).run([register("E-1"), suspend("WO-1", "E-1")]))
    assert kept.holds == suspended.holds
    assert kept.orders == suspended.orders
    assert kept.meters["E-1"].open_holds == ("H-WO-1",)
    assert kept.site == suspended.site


def test_what_failed_to_be_written_is_not_kept() -> None:
    """The next command decides on what the store says."""

    def decide_but_fail(world: World, command: Command) -> Draft:
        draft = decide(world, command)
        if failing:
            draft.events.append(object())  # type: ignore[arg-type]  # nothing that could be written
        return draft

    failing = False
    kept = Kept()
    database = Database("sqlite://")
    upgrade_database(database)
    one = Writer(database, decide_but_fail, "w", kept)
    _, suspended = drafts(one.run([register("E-1"), suspend("WO-1", "E-1")]))
    hold = suspended.holds["H-WO-1"]
    failing = True
    (failed,) = one.run([intent(hold, "E-1")])
    assert isinstance(failed, Exception)
    assert not kept.holds
    failing = False
    (permitted,) = drafts(one.run([intent(hold, "E-1")]))
    assert permitted.holds["H-WO-1"].intended_once


def test_nothing_is_kept_beyond_the_limit() -> None:
    """A batch that is larger by itself leaves nothing behind, least of all older rows of the same names."""
    kept = Kept(most=5)
    one = writer(kept)
    drafts(one.run([register("E-1", "E-2")]))
    assert set(kept.meters) == {"E-1", "E-2"}
    drafts(one.run([register("E-1", "E-2", "E-3", "E-4", "E-5", "E-6")]))
    assert not kept.meters
    drafts(one.run([suspend("WO-1", "E-1")]))
    drafts(one.run([suspend("WO-2", "E-2")]))
    assert set(kept.holds) == {"H-WO-2"}


async def test_a_kept_row_answers_as_the_stored_one_does() -> None:
    """A store that has just been opened reads what the one before it kept."""
    store = open_in_memory()
    await store.journal.submit(register("E-1"))
    draft = await store.journal.submit(suspend("WO-1", "E-1"))
    assert await store.queries.hold("H-WO-1") == draft.holds["H-WO-1"]
    assert await store.queries.meters(["E-1", "E-9"]) == {"E-1": draft.meters["E-1"]}
    await store.close()


def open_in_memory() -> Store:
    """A store that goes with the test."""
    return open_store("sqlite://", executor=InlineExecutor(), decide=decide, writer="w", create=True)
