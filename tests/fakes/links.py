"""Links in memory: a turn answers what a test has written down. Passes the same contract suite as the drivers."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Final, Self

from meterhold.domain.errors import NeverSent, NoAnswer, OutcomeUnknown, WireError
from meterhold.domain.frame import Frame
from meterhold.domain.words import Because, Proof
from meterhold.profiles.wire import (
    Acknowledgement,
    Document,
    ModbusRead,
    ModbusWrite,
    MqttWrite,
    Question,
    Reply,
    Words,
    Write,
)
from meterhold.usecases.ports import Clock

Request = Question | Write


@dataclass(frozen=True, slots=True)
class Says:
    """An MQTT device's message, where more than its value matters."""

    value: object
    retained: bool = False
    changed_at: Mapping[str, datetime] = field(default_factory=dict)


class Silence:
    """No answer comes, as after a time-out."""


class Hang:
    """No answer comes for as long as the test likes: until the link goes down or the turn is cancelled."""


SILENCE: Final = Silence()
HANG: Final = Hang()

Answer = object
"""A WireError to raise, ``SILENCE``, ``HANG``, a ``Proof`` for a write, words (a tuple) for a Modbus read, ``Says`` or
a plain JSON value for an MQTT question."""
Script = Callable[[Request], Answer]


def obliging(request: Request) -> Answer:
    """Answer as a healthy meter: zeros, an empty document, an acknowledgement."""
    match request:
        case ModbusRead():
            return (0,) * request.count
        case ModbusWrite() | MqttWrite():
            return Proof.ACKNOWLEDGED
        case _:
            return {}


@dataclass(slots=True, eq=False)
class FakeLink:
    """One link; ``script`` decides each answer, and what was carried is on record."""

    name: str
    clock: Clock
    width: int = 1
    script: Script = obliging
    up: bool = True
    carried: list[Request] = field(default_factory=list)
    """Every request that reached the far end, in order."""
    _generation: int = 0
    _turns: asyncio.Semaphore = field(init=False)
    _hanging: set[asyncio.Future[None]] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        """Offer as many turns as the link is wide."""
        self._turns = asyncio.Semaphore(self.width)

    @property
    def writes(self) -> list[Write]:
        """The writes among what was carried."""
        return [request for request in self.carried if isinstance(request, ModbusWrite | MqttWrite)]

    def then(self, *answers: Answer) -> None:
        """Give these answers to the next requests, the last one to all that follow."""
        left = list(answers)
        self.script = lambda _request: left.pop(0) if len(left) > 1 else left[0]

    def go_down(self) -> None:
        """Lose the carrier: what hangs fails now, and turns that are under way can send nothing more."""
        self.up = False
        self._generation += 1
        for waiter in self._hanging:
            if not waiter.done():
                waiter.set_result(None)

    def come_up(self) -> None:
        """Have the carrier again; former turns stay over."""
        self.up = True

    def turn(self) -> "FakeTurn":
        """Take a turn."""
        return FakeTurn(self)

    async def start(self) -> None:
        """Do nothing: a fake is always there."""

    async def stop(self) -> None:
        """Lose the carrier."""
        self.go_down()

    async def take(self) -> int:
        """Wait for a turn and name the connection that it is bound to."""
        self._check_up()
        await self._turns.acquire()
        try:
            self._check_up()
        except NeverSent:
            self._turns.release()
            raise
        return self._generation

    def give_back(self) -> None:
        """Let the next turn begin."""
        self._turns.release()

    async def carry(self, request: Request, generation: int) -> Answer:
        """Carry a request to the far end and return the scripted answer, or None where none comes."""
        if generation != self._generation or not self.up:
            raise NeverSent(Because.DEVICE_OFFLINE, f"{self.name}: the turn's connection was lost")
        self.carried.append(request)
        answer = self.script(request)
        # Like any wire, it gives others the word.
        await asyncio.sleep(0)
        if isinstance(answer, WireError):
            raise answer
        if isinstance(answer, Hang) and generation == self._generation:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._hanging.add(waiter)
            try:
                await waiter
            finally:
                self._hanging.discard(waiter)
        return answer

    def _check_up(self) -> None:
        if not self.up:
            raise NeverSent(Because.DEVICE_OFFLINE, f"{self.name} is down")


class FakeTurn:
    """A turn on a fake link; the context and the turn in one."""

    def __init__(self, link: FakeLink) -> None:
        """Take nothing yet."""
        self._link = link
        self._generation: int | None = None

    async def __aenter__(self) -> Self:
        self._generation = await self._link.take()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._generation = None
        self._link.give_back()

    async def ask(self, question: Question) -> Reply:
        """Give the scripted answer to a question."""
        answer = await self._link.carry(question, self._bound())
        if isinstance(answer, Silence):
            raise NoAnswer(Because.COMM_TIMEOUT, f"{self._link.name}: silence")
        if isinstance(answer, Hang):
            raise NoAnswer(Because.DEVICE_OFFLINE, f"{self._link.name}: connection lost")
        at = self._link.clock.now()
        if isinstance(question, ModbusRead):
            assert isinstance(answer, tuple), answer
            assert len(answer) == question.count, (question, answer)
            return Words(question, answer, at)
        if isinstance(answer, Says):
            return Document(question, answer.value, at, answer.retained, answer.changed_at)
        return Document(question, answer, at)

    async def write(self, write: Write) -> Acknowledgement:
        """Give the scripted answer to a write."""
        answer = await self._link.carry(write, self._bound())
        if isinstance(answer, Silence):
            raise OutcomeUnknown(Because.COMM_TIMEOUT, f"{self._link.name}: silence")
        if isinstance(answer, Hang):
            raise OutcomeUnknown(Because.OUTCOME_UNKNOWN, f"{self._link.name}: connection lost")
        assert isinstance(answer, Proof), answer
        return Acknowledgement(answer, self._link.clock.now(), Frame(self._link.name, repr(write), answer))

    def _bound(self) -> int:
        if self._generation is None:
            raise NeverSent(Because.DEVICE_OFFLINE, f"{self._link.name}: the turn has ended")
        return self._generation


class FakeLinks:
    """All fake links of a site, by name: ``links["line-1"].then(...)``."""

    def __init__(self, clock: Clock, names: Iterable[str] | Mapping[str, int] = ("line-1",)) -> None:
        """Make a link for each name; a mapping gives their widths."""
        widths = dict(names) if isinstance(names, Mapping) else dict.fromkeys(names, 1)
        self._links = {name: FakeLink(name, clock, width) for name, width in widths.items()}

    def __getitem__(self, name: str) -> FakeLink:
        """One link, to script it and to see what it carried."""
        return self._links[name]

    def shards(self, link: str) -> Sequence[str]:
        """Nothing is divided here."""
        return (link,)

    def turn(self, link: str) -> AbstractAsyncContextManager[FakeTurn]:
        """Take a turn on a link."""
        return self._links[link].turn()

    def width(self, link: str) -> int:
        """How many turns may be under way at once on a link."""
        return self._links[link].width

    def names(self) -> Sequence[str]:
        """All links."""
        return tuple(self._links)

    def up(self, link: str) -> bool:
        """Whether a link's carrier is connected."""
        return self._links[link].up

    async def start(self) -> None:
        """Do nothing."""

    async def stop(self) -> None:
        """Lose every carrier."""
        for link in self._links.values():
            await link.stop()
