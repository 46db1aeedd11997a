"""What the use cases need of the world outside. Implemented in ``drivers``, ``store``, ``clock``; faked in tests."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from meterhold.domain.alarm import Alarm
from meterhold.domain.approval import Approval
from meterhold.domain.commands import Command, Terms
from meterhold.domain.draft import Draft
from meterhold.domain.events import Event
from meterhold.domain.hold import Hold
from meterhold.domain.limits import Tally
from meterhold.domain.meter import Meter
from meterhold.domain.order import OrderKey, OrderRecord
from meterhold.domain.originator import Originator
from meterhold.domain.scope import EVERYTHING, Scope
from meterhold.domain.site import Site
from meterhold.profiles import Profile
from meterhold.profiles.wire import Acknowledgement, Question, Reply, Write
from meterhold.usecases.room import ELSEWHERE, StoreRoom
from meterhold.usecases.settled import Settled


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """Civil time, UTC, steady: it never runs backwards and does not follow a jump of the machine's clock."""

    def monotonic(self) -> float:
        """Seconds on a clock that only ever goes forward."""

    def trusted(self) -> bool:
        """Whether civil time may be believed: false after a jump, until the jump has been settled."""

    def take_over(self) -> float | None:
        """Compare with the machine's clock; adopt a jump that has settled and return it in seconds."""


class Ids(Protocol):
    """Where identifiers come from."""

    def new(self) -> str:
        """A name that was never given before; later ones sort later."""


class Turn(Protocol):
    """One uninterrupted use of a link. It is bound to one connection: when that is lost, the turn is over."""

    async def ask(self, question: Question) -> Reply:
        """Read. Raises ``NeverSent``, ``NoAnswer`` or ``MeterRefused``."""

    async def write(self, write: Write) -> Acknowledgement:
        """Write once. Raises ``NeverSent``, ``MeterRefused`` or ``OutcomeUnknown``."""


class Links(Protocol):
    """All links of the site, by name."""

    def shards(self, link: str) -> Sequence[str]:
        """The links that a configured one is divided into; itself where it is not (``sharding`` spreads the meters)."""

    def turn(self, link: str) -> AbstractAsyncContextManager[Turn]:
        """Take a turn; entering raises ``NeverSent`` when the link is down. Turns on a Modbus line take their order."""

    def width(self, link: str) -> int:
        """How many turns may be under way at once."""

    def names(self) -> Sequence[str]:
        """All links that are configured."""

    def up(self, link: str) -> bool:
        """Whether the carrier is connected now (a Modbus line connects on demand: up until it failed)."""


class Journal(Protocol):
    """The one writer of truth."""

    async def submit(self, command: Command) -> Draft:
        """Decide at commit: run ``decide`` on the rows as they then are and store what it says, all or nothing.

        Returns the draft that was committed. Raises what ``decide`` raises (``Refused``), or ``StoreUnavailable``.
        """


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key as it is kept: who, what for, and the digest of the secret."""

    key_id: str
    name: str
    roles: tuple[str, ...]
    digest: str = field(repr=False)
    created_at: datetime
    revoked_at: datetime | None
    scope: Scope = EVERYTHING
    expires_at: datetime | None = None
    made_by: str = ""
    rotated_at: datetime | None = None
    old_digest: str | None = field(default=None, repr=False)
    """Of the secret before the last rotation, which still opens until ``old_until``."""
    old_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class WatchedMeter:
    """A meter that may have to be watched."""

    meter_id: str
    link: str
    """As it is configured."""
    owed: bool = False
    """A look is to be taken at once."""


class Queries(Protocol):
    """Reads over the projections; they see only what is committed."""

    async def due_operations(self, link: str, now: datetime, limit: int) -> Sequence[tuple[str, str]]:
        """(hold_id, meter_id) of the operations whose turn has come.

        Looks that resolve doubt come first, then restores, then by priority, then by age; those that only watch last.
        """

    async def links_with_work(self, now: datetime) -> Sequence[str]:
        """Links on which at least one operation is due."""

    async def due_holds(self, now: datetime, limit: int) -> Sequence[str]:
        """Holds whose next moment (start, end, lapse) has come."""

    async def due_lock_reviews(self, now: datetime, limit: int) -> Sequence[str]:
        """Meters whose lock outlasts its review time, and of which that was not said yet."""

    async def hold(self, hold_id: str) -> Hold | None:
        """One hold."""

    async def meter(self, meter_id: str) -> Meter | None:
        """One meter."""

    async def order(self, key: OrderKey) -> OrderRecord | None:
        """One order with its result."""

    async def site(self) -> Site:
        """The site's own state."""

    async def meters_at(self, service_point: str) -> Sequence[str]:
        """All meters of a service point."""

    async def meters(self, meter_ids: Sequence[str]) -> Mapping[str, Meter]:
        """Several meters; unknown ones are absent."""

    async def meter_ids(self) -> Sequence[str]:
        """All meters that the registry names."""

    async def list_holds(
        self, *, status: str | None, meter_id: str | None, after: str | None, limit: int
    ) -> Sequence[Hold]:
        """A page of holds, newest first, after a cursor (a hold_id)."""

    async def list_meters(self, *, after: str | None, limit: int) -> Sequence[Meter]:
        """A page of meters in the order of their names."""

    async def hold_events(self, hold_id: str) -> Sequence[tuple[int, datetime, Event]]:
        """Everything that happened to a hold, in order."""

    async def open_operation_holds(self) -> Sequence[str]:
        """Holds that have an operation which has not ended."""

    async def alarm(self, alarm_id: str) -> Alarm | None:
        """One alarm."""

    async def open_alarms(self) -> int:
        """How many alarms nobody has acknowledged."""

    async def list_alarms(
        self, *, still_open: bool, meter_id: str | None, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[Alarm]:
        """A page of alarms, newest first, after a cursor (when one was raised, and its name)."""

    async def watched_meters(self) -> Sequence[WatchedMeter]:
        """The meters that may have to be watched."""

    async def api_keys(self) -> Sequence[ApiKey]:
        """All keys, revoked ones included."""

    async def due_approvals(self, now: datetime, limit: int) -> Sequence[str]:
        """Approvals whose orders have still to hear of the decision, and those that nobody decided in time."""

    async def approval(self, approval_id: str) -> Approval | None:
        """One approval."""

    async def list_approvals(self, *, after: str | None, limit: int) -> Sequence[Approval]:
        """A page of approvals: those that wait first, then the newest; after a cursor (an approval_id)."""

    async def approval_orders(
        self, approval_id: str, *, waiting: bool, after: OrderKey | None, limit: int
    ) -> Sequence[OrderRecord]:
        """A page of a set's orders by sender and order; ``waiting``: only those that have to hear of the decision."""

    async def originator(self, sender: str) -> Originator:
        """What is known of a sender; of one that is new, nothing."""

    async def signers(self) -> Sequence[Originator]:
        """The senders that have registered a signing key, by name."""

    async def tallies(self) -> Sequence[Tally]:
        """Everything that was counted, by scope."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The world outside, as a use case is handed it."""

    journal: Journal
    queries: Queries
    links: Links
    clock: Clock
    ids: Ids
    settled: Settled
    room: StoreRoom = ELSEWHERE

    @property
    def profiles(self) -> Mapping[str, Profile]:
        """How models are read and switched, as it is settled now."""
        return self.settled.profiles

    @property
    def terms(self) -> Terms:
        """The site's own settings, as they are now."""
        return self.settled.terms
