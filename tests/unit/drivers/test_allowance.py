"""A host's connections go from line to line; never more are out than it serves."""

import asyncio
from collections.abc import Callable

import pytest

from meterhold.drivers.modbus import Allowance


class Line:
    """A line that notes what it is asked."""

    def __init__(self, allowance: Allowance, *, busy: bool = False) -> None:
        """Hold nothing yet."""
        self.allowance = allowance
        self.busy = busy
        self.left = 0

    @property
    def idle(self) -> bool:
        """Whether nobody uses it."""
        return not self.busy

    async def let_go(self) -> None:
        """Close, which takes a moment."""
        await asyncio.sleep(0)
        self.left += 1
        self.allowance.give_back(self)


async def steps(until: Callable[[], bool]) -> None:
    """Let other tasks work until something is so."""
    async with asyncio.timeout(5):
        while not until():  # noqa: ASYNC110 - the steps of a loop have no event
            await asyncio.sleep(0)


async def test_an_idle_line_gives_up_its_connection() -> None:
    """The one that was used longest ago."""
    allowance = Allowance(2)
    one, two, three = (Line(allowance) for _ in range(3))
    await allowance.take(one)
    await allowance.take(two)
    await allowance.take(one)
    await allowance.take(three)
    assert (one.left, two.left, three.left) == (0, 1, 0)


async def test_a_busy_line_keeps_its_connection_until_its_turn_ends() -> None:
    """Others wait in the order in which they came."""
    allowance = Allowance(1)
    one, two, three = (Line(allowance, busy=True) for _ in range(3))
    await allowance.take(one)
    order: list[Line] = []

    async def take(line: Line) -> None:
        await allowance.take(line)
        order.append(line)

    waiting = [asyncio.create_task(take(line)) for line in (two, three)]
    await steps(lambda: allowance.wanted)
    await asyncio.sleep(0)
    assert not order
    allowance.give_back(one)
    await waiting[0]
    assert order == [two]
    allowance.give_back(two)
    await waiting[1]
    assert order == [two, three]
    assert not allowance.wanted


@pytest.mark.parametrize("handed", [False, True], ids=["before it is its turn", "just when it is"])
async def test_who_gives_up_waiting_costs_nobody_a_connection(handed: bool) -> None:
    """Whenever it is cancelled, the next one gets the connection."""
    allowance = Allowance(1)
    one, two, three = (Line(allowance, busy=True) for _ in range(3))
    await allowance.take(one)
    giving_up = asyncio.create_task(allowance.take(two))
    staying = asyncio.create_task(allowance.take(three))
    await steps(lambda: allowance.wanted)
    await asyncio.sleep(0)
    if handed:
        allowance.give_back(one)
    giving_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await giving_up
    allowance.give_back(one)
    async with asyncio.timeout(5):
        await staying


async def test_who_gives_up_while_another_lets_go_costs_nobody_a_connection() -> None:
    """The connection that was on its way to it is free again."""
    allowance = Allowance(1)
    one, two, three = (Line(allowance) for _ in range(3))
    await allowance.take(one)
    taking = asyncio.create_task(allowance.take(two))
    await asyncio.sleep(0)
    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    async with asyncio.timeout(5):
        await allowance.take(three)


async def test_a_number_that_is_lowered_is_kept_from_then_on() -> None:
    """Connections that are too many end when another line wants one; a fixed number stays."""
    allowance = Allowance(3)
    one, two, three, four = (Line(allowance) for _ in range(4))
    for line in (one, two, three):
        await allowance.take(line)
    allowance.lower(1)
    await allowance.take(four)
    assert (one.left, two.left, three.left) == (1, 1, 1)
    four.busy = True
    waiting = asyncio.create_task(allowance.take(one))
    await steps(lambda: allowance.wanted)
    allowance.give_back(four)
    async with asyncio.timeout(5):
        await waiting
    fixed = Allowance(3, fixed=True)
    fixed.lower(1)
    assert fixed.most == 3


async def test_what_was_never_taken_cannot_be_given_back() -> None:
    """Giving back twice makes no connection out of nothing."""
    allowance = Allowance(1)
    one, two = Line(allowance, busy=True), Line(allowance, busy=True)
    allowance.give_back(one)
    await allowance.take(one)
    waiting = asyncio.create_task(allowance.take(two))
    await steps(lambda: allowance.wanted)
    allowance.give_back(two)
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()
