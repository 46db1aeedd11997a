"""What is open on this process's links: a mirror of committed rows that only saves reading them again.

Correctness never rests on it. The sweep fills it from the store, commits keep it fresh, and the journal checks every
step against the row's revision, so that a stale entry costs a refused step and nothing else.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from meterhold.domain.draft import Draft
from meterhold.domain.hold import Hold
from meterhold.domain.meter import Meter
from meterhold.domain.operation import Operation, OperationKind
from meterhold.domain.words import Because

Key = tuple[str, str]
"""Hold and meter."""


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """An open operation in the order in which a link serves what is due.

    Looks that resolve doubt come first, then restores, then by priority, then by age; looks that only watch last.
    """

    urgency: int
    rank: int
    created_at: datetime
    key: Key
    revision: int = field(compare=False)
    operation_id: str = field(compare=False)


@dataclass(slots=True)
class _Queue:
    """One link's operations: those whose turn has come, and those that wait for a moment."""

    ready: list[Entry] = field(default_factory=list)
    waiting: list[tuple[datetime, Entry]] = field(default_factory=list)


def _undivided(link: str, _meter_id: str) -> str:
    return link


@dataclass(slots=True)
class Board:
    """Open operations by link."""

    shard_of: Callable[[str, str], str] = _undivided
    """Which link carries a meter: an operation names the configured one, which may be divided into shards."""
    holds: dict[str, Hold] = field(default_factory=dict)
    meters: dict[str, Meter] = field(default_factory=dict)
    _queues: dict[str, _Queue] = field(default_factory=dict)
    _under_way: set[Key] = field(default_factory=set)
    _held_back: dict[str, datetime] = field(default_factory=dict)
    """By operation: the store or the code failed on it."""
    _hurried: dict[Key, datetime] = field(default_factory=dict)
    """The device has spoken, or what put its work off is over: from when on a turn may be taken before its time."""
    _in_hurry: set[Key] = field(default_factory=set)
    """Under way for that reason."""

    def take_over(self, drafts: Sequence[Draft]) -> set[str]:
        """Learn from what was committed; return the links on which something changed."""
        touched: set[str] = set()
        for draft in drafts:
            for meter_id, meter in draft.meters.items():
                if meter_id in self.meters or meter.open_holds:
                    self.meters[meter_id] = meter
            for hold in draft.holds.values():
                self._learn_meters(draft, hold)
                touched |= self.put(hold)
        return touched

    def _learn_meters(self, draft: Draft, hold: Hold) -> None:
        """Take over the rows of meters that were read and did not change: a restore need not wait for the sweep."""
        for operation in _open(hold):
            if operation.meter_id not in self.meters:
                meter = draft.find_meter(operation.meter_id)
                if meter is not None:
                    self.meters[operation.meter_id] = meter

    def put(self, hold: Hold) -> set[str]:
        """Enter a hold's open operations; forget the hold when it has none."""
        operations = list(_open(hold))
        if not operations:
            self._forget(hold)
            return set()
        self.holds[hold.hold_id] = hold
        for operation in operations:
            self._enter(operation)
        return {self._link_of(operation) for operation in operations}

    def knows(self, key: Key) -> bool:
        """Whether an operation is on the board already."""
        return key[0] in self.holds and key[1] in self.meters

    def _forget(self, hold: Hold) -> None:
        self.holds.pop(hold.hold_id, None)
        for leg in hold.legs:
            self._hurried.pop((hold.hold_id, leg.meter_id), None)
            for operation in leg.operations:
                self._held_back.pop(operation.operation_id, None)
            if all(
                leg.meter_id not in {other.meter_id for other in held.legs} for held in self._holds_of(leg.meter_id)
            ):
                self.meters.pop(leg.meter_id, None)

    def _holds_of(self, meter_id: str) -> Iterator[Hold]:
        meter = self.meters.get(meter_id)
        for hold_id in () if meter is None else meter.open_holds:
            if hold_id in self.holds:
                yield self.holds[hold_id]

    def _enter(self, operation: Operation) -> None:
        key = (operation.hold_id, operation.meter_id)
        if key in self._under_way:
            return
        due_at = max(operation.due_at, self._held_back.get(operation.operation_id, operation.due_at))
        due_at = min(due_at, self._hurried.get(key, due_at))
        queue = self._queues.setdefault(self._link_of(operation), _Queue())
        heapq.heappush(queue.waiting, (due_at, _entry(operation)))

    def _link_of(self, operation: Operation) -> str:
        return self.shard_of(operation.link, operation.meter_id)

    def hurry(self, meter_id: str, now: datetime, pace_s: float) -> set[str]:
        """Let a meter that has spoken be looked at, at most once in ``pace_s``; return the links that have work then.

        Only what waits for the device itself is hurried, not what a person, a lock or an interlock keeps.
        """
        links: set[str] = set()
        for hold in self._holds_of(meter_id):
            operation = hold.leg(meter_id).open_operation
            if operation is not None and _waits_for_device(operation):
                seen_at = now if operation.last_look is None else operation.last_look.at + timedelta(seconds=pace_s)
                self._hurried[operation.hold_id, meter_id] = max(now, seen_at)
                self._enter(operation)
                links.add(self._link_of(operation))
        return links

    def release(self, because: Because, meter_id: str | None, now: datetime) -> set[str]:
        """Let what was put off for a cause be asked for again, at one meter or at all; return the links with work."""
        links: set[str] = set()
        for hold in list(self.holds.values()) if meter_id is None else self._holds_of(meter_id):
            for operation in _open(hold):
                if operation.because is because and meter_id in {None, operation.meter_id}:
                    self._hurried[operation.hold_id, operation.meter_id] = now
                    self._enter(operation)
                    links.add(self._link_of(operation))
        return links

    def next(self, link: str, now: datetime) -> tuple[Hold, Meter] | None:
        """Hand out the operation that the link should serve next. ``done`` gives it back."""
        queue = self._queues.get(link)
        if queue is None:
            return None
        while queue.waiting and queue.waiting[0][0] <= now:
            heapq.heappush(queue.ready, heapq.heappop(queue.waiting)[1])
        while queue.ready:
            entry = heapq.heappop(queue.ready)
            if self._current(entry):
                self._under_way.add(entry.key)
                if self._hurried.pop(entry.key, None) is not None:
                    self._in_hurry.add(entry.key)
                return self.holds[entry.key[0]], self.meters[entry.key[1]]
        return None

    def _current(self, entry: Entry) -> bool:
        """Whether an entry still says how things stand, and nobody is at it."""
        hold = self.holds.get(entry.key[0])
        if hold is None or entry.key[1] not in self.meters or entry.key in self._under_way:
            return False
        operation = hold.leg(entry.key[1]).open_operation
        return (
            operation is not None
            and operation.operation_id == entry.operation_id
            and operation.revision == entry.revision
        )

    def in_hurry(self, key: Key) -> bool:
        """Whether an operation was handed out because its device has spoken."""
        return key in self._in_hurry

    def next_moment(self, link: str) -> datetime | None:
        """When the link next has something to do, as far as the board knows."""
        queue = self._queues.get(link)
        return None if queue is None or not queue.waiting else queue.waiting[0][0]

    def ready(self, link: str) -> int:
        """How many entries wait for a turn now (an upper bound: some may be out of date)."""
        queue = self._queues.get(link)
        return 0 if queue is None else len(queue.ready)

    def done(self, key: Key, *, not_before: datetime | None = None) -> None:
        """Take an operation back. ``not_before`` holds it back for a while: the store or the code failed on it."""
        self._under_way.discard(key)
        self._in_hurry.discard(key)
        hold = self.holds.get(key[0])
        operation = None if hold is None else hold.leg(key[1]).open_operation
        if operation is None:
            return
        if not_before is None:
            self._held_back.pop(operation.operation_id, None)
        else:
            self._held_back[operation.operation_id] = not_before
        self._enter(operation)


def _open(hold: Hold) -> Iterator[Operation]:
    for leg in hold.legs:
        operation = leg.open_operation
        if operation is not None:
            yield operation


def _waits_for_device(operation: Operation) -> bool:
    if operation.failed_looks > 0 or operation.kind is OperationKind.AWAIT_BUTTON:
        return True
    return operation.unresolved and operation.because is None


def _entry(operation: Operation) -> Entry:
    urgency = 3 if operation.watches else 0 if operation.unresolved else 1 if operation.restores else 2
    key = (operation.hold_id, operation.meter_id)
    return Entry(urgency, -operation.priority, operation.created_at, key, operation.revision, operation.operation_id)
