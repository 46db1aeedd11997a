"""The gateway's inner world in memory: a journal over plain dicts with the real ``decide``, and a clock moved by hand.

Nothing here waits: every coroutine ends without giving the word away, so that ``run`` can drive it without a loop.
A ``Fuse`` burns at every point at which a real gateway would wait, and may cut it off there.
"""

from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from meterhold.domain.alarm import Alarm
from meterhold.domain.commands import Command, Needs
from meterhold.domain.decide import decide
from meterhold.domain.draft import Draft, World
from meterhold.domain.errors import StoreUnavailable
from meterhold.domain.events import Event, stream_of
from meterhold.domain.evolve import emit
from meterhold.domain.hold import Hold
from meterhold.domain.limits import FLEET, area_scope, sender_scope
from meterhold.domain.meter import Meter
from meterhold.domain.operation import Operation
from meterhold.domain.order import OrderKey, OrderRecord
from meterhold.domain.site import Site
from meterhold.domain.watched import is_held
from meterhold.usecases.ports import ApiKey, WatchedMeter
from tests.fakes.approvals import MemoryApprovals
from tests.fakes.keys import keep_key

T = TypeVar("T")

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def run(work: Coroutine[None, None, T]) -> T:
    """Drive a coroutine that never really waits to its end."""
    try:
        work.send(None)
    except StopIteration as end:
        value: T = end.value
        return value
    work.close()
    raise AssertionError("something in memory waited for the outside world")


class Crash(BaseException):
    """The process died here."""


@dataclass(slots=True)
class Fuse:
    """Counts the points at which a gateway waits, and cuts it off at one of them."""

    at: int | None = None
    burnt: int = 0
    places: list[str] = field(default_factory=list)
    slow: dict[str, float] = field(default_factory=dict)
    """Seconds that pass at a place, once."""
    clock: "VirtualClock | None" = None

    def burn(self, place: str) -> None:
        """Pass one point, or die there."""
        self.burnt += 1
        self.places.append(place)
        if place in self.slow and self.clock is not None:
            self.clock.run_s(self.slow.pop(place))
        if self.at is not None and self.burnt == self.at:
            self.at = None
            raise Crash(place)


@dataclass(slots=True)
class VirtualClock:
    """A clock that stands still until it is moved."""

    at: datetime = START
    ran_s: float = 0.0
    believed: bool = True

    def now(self) -> datetime:
        """Civil time."""
        return self.at

    def monotonic(self) -> float:
        """Seconds since the start."""
        return self.ran_s

    def trusted(self) -> bool:
        """What the test says."""
        return self.believed

    def take_over(self) -> float | None:
        """Nothing ever jumps by itself."""
        return None

    def run_s(self, seconds: float) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)
        self.ran_s += seconds

    def run_to(self, moment: datetime) -> None:
        """Let time pass until then."""
        self.run_s((moment - self.at).total_seconds())


@dataclass(slots=True)
class NumberedIds:
    """Names in the order of their making."""

    given: int = 0

    def new(self) -> str:
        """Make the next name."""
        self.given += 1
        return f"H{self.given:05}"


@dataclass(slots=True)
class MemoryJournal(MemoryApprovals):
    """The ``Journal`` and ``Queries`` ports over a ``World``.

    A decision sees only the rows that its command names as needed, as in a database; the events are kept, and
    ``rebuilt`` makes the rows anew from nothing else.
    """

    world: World = field(default_factory=World)
    events: list[tuple[int, datetime, Event]] = field(default_factory=list)
    keys: dict[str, ApiKey] = field(default_factory=dict)
    alarms: dict[str, Alarm] = field(default_factory=dict)
    fuse: Fuse = field(default_factory=Fuse)
    full: bool = False
    """The store cannot be written."""
    watch: Callable[[Event], None] = lambda _event: None
    """Is shown each event at the moment at which it is kept."""

    async def submit(self, command: Command) -> Draft:
        """Decide and keep, all or nothing."""
        name = type(command).__name__
        self.fuse.burn(f"before {name}")
        if self.full:
            raise StoreUnavailable("the disk is full")
        draft = decide(rows_for(self.world, command.needs), command)
        self.alarms |= draft.alarms
        before = self.world.site
        self.world.take_over(draft)
        if draft.site is before:
            self.world.site = before
        for event in draft.events:
            self.events.append((len(self.events) + 1, command.at, event))
            keep_key(self.keys, event)
            self.watch(event)
        self._one_unresolved_write_a_meter()
        self.fuse.burn(f"after {name}")
        return draft

    def _one_unresolved_write_a_meter(self) -> None:
        """Hold what the store's partial unique index holds."""
        found = Counter(operation.meter_id for operation in self.open_operations() if operation.unresolved)
        assert all(count == 1 for count in found.values()), f"two unresolved writes to one meter: {found}"

    def rebuilt(self) -> "MemoryJournal":
        """Come up after a crash: nothing survives but the events."""
        draft = Draft(World())
        for _, _, event in self.events:
            emit(draft, event)
        world = World()
        world.take_over(draft)
        return MemoryJournal(world, list(self.events), dict(self.keys), dict(draft.alarms))

    def told(self) -> Iterator[Event]:
        """All events."""
        return (event for _, _, event in self.events)

    def open_operations(self) -> Iterator[Operation]:
        """All operations that have not ended."""
        for hold in self.world.holds.values():
            for leg in hold.legs:
                if (operation := leg.open_operation) is not None:
                    yield operation

    async def due_operations(self, link: str, now: datetime, limit: int) -> Sequence[tuple[str, str]]:
        """Doubt first, then restores, then by priority, then by age."""
        due = [operation for operation in self.open_operations() if operation.link == link and operation.due_at <= now]
        due.sort(key=lambda one: (one.watches, not one.unresolved, not one.restores, -one.priority, one.created_at))
        return [(operation.hold_id, operation.meter_id) for operation in due[:limit]]

    async def links_with_work(self, now: datetime) -> Sequence[str]:
        """Links on which something is due."""
        return sorted({operation.link for operation in self.open_operations() if operation.due_at <= now})

    async def due_holds(self, now: datetime, limit: int) -> Sequence[str]:
        """Holds whose next moment has come."""
        moments = ((hold.next_moment_at, name) for name, hold in self.world.holds.items())
        return [name for moment, name in moments if moment is not None and moment <= now][:limit]

    async def due_lock_reviews(self, now: datetime, limit: int) -> Sequence[str]:
        """Locks that outlast their review time."""
        locks = ((meter.lock, name) for name, meter in self.world.meters.items())
        return [name for lock, name in locks if lock and not lock.reviewed and lock.review_at <= now][:limit]

    async def hold(self, hold_id: str) -> Hold | None:
        """One hold."""
        return self.world.holds.get(hold_id)

    async def meter(self, meter_id: str) -> Meter | None:
        """One meter."""
        return self.world.meters.get(meter_id)

    async def order(self, key: OrderKey) -> OrderRecord | None:
        """One order."""
        return self.world.orders.get(key)

    async def site(self) -> Site:
        """The site."""
        return self.world.site

    async def meters_at(self, service_point: str) -> Sequence[str]:
        """All meters of a service point."""
        meters = self.world.meters.values()
        return sorted(m.meter_id for m in meters if m.installation.service_point == service_point and not m.retired)

    async def meters(self, meter_ids: Sequence[str]) -> Mapping[str, Meter]:
        """Several meters."""
        return {name: self.world.meters[name] for name in meter_ids if name in self.world.meters}

    async def meter_ids(self) -> Sequence[str]:
        """All meters that the registry names."""
        return sorted(name for name, meter in self.world.meters.items() if not meter.retired)

    async def list_holds(
        self, *, status: str | None, meter_id: str | None, after: str | None, limit: int
    ) -> Sequence[Hold]:
        """A page of holds, newest first."""
        found = [
            hold
            for name, hold in sorted(self.world.holds.items(), reverse=True)
            if status in {None, hold.status}
            and (after is None or name < after)
            and (meter_id is None or any(leg.meter_id == meter_id for leg in hold.legs))
        ]
        return found[:limit]

    async def list_meters(self, *, after: str | None, limit: int) -> Sequence[Meter]:
        """A page of meters."""
        found = [meter for name, meter in sorted(self.world.meters.items()) if after is None or name > after]
        return found[:limit]

    async def hold_events(self, hold_id: str) -> Sequence[tuple[int, datetime, Event]]:
        """Everything that happened to a hold."""
        return [entry for entry in self.events if stream_of(entry[2]) == f"hold:{hold_id}"]

    async def open_operation_holds(self) -> Sequence[str]:
        """Holds with work under way."""
        return sorted({operation.hold_id for operation in self.open_operations()})

    async def alarm(self, alarm_id: str) -> Alarm | None:
        """One alarm."""
        return self.alarms.get(alarm_id)

    async def open_alarms(self) -> int:
        """How many nobody has acknowledged."""
        return sum(alarm.acknowledged_at is None for alarm in self.alarms.values())

    async def list_alarms(
        self, *, still_open: bool, meter_id: str | None, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[Alarm]:
        """A page of alarms, newest first."""
        return alarm_page(self.alarms, still_open=still_open, meter_id=meter_id, after=after)[:limit]

    async def watched_meters(self) -> Sequence[WatchedMeter]:
        """The meters that are held."""
        return held_meters(self.world)

    async def api_keys(self) -> Sequence[ApiKey]:
        """All keys."""
        return list(self.keys.values())


def alarm_page(
    alarms: Mapping[str, Alarm], *, still_open: bool, meter_id: str | None, after: tuple[datetime, str] | None
) -> list[Alarm]:
    """Alarms as the store lists them."""
    newest = sorted(alarms.values(), key=lambda alarm: (alarm.raised_at, alarm.alarm_id), reverse=True)
    return [
        alarm
        for alarm in newest
        if (not still_open or alarm.acknowledged_at is None)
        and meter_id in {None, alarm.meter_id}
        and (after is None or (alarm.raised_at, alarm.alarm_id) < after)
    ]


def held_meters(world: World) -> list[WatchedMeter]:
    """Meters that may have to be watched, as the store lists them."""
    held = (meter for _, meter in sorted(world.meters.items()) if is_held(meter))
    return [WatchedMeter(one.meter_id, one.installation.link, owed=bool(one.watch.owed)) for one in held]


def rows_for(world: World, needs: Needs) -> World:
    """Take out the rows that a command names, and what follows from them; nothing else may be looked at."""
    seen = World(site=world.site)

    def hold_names(meters: Iterable[str]) -> set[str]:
        return {hold_id for name in meters if name in world.meters for hold_id in world.meters[name].open_holds}

    def take(holds: Iterable[str], meters: Iterable[str], orders: Iterable[OrderKey | None]) -> None:
        seen.holds.update((name, world.holds[name]) for name in holds if name in world.holds)
        seen.meters.update((name, world.meters[name]) for name in meters if name in world.meters)
        seen.orders.update((key, world.orders[key]) for key in orders if key is not None and key in world.orders)

    take(needs.holds, needs.meters, needs.orders)
    if needs.holds_of_meters:
        take(hold_names(needs.meters), (), ())
    if needs.whole_holds:
        left = set(needs.holds) | (hold_names(needs.meters) if needs.holds_of_meters else set())
        done: set[str] = set()
        while left:
            done |= left
            take(left, (), ())
            wholes = [world.holds[name] for name in left if name in world.holds]
            meters = {name for hold in wholes for name in (*(leg.meter_id for leg in hold.legs), *hold.beside)}
            take((), meters, (key for hold in wholes for key in (hold.suspend_key, *hold.restore_keys)))
            left = hold_names(meters) - done
    _take_people(world, needs, seen)
    return seen


def _take_people(world: World, needs: Needs, seen: World) -> None:
    """Who sends, what waits for a second person, and what was counted for all that was taken."""
    senders = {*needs.originators, *(key.sender for key in needs.orders)}
    senders |= {world.approvals[name].asked_by for name in needs.approvals if name in world.approvals}
    senders |= {hold.suspend_key.sender for hold in seen.holds.values() if hold.suspend_key is not None}
    seen.originators.update((name, world.originators[name]) for name in senders if name in world.originators)
    wanted = {*needs.approvals, *(name for hold in seen.holds.values() for name in (*hold.waits_for, *hold.approved))}
    wanted |= {name for sender in seen.originators.values() for name in sender.approvals.values()}
    wanted |= {record.approval_id for record in seen.orders.values() if record.approval_id is not None}
    seen.approvals.update((name, world.approvals[name]) for name in wanted if name in world.approvals)
    areas = {meter.installation.area for meter in seen.meters.values()}
    scopes = {FLEET, *map(sender_scope, senders), *(area_scope(area) for area in areas if area is not None)}
    seen.tallies.update((scope, world.tallies[scope]) for scope in scopes if scope in world.tallies)
