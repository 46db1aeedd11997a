"""A gateway in memory over devices of a test's own making, each with its own profile."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from meterhold.domain.commands import RegisterMeters
from meterhold.domain.errors import NoAnswer
from meterhold.domain.events import Event
from meterhold.domain.frame import Frame
from meterhold.domain.meter import Installation
from meterhold.domain.words import Because, Proof
from meterhold.profiles.wire import Acknowledgement, Question, Reply, Write
from meterhold.usecases.advance import advance
from meterhold.usecases.ports import Ports, Turn
from meterhold.usecases.settled import Settled
from tests.fakes.gateway import Gateway
from tests.fakes.world import VirtualClock, run


class Device(Protocol):
    """What stands at one address."""

    def answer(self, question: Question) -> Reply:
        """Answer, or raise what a link raises."""

    def take(self, write: Write) -> Proof:
        """Take a write and say how much is known of it, or raise what a link raises."""


@dataclass(slots=True)
class LabLinks:
    """The ``Links`` port over devices, found by asking each of them whether a request is its own."""

    clock: VirtualClock
    devices: dict[str, Device] = field(default_factory=dict)
    """By meter."""
    finds: Callable[[Question | Write], str] = lambda _request: ""
    turns: list[str] = field(default_factory=list)
    """The links whose turns were taken, in order."""
    taken: set[str] = field(default_factory=set)
    """Links with a turn under way."""

    def turn(self, link: str) -> AbstractAsyncContextManager[Turn]:
        """Take a turn."""
        return self._turn(link)

    @asynccontextmanager
    async def _turn(self, link: str) -> AsyncIterator[Turn]:
        assert link not in self.taken, f"a turn on {link} would wait for itself"
        self.taken.add(link)
        self.turns.append(link)
        try:
            yield LabTurn(self)
        finally:
            self.taken.discard(link)

    def shards(self, link: str) -> tuple[str, ...]:
        """Undivided."""
        return (link,)

    def width(self, link: str) -> int:
        """One turn at a time."""
        return 1

    def names(self) -> list[str]:
        """Any."""
        return ["line", "broker"]

    def up(self, link: str) -> bool:
        """Always."""
        return True


@dataclass(slots=True)
class LabTurn:
    """One use of a link."""

    links: LabLinks

    async def ask(self, question: Question) -> Reply:
        """Ask the device that it is for."""
        return self._device(question).answer(question)

    async def write(self, write: Write) -> Acknowledgement:
        """Write to the device that it is for."""
        level = self._device(write).take(write)
        return Acknowledgement(level, self.links.clock.now(), Frame(str(write), str(level)))

    def _device(self, request: Question | Write) -> Device:
        device = self.links.devices.get(self.links.finds(request))
        if device is None:
            raise NoAnswer(Because.COMM_TIMEOUT, "nobody is there")
        return device


@dataclass(slots=True)
class Lab(Gateway):
    """The gateway; what is verified is judged by the tests themselves."""

    lab: LabLinks = field(init=False)

    def __post_init__(self) -> None:
        """Come up with nothing on the links."""
        Gateway.__post_init__(self)
        self.lab = LabLinks(self.clock)

    @property
    def ports(self) -> Ports:
        """The world outside, as the use cases are handed it."""
        return Ports(self.journal, self.journal, self.lab, self.clock, self.ids, Settled(self.profiles, self.terms))

    def _watch_event(self, event: Event) -> None:
        """Judge nothing."""

    def hurry(self, meter_id: str) -> None:
        """Let what is open at a meter be looked at, because it has spoken."""
        for operation in list(self.journal.open_operations()):
            if operation.meter_id == meter_id:
                hold, meter = self.hold(operation.hold_id), self.meter(meter_id)
                run(advance(self.ports, hold, meter, hurry=True))
        while self.once():
            pass

    def put(self, place: Installation, device: Device) -> None:
        """Put a device on its link and in the registry."""
        self.lab.devices[place.meter_id] = device
        places = (*(meter.installation for meter in self.journal.world.meters.values()), place)
        run(self.journal.submit(RegisterMeters(self.clock.now(), places)))
