"""What may be asked of the journal, in the imperative. Each names the rows that deciding it needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from meterhold.domain.leaking import LeakWatch
from meterhold.domain.meter import Actual, Commissioning, Installation
from meterhold.domain.observation import RegisterReading
from meterhold.domain.operation import Intent, Move
from meterhold.domain.order import Order, OrderKey
from meterhold.domain.words import Because, Decision, Identity, Proof


@dataclass(frozen=True, slots=True)
class Needs:
    """Which rows a decision reads.

    ``whole_holds`` adds the orders and meters of each hold; ``holds_of_meters`` adds the open holds of each meter
    (and then, with ``whole_holds``, what belongs to those).
    """

    orders: tuple[OrderKey, ...] = ()
    holds: tuple[str, ...] = ()
    meters: tuple[str, ...] = ()
    whole_holds: bool = False
    holds_of_meters: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """The site's own settings that decisions need."""

    suspend_within_s: float = 24 * 3600.0
    """Default of ``not_after``, counted from ``starts_at``."""
    backdate_tolerance_s: float = 300.0
    unreachable_after_s: float = 900.0
    """How long a suspension tries a meter that does not answer before it says so."""
    required_proof: Mapping[str, Proof] = field(default_factory=dict)
    """Per profile; a profile that is not named needs the best it can give."""
    leak_watch: Mapping[str, LeakWatch] = field(default_factory=dict)
    """Per profile, or per service for those that are not named; nothing is watched where neither is."""
    armed_timeout_s: float = 24 * 3600.0
    """How long an armed meter may wait for its button before a person is asked."""


@dataclass(frozen=True, slots=True)
class Capability:
    """What a meter's profile can do."""

    can_disconnect: bool
    can_connect: bool
    can_restrict: bool
    can_arm: bool


@dataclass(frozen=True, slots=True)
class SubmitOrder:
    """Take an order in."""

    at: datetime
    key: OrderKey
    order: Order
    content_hash: str
    meter_ids: tuple[str, ...]
    """Whom the order means, resolved from the registry."""
    hold_ids: tuple[str, ...]
    """The holds that the order names; for ``suspend`` the name that the new hold is to have."""
    capabilities: Mapping[str, Capability]
    terms: Terms = Terms()
    may_approve: bool = False
    spare_hold_id: str | None = None
    """The name for the hold that a restore opens where there is none."""

    @property
    def needs(self) -> Needs:
        """The order itself, whom it means and what is open there."""
        return Needs((self.key,), self.hold_ids, self.meter_ids, whole_holds=True, holds_of_meters=True)


@dataclass(frozen=True, slots=True)
class AdvanceHold:
    """The calendar reached a hold's next moment."""

    at: datetime
    hold_id: str
    clock_trusted: bool
    terms: Terms = Terms()

    @property
    def needs(self) -> Needs:
        """The hold, and what else is open at its meters."""
        return Needs(holds=(self.hold_id,), whole_holds=True, holds_of_meters=True)


@dataclass(frozen=True, slots=True)
class RecordIntent:
    """Ask to write: the answer is the permission, and it is durable."""

    at: datetime
    hold_id: str
    meter_id: str
    operation_id: str
    revision: int
    """The revision of the operation before ``moves``: another one means that somebody else moved it."""
    moves: tuple[Move, ...]
    """What happened since the last commit."""
    intent: Intent
    clock_trusted: bool
    terms: Terms = Terms()
    withdraws: bool = False
    """What was sent is to be taken back, which switches nothing."""

    @property
    def needs(self) -> Needs:
        """The hold with its orders and meters (what comes too late ends here), and what else is open at those."""
        return Needs(holds=(self.hold_id,), meters=(self.meter_id,), whole_holds=True, holds_of_meters=True)


@dataclass(frozen=True, slots=True)
class RecordTurn:
    """Keep what happened in a turn, and draw the consequences for the hold."""

    at: datetime
    hold_id: str
    meter_id: str
    operation_id: str
    revision: int
    moves: tuple[Move, ...]
    terms: Terms = Terms()
    check_after_s: float = 0.0
    """How long after a good end the meter is looked at once more; 0: not at all."""

    @property
    def needs(self) -> Needs:
        """The hold with its orders and meters, and what else is open at those."""
        return Needs(holds=(self.hold_id,), whole_holds=True, holds_of_meters=True)


@dataclass(frozen=True, slots=True)
class DecideAttention:
    """A person decides what to do about an attention item."""

    at: datetime
    hold_id: str
    n: int
    decision: Decision
    by: str
    comment: str
    terms: Terms = Terms()

    @property
    def needs(self) -> Needs:
        """The hold with its orders and meters."""
        return Needs(holds=(self.hold_id,), whole_holds=True, holds_of_meters=True)


@dataclass(frozen=True, slots=True)
class ReportPoisoned:
    """An operation failed in our own code again and again: a person must know."""

    at: datetime
    hold_id: str
    meter_id: str
    error: str

    @property
    def needs(self) -> Needs:
        """The hold."""
        return Needs(holds=(self.hold_id,))


@dataclass(frozen=True, slots=True)
class RegisterMeters:
    """Take over the registry's file: these meters and no others."""

    at: datetime
    installations: tuple[Installation, ...]
    retire: tuple[str, ...] = ()

    @property
    def needs(self) -> Needs:
        """The meters."""
        return Needs(meters=tuple(i.meter_id for i in self.installations) + self.retire)


@dataclass(frozen=True, slots=True)
class LockMeter:
    """Stop all switching of a meter."""

    at: datetime
    meter_id: str
    owner: str
    reason: str
    review_at: datetime

    @property
    def needs(self) -> Needs:
        """The meter and what is open there."""
        return Needs(meters=(self.meter_id,), holds_of_meters=True)


@dataclass(frozen=True, slots=True)
class UnlockMeter:
    """Let a meter be switched again."""

    at: datetime
    meter_id: str
    by: str
    reason: str
    is_admin: bool

    @property
    def needs(self) -> Needs:
        """The meter."""
        return Needs(meters=(self.meter_id,))


@dataclass(frozen=True, slots=True)
class CommissionMeter:
    """Keep a person's confirmation that an address is a meter."""

    at: datetime
    meter_id: str
    commissioning: Commissioning
    identity: Identity

    @property
    def needs(self) -> Needs:
        """The meter."""
        return Needs(meters=(self.meter_id,))


@dataclass(frozen=True, slots=True)
class ObserveMeter:
    """Keep what a look outside any operation saw."""

    at: datetime
    meter_id: str
    actual: Actual
    identity: Identity
    register: RegisterReading | None = None

    @property
    def needs(self) -> Needs:
        """The meter."""
        return Needs(meters=(self.meter_id,))


@dataclass(frozen=True, slots=True)
class ReportAlarm:
    """Keep that something is wrong at a meter, whether or not there is work on it."""

    at: datetime
    meter_id: str
    code: Because
    detail: str

    @property
    def needs(self) -> Needs:
        """The meter."""
        return Needs(meters=(self.meter_id,))


@dataclass(frozen=True, slots=True)
class SetInhibit:
    """Throw the kill switch, or lift it."""

    at: datetime
    on: bool
    by: str
    reason: str

    @property
    def needs(self) -> Needs:
        """The site."""
        return Needs()


@dataclass(frozen=True, slots=True)
class CreateKey:
    """Keep a new API key's digest."""

    at: datetime
    key_id: str
    name: str
    roles: tuple[str, ...]
    digest: str

    @property
    def needs(self) -> Needs:
        """Nothing."""
        return Needs()


@dataclass(frozen=True, slots=True)
class RevokeKey:
    """Make an API key useless."""

    at: datetime
    key_id: str
    by: str

    @property
    def needs(self) -> Needs:
        """Nothing."""
        return Needs()


@dataclass(frozen=True, slots=True)
class StepClock:
    """Take over the time that the machine's clock jumped to."""

    at: datetime
    step_s: float
    hold_ids: tuple[str, ...]
    """Holds with open operations, whose waits must move with the clock."""

    @property
    def needs(self) -> Needs:
        """Those holds."""
        return Needs(holds=self.hold_ids)


Command = (
    SubmitOrder
    | AdvanceHold
    | RecordIntent
    | RecordTurn
    | DecideAttention
    | ReportPoisoned
    | RegisterMeters
    | LockMeter
    | UnlockMeter
    | CommissionMeter
    | ObserveMeter
    | ReportAlarm
    | SetInhibit
    | CreateKey
    | RevokeKey
    | StepClock
)
