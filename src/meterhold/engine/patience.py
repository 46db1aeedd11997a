"""Links as the watch gets them: it lets everybody go first, says how long it took, and cannot write."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from meterhold.domain.errors import MeterholdError
from meterhold.profiles.wire import Acknowledgement, Question, Reply, Write
from meterhold.usecases.ports import Clock, Links, Turn

HasWork = Callable[[str], bool]
"""Whether work of an order waits on a link."""


class GaveWay(MeterholdError):
    """An order's work came up: the look is given up between two reads, and taken later."""


@dataclass(slots=True)
class PatientLinks:
    """All links of the site, for one look."""

    links: Links
    has_work: HasWork
    clock: Clock
    spent_s: float = 0.0
    """How long lines were kept busy."""

    def turn(self, link: str) -> AbstractAsyncContextManager[Turn]:
        """Take a turn, if nobody else wants one."""
        return self._turn(link)

    @asynccontextmanager
    async def _turn(self, link: str) -> AsyncIterator[Turn]:
        self.give_way(link)
        async with self.links.turn(link) as turn:
            begun = self.clock.monotonic()
            try:
                yield _PatientTurn(turn, self, link)
            finally:
                self.spent_s += self.clock.monotonic() - begun

    def give_way(self, link: str) -> None:
        """Stop here where an order waits for the link."""
        if self.has_work(link):
            raise GaveWay(f"an order has work on {link}")

    def shards(self, link: str) -> Sequence[str]:
        """As they are."""
        return self.links.shards(link)

    def width(self, link: str) -> int:
        """As it is."""
        return self.links.width(link)

    def names(self) -> Sequence[str]:
        """As they are."""
        return self.links.names()

    def up(self, link: str) -> bool:
        """As it is."""
        return self.links.up(link)


@dataclass(frozen=True, slots=True)
class _PatientTurn:
    turn: Turn
    patient: PatientLinks
    link: str

    async def ask(self, question: Question) -> Reply:
        """Read, unless somebody else has come up since the read before."""
        self.patient.give_way(self.link)
        return await self.turn.ask(question)

    async def write(self, write: Write) -> Acknowledgement:
        """Never: whatever the watch finds, it does not fight it."""
        raise AssertionError(f"the watch was about to write: {write}")
