"""A gateway's world in memory: the real decisions over rows in dictionaries, time by hand, and links that are down."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from meterhold.domain.alarm import Alarm
from meterhold.domain.commands import Command, KeepRefusal, KeepRefusedCalls, Terms
from meterhold.domain.decide import decide
from meterhold.domain.draft import Draft, World
from meterhold.domain.errors import NeverSent, StoreUnavailable
from meterhold.domain.events import Event, stream_of
from meterhold.domain.hold import Hold
from meterhold.domain.meter import Installation, Meter
from meterhold.domain.order import OrderKey, OrderRecord
from meterhold.domain.site import Site
from meterhold.domain.words import Because
from meterhold.profiles import Profile
from meterhold.profiles.wire import Acknowledgement, Question, Reply, Write
from meterhold.usecases.ports import ApiKey, Ports, Turn, WatchedMeter
from meterhold.usecases.settled import Settled
from tests.fakes.approvals import MemoryApprovals
from tests.fakes.keys import keep_key
from tests.fakes.world import alarm_page, held_meters

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass(slots=True)
class HandClock:
    """Time that moves when a test says so."""

    at: datetime = NOON
    believed: bool = True

    def now(self) -> datetime:
        """Civil time."""
        return self.at

    def monotonic(self) -> float:
        """Seconds since noon."""
        return (self.at - NOON).total_seconds()

    def trusted(self) -> bool:
        """Whether civil time may be believed."""
        return self.believed

    def take_over(self) -> float | None:
        """It never jumps."""
        return None

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)


@dataclass(slots=True)
class CountedIds:
    """Names in the order in which they were given."""

    given: int = 0

    def new(self) -> str:
        """Another name."""
        self.given += 1
        return f"id-{self.given:06}"


@dataclass(slots=True)
class ScriptedTurn:
    """A turn whose answers a test gives."""

    answer: Callable[[Question], Reply]

    async def ask(self, question: Question) -> Reply:
        """Answer as the test says."""
        return self.answer(question)

    async def write(self, write: Write) -> Acknowledgement:
        """Nobody writes in these tests."""
        raise AssertionError(f"a write was sent: {write}")


@dataclass(slots=True)
class ScriptedLinks:
    """Links that are down until a test gives them a meter to answer."""

    answer: Callable[[Question], Reply] | None = None
    questions: int = 0

    def shards(self, link: str) -> Sequence[str]:
        """Nothing is divided here."""
        return (link,)

    def turn(self, link: str) -> AbstractAsyncContextManager[Turn]:
        """Take a turn."""
        return self._turn(link)

    @asynccontextmanager
    async def _turn(self, link: str) -> AsyncIterator[Turn]:
        if self.answer is None:
            raise NeverSent(Because.DEVICE_OFFLINE, f"link {link} is down")
        self.questions += 1
        yield ScriptedTurn(self.answer)

    def width(self, link: str) -> int:
        """One at a time."""
        return 1

    def names(self) -> Sequence[str]:
        """The one link."""
        return ["line-1"]

    def up(self, link: str) -> bool:
        """Whether it answers."""
        return self.answer is not None


@dataclass(slots=True)
class MemoryStore(MemoryApprovals):
    """Journal and queries in one: every decision is the real one."""

    world: World = field(default_factory=World)
    events: list[tuple[datetime, Event]] = field(default_factory=list)
    keys: dict[str, ApiKey] = field(default_factory=dict)
    broken: bool = False
    """The store can be read but not written."""
    gone: bool = False
    """The store can be neither read nor written."""
    alarms: dict[str, Alarm] = field(default_factory=dict)
    submitted: list[Command] = field(default_factory=list)
    """What was asked for and not turned away before."""
    refused: list[Event] = field(default_factory=list)
    """What is kept of calls that were turned away, apart: most tests ask what a call did."""
    key_reads: int = 0
    on_commit: Callable[[Sequence[Draft]], None] = lambda _: None

    async def submit(self, command: Command) -> Draft:
        """Decide on the rows as they are."""
        if self.broken or self.gone:
            raise StoreUnavailable("sqlite:///secret-place/canary-5c1e.db: disk I/O error")
        if isinstance(command, KeepRefusal | KeepRefusedCalls):
            self.refused += decide(self.world, command).events
            return Draft(self.world)
        self.submitted.append(command)
        draft = decide(self.world, command)
        self.world.take_over(draft)
        self.alarms |= draft.alarms
        for event in draft.events:
            self.events.append((event.at, event))
            keep_key(self.keys, event)
        if draft.events:
            self.on_commit([draft])
        return draft

    def told(self) -> Iterator[Event]:
        """All events."""
        return (event for _, event in self.events)

    def _read(self) -> World:
        if self.gone:
            raise StoreUnavailable("sqlite:///secret-place/canary-5c1e.db: unable to read")
        return self.world

    async def due_operations(self, link: str, now: datetime, limit: int) -> Sequence[tuple[str, str]]:
        """Nothing is carried out in these tests."""
        return []

    async def links_with_work(self, now: datetime) -> Sequence[str]:
        """Nothing is carried out in these tests."""
        return []

    async def due_holds(self, now: datetime, limit: int) -> Sequence[str]:
        """Nothing is carried out in these tests."""
        return []

    async def due_lock_reviews(self, now: datetime, limit: int) -> Sequence[str]:
        """Nothing is carried out in these tests."""
        return []

    async def hold(self, hold_id: str) -> Hold | None:
        """One hold."""
        return self._read().holds.get(hold_id)

    async def meter(self, meter_id: str) -> Meter | None:
        """One meter."""
        return self._read().meters.get(meter_id)

    async def order(self, key: OrderKey) -> OrderRecord | None:
        """One order."""
        return self._read().orders.get(key)

    async def site(self) -> Site:
        """The site."""
        return self._read().site

    async def meters_at(self, service_point: str) -> Sequence[str]:
        """All meters of a service point."""
        meters = self._read().meters.values()
        return [m.meter_id for m in meters if m.installation.service_point == service_point and not m.retired]

    async def meters(self, meter_ids: Sequence[str]) -> Mapping[str, Meter]:
        """Several meters."""
        return {name: meter for name, meter in self._read().meters.items() if name in meter_ids}

    async def meter_ids(self) -> Sequence[str]:
        """All meters that the registry names."""
        return [name for name, meter in self._read().meters.items() if not meter.retired]

    async def list_holds(
        self, *, status: str | None, meter_id: str | None, after: str | None, limit: int
    ) -> Sequence[Hold]:
        """A page of holds, newest first."""
        found = [
            hold
            for name, hold in sorted(self._read().holds.items(), reverse=True)
            if status in {None, hold.status}
            and (after is None or name < after)
            and (meter_id is None or any(leg.meter_id == meter_id for leg in hold.legs))
        ]
        return found[:limit]

    async def list_meters(self, *, after: str | None, limit: int) -> Sequence[Meter]:
        """A page of meters."""
        found = [meter for name, meter in sorted(self._read().meters.items()) if after is None or name > after]
        return found[:limit]

    async def hold_events(self, hold_id: str) -> Sequence[tuple[int, datetime, Event]]:
        """Everything that happened to a hold."""
        stream = f"hold:{hold_id}"
        return [(n, at, event) for n, (at, event) in enumerate(self.events, 1) if stream_of(event) == stream]

    async def open_operation_holds(self) -> Sequence[str]:
        """Holds with work under way."""
        return [name for name, hold in self.world.holds.items() if any(leg.busy for leg in hold.legs)]

    async def alarm(self, alarm_id: str) -> Alarm | None:
        """One alarm."""
        self._read()
        return self.alarms.get(alarm_id)

    async def open_alarms(self) -> int:
        """How many nobody has acknowledged."""
        return sum(alarm.acknowledged_at is None for alarm in self.alarms.values())

    async def list_alarms(
        self, *, still_open: bool, meter_id: str | None, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[Alarm]:
        """A page of alarms, newest first."""
        self._read()
        return alarm_page(self.alarms, still_open=still_open, meter_id=meter_id, after=after)[:limit]

    async def watched_meters(self) -> Sequence[WatchedMeter]:
        """The meters that are held."""
        return held_meters(self._read())

    async def api_keys(self) -> Sequence[ApiKey]:
        """All keys."""
        self._read()
        self.key_reads += 1
        return list(self.keys.values())


@dataclass(slots=True)
class FakeWorld:
    """The ports and what stands behind them."""

    store: MemoryStore = field(default_factory=MemoryStore)
    clock: HandClock = field(default_factory=HandClock)
    ids: CountedIds = field(default_factory=CountedIds)
    links: ScriptedLinks = field(default_factory=ScriptedLinks)
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    terms: Terms = field(default_factory=Terms)

    @property
    def ports(self) -> Ports:
        """As a use case is handed it."""
        return Ports(self.store, self.store, self.links, self.clock, self.ids, Settled(self.profiles, self.terms))

    def install(self, *installations: Installation) -> None:
        """Put meters there."""
        for installation in installations:
            self.store.world.meters[installation.meter_id] = Meter(installation)
