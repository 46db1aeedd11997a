"""Counts every step of an order's way through the ports, before and after each, and tells when one is reached."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace

from meterhold.domain.commands import Command
from meterhold.domain.draft import Draft
from meterhold.profiles.wire import Acknowledgement, Question, Reply, Write
from meterhold.usecases.ports import Journal, Links, Ports, Turn


@dataclass(slots=True)
class Steps:
    """The steps since ``counting`` began."""

    reached: Callable[[int, str], None] = lambda _n, _name: None
    """Called at each step; need not come back."""
    counting: bool = False
    names: list[str] = field(default_factory=list)

    def around(self, ports: Ports) -> Ports:
        """Put the counter around a gateway's journal and links."""
        return replace(ports, journal=_CountedJournal(ports.journal, self), links=_CountedLinks(ports.links, self))

    def pass_by(self, name: str) -> None:
        """Pass one step."""
        if self.counting:
            self.names.append(name)
            self.reached(len(self.names) - 1, name)


@dataclass(frozen=True, slots=True)
class _CountedJournal:
    journal: Journal
    steps: Steps

    async def submit(self, command: Command) -> Draft:
        """Commit, between two steps."""
        name = f"journal.submit({type(command).__name__})"
        self.steps.pass_by(f"before {name}")
        draft = await self.journal.submit(command)
        self.steps.pass_by(f"after {name}")
        return draft


@dataclass(frozen=True, slots=True)
class _CountedLinks:
    links: Links
    steps: Steps

    def shards(self, link: str) -> Sequence[str]:
        """As the real ones say."""
        return self.links.shards(link)

    def turn(self, link: str) -> AbstractAsyncContextManager[Turn]:
        """Take a turn whose questions and writes are counted."""
        return self._turn(link)

    @asynccontextmanager
    async def _turn(self, link: str) -> AsyncIterator[Turn]:
        async with self.links.turn(link) as turn:
            yield _CountedTurn(turn, self.steps)

    def width(self, link: str) -> int:
        """As the real ones say."""
        return self.links.width(link)

    def names(self) -> Sequence[str]:
        """As the real ones say."""
        return self.links.names()

    def up(self, link: str) -> bool:
        """As the real ones say."""
        return self.links.up(link)


@dataclass(frozen=True, slots=True)
class _CountedTurn:
    turn: Turn
    steps: Steps

    async def ask(self, question: Question) -> Reply:
        """Ask, between two steps."""
        self.steps.pass_by("before turn.ask")
        reply = await self.turn.ask(question)
        self.steps.pass_by("after turn.ask")
        return reply

    async def write(self, write: Write) -> Acknowledgement:
        """Write, between two steps."""
        self.steps.pass_by("before turn.write")
        receipt = await self.turn.write(write)
        self.steps.pass_by("after turn.write")
        return receipt
