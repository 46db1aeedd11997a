"""How many connections a host serves at once, for all lines that lead to it."""

import asyncio
from collections import deque
from typing import Protocol


class Holder(Protocol):
    """A line that may hold one of the connections."""

    @property
    def idle(self) -> bool:
        """Whether nobody uses the line now."""

    async def let_go(self) -> None:
        """Close the line's connection; it takes no turn before that is done."""


class Allowance:
    """A host's connections, handed from line to line: an idle line gives its own up, a busy one after its turn."""

    __slots__ = ("_fixed", "_holders", "_waiting", "most")

    def __init__(self, most: int, *, fixed: bool = False) -> None:
        """Allow so many at once; a ``fixed`` number is not lowered."""
        self.most = most
        """How many lines may be connected at once."""
        self._fixed = fixed
        self._holders: dict[Holder, None] = {}
        """In the order of use: the first was used longest ago."""
        self._waiting: deque[tuple[Holder, asyncio.Future[None]]] = deque()

    def lower(self, most: int) -> None:
        """Allow no more than so many; connections beyond it end as soon as they are idle and another is wanted."""
        if not self._fixed:
            self.most = min(self.most, most)

    @property
    def wanted(self) -> bool:
        """Whether another line waits for a connection."""
        return bool(self._waiting)

    async def take(self, line: Holder) -> None:
        """Wait, in the order of arrival, until the line may connect."""
        if self._holders.pop(line, self) is None:
            self._holders[line] = None
            return
        while len(self._holders) >= self.most:
            idle = None if self._waiting else next((holder for holder in self._holders if holder.idle), None)
            if idle is None:
                await self._stand_in_line(line)
                return
            del self._holders[idle]
            if len(self._holders) < self.most:
                await self._take_from(idle, line)
                return
            await idle.let_go()
        self._holders[line] = None

    def give_back(self, line: Holder) -> None:
        """Note that the line has no connection any more."""
        if self._holders.pop(line, self) is self:
            return
        while self._waiting and len(self._holders) < self.most:
            following, turn = self._waiting.popleft()
            if not turn.done():
                self._holders[following] = None
                turn.set_result(None)

    async def _take_from(self, idle: Holder, line: Holder) -> None:
        # Nobody may come between.
        self._holders[line] = None
        try:
            await idle.let_go()
        except BaseException:
            self.give_back(line)
            raise

    async def _stand_in_line(self, line: Holder) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((line, turn))
        try:
            await turn
        except asyncio.CancelledError:
            self._waiting = deque(entry for entry in self._waiting if entry[1] is not turn)
            self.give_back(line)
            raise
