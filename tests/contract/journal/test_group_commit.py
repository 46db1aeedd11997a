"""Many commands in one transaction, of which one is bad: only that one fails, whatever is bad about it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from meterhold.domain.commands import Command, SubmitOrder
from meterhold.domain.decide import decide
from meterhold.domain.draft import Draft, World
from meterhold.domain.errors import Refused
from meterhold.domain.events import KeyRevoked
from meterhold.domain.operation import Move
from meterhold.domain.operation_table import OperationState, Trigger
from meterhold.domain.words import Because, Reason
from meterhold.store import ChainState, verify_chain
from tests.contract.journal.conftest import Opener
from tests.fakes.journal import NOON, intent, operation_of, register, suspend, turn

METERS = [f"E-{n}" for n in range(8)]
GUILTY = 5


def defect(_: Draft) -> None:
    """A bug in a decision."""
    raise ZeroDivisionError


def no_json(draft: Draft) -> None:
    """Something that cannot be written down."""
    draft.events.append(KeyRevoked(NOON, "k1", by=object()))  # type: ignore[arg-type]


def no_text(draft: Draft) -> None:
    """Half a character."""
    draft.events.append(KeyRevoked(NOON, "k1", by="\ud800"))


def taken_name(draft: Draft) -> None:
    """A new hold by the name of one that exists and that the decision never read."""
    (hold,) = draft.holds.values()
    draft.holds = {"H-old": replace(hold, hold_id="H-old")}


def with_a_guilty_one(sabotage: Callable[[Draft], None]) -> Callable[[World, Command], Draft]:
    """The real decisions, of which one goes wrong."""

    def deciding(world: World, command: Command) -> Draft:
        draft = decide(world, command)
        if isinstance(command, SubmitOrder) and command.key.order_id == f"WO-{GUILTY}":
            sabotage(draft)
        return draft

    return deciding


@pytest.mark.parametrize(
    ("sabotage", "error"),
    [(defect, ZeroDivisionError), (no_json, TypeError), (no_text, UnicodeEncodeError), (taken_name, Refused)],
)
async def test_only_the_guilty_one_gets_the_error(
    opener: Opener, sabotage: Callable[[Draft], None], error: type[Exception]
) -> None:
    """The others of its transaction are committed, it leaves no trace, and the chain has no gap."""
    sizes: list[int] = []
    store = opener(with_a_guilty_one(sabotage), on_commit=lambda drafts: sizes.append(len(drafts)))
    await store.journal.submit(register(*METERS, "E-old"))
    await store.journal.submit(suspend("old", "E-old"))
    answers = await asyncio.gather(
        *(store.journal.submit(suspend(f"WO-{n}", meter_id)) for n, meter_id in enumerate(METERS)),
        return_exceptions=True,
    )
    assert isinstance(answers.pop(GUILTY), error)
    assert all(isinstance(answer, Draft) for answer in answers)
    await asyncio.sleep(0)
    assert sizes == [1, 1, len(METERS) - 1], "all of them were one batch"
    holds = await store.queries.list_holds(status=None, meter_id=None, after=None, limit=100)
    assert len(holds) == len(METERS)
    assert await store.queries.hold(f"H-WO-{GUILTY}") is None
    (report,) = verify_chain(opener.url)
    assert report.state is ChainState.INTACT


async def test_a_second_unresolved_write_to_a_meter_cannot_be_stored(opener: Opener) -> None:
    """The store itself forbids it, even where a decision would have let it pass."""

    def careless(world: World, command: Command) -> Draft:
        # What else is open at the meter is not looked at.
        own = getattr(command, "hold_id", None)
        holds = {name: hold for name, hold in world.holds.items() if name == own}
        return decide(World(world.orders, holds, world.meters), command)

    store = opener(careless)
    await store.journal.submit(register("E-1"))
    first = (await store.journal.submit(suspend("WO-1", "E-1"))).holds["H-WO-1"]
    second = (await store.journal.submit(suspend("WO-2", "E-1"))).holds["H-WO-2"]
    await store.journal.submit(intent(first, "E-1"))
    with pytest.raises(Refused, match="the store forbids it") as refused:
        await store.journal.submit(intent(second, "E-1"))
    assert refused.value.code is Because.CONFLICTING_ORDER
    assert await store.queries.hold("H-WO-2") == second


async def test_one_write_may_be_resolved_and_the_next_one_intended_in_one_transaction(opener: Opener) -> None:
    """Rows are written in an order in which the meter never has two unresolved writes."""
    store = opener()
    await store.journal.submit(register("E-1"))
    first = (await store.journal.submit(suspend("WO-1", "E-1"))).holds["H-WO-1"]
    first = (await store.journal.submit(intent(first, "E-1"))).holds["H-WO-1"]
    second = (await store.journal.submit(suspend("WO-2", "E-1", reason=Reason.SAFETY))).holds["H-WO-2"]
    looked_in_vain = Move(Trigger.LOOK_FAILED, NOON, because=Because.COMM_TIMEOUT)
    never_sent = Move(Trigger.WRITE_NEVER_SENT, NOON, because=Because.DEVICE_OFFLINE)
    *_, draft = await asyncio.gather(
        store.journal.submit(turn(second, "E-1", looked_in_vain)),
        store.journal.submit(turn(first, "E-1", never_sent)),
        store.journal.submit(replace(intent(second, "E-1"), revision=1)),
    )
    assert operation_of(draft.holds["H-WO-2"], "E-1").state is OperationState.INTENDED
