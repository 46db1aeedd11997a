"""What happened, in the past tense: the truth of the journal. Everything that queries read is derived from these."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.hold import Hold
from meterhold.domain.hold_table import HoldTrigger
from meterhold.domain.meter import Actual, Commissioning, Installation, Lock
from meterhold.domain.observation import RegisterReading
from meterhold.domain.operation import Move, Operation
from meterhold.domain.order import Order, OrderKey
from meterhold.domain.policy import Verdict
from meterhold.domain.site import Inhibit
from meterhold.domain.words import Because, Decision, Identity, OnRestore, OrderResult


@dataclass(frozen=True, slots=True)
class OrderAccepted:
    """An order was recorded and is being carried out."""

    at: datetime
    key: OrderKey
    order: Order
    content_hash: str
    hold_ids: tuple[str, ...]
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderRefused:
    """A well-formed order was recorded and will not be carried out."""

    at: datetime
    key: OrderKey
    order: Order
    content_hash: str
    result: OrderResult
    code: Because
    detail: str
    hold_ids: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderAdvanced:
    """One of the holds that an order waits for got where the order wants it."""

    at: datetime
    key: OrderKey
    hold_id: str


@dataclass(frozen=True, slots=True)
class OrderFinished:
    """An order has its result."""

    at: datetime
    key: OrderKey
    hold_id: str
    result: OrderResult
    code: Because | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class HoldOpened:
    """A suspension was planned."""

    at: datetime
    hold: Hold

    @property
    def hold_id(self) -> str:
        """The hold."""
        return self.hold.hold_id


@dataclass(frozen=True, slots=True)
class HoldAmended:
    """Dates or settings of a hold were changed."""

    at: datetime
    hold_id: str
    order: Order
    not_after: datetime


@dataclass(frozen=True, slots=True)
class HoldMoved:
    """A hold took a step of its table."""

    at: datetime
    hold_id: str
    trigger: HoldTrigger
    because: Because | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class HoldJudged:
    """Policy ran again."""

    at: datetime
    hold_id: str
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class RestoreAsked:
    """Somebody, or the calendar, wants supply back."""

    at: datetime
    hold_id: str
    by: str
    key: OrderKey | None
    on_restore: OnRestore
    restore_by: datetime | None = None
    payment_ref: str | None = None
    issued_at: datetime | None = None
    sequence: int = 0
    found_off_too: tuple[str, ...] = ()
    """Meters that were found off and that an approver named."""


@dataclass(frozen=True, slots=True)
class LegWaits:
    """A leg of a restore may not act now."""

    at: datetime
    hold_id: str
    meter_id: str
    because: Because
    held_by: str | None = None
    until: datetime | None = None
    """Until when what keeps it may last, where that is known."""


@dataclass(frozen=True, slots=True)
class LegAccepted:
    """A person decided to leave a leg as it is."""

    at: datetime
    hold_id: str
    meter_id: str
    by: str


@dataclass(frozen=True, slots=True)
class HoldReminded:
    """The calendar's moment of the present status has passed and was said."""

    at: datetime
    hold_id: str


@dataclass(frozen=True, slots=True)
class AttentionRaised:
    """Something waits for a person's decision."""

    at: datetime
    hold_id: str
    code: Because
    meter_id: str | None
    who: str
    decisions: tuple[Decision, ...]
    detail: str


@dataclass(frozen=True, slots=True)
class AttentionCleared:
    """A person decided, or what was wrong is gone."""

    at: datetime
    hold_id: str
    n: int
    by: str
    decision: Decision | None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class OperationQueued:
    """Work at a meter was planned."""

    at: datetime
    operation: Operation

    @property
    def hold_id(self) -> str:
        """The hold that it works for."""
        return self.operation.hold_id


@dataclass(frozen=True, slots=True)
class OperationMoved:
    """An operation took a step of its table."""

    at: datetime
    hold_id: str
    meter_id: str
    operation_id: str
    move: Move


@dataclass(frozen=True, slots=True)
class MeterRegistered:
    """The registry named a meter, or names it differently now."""

    at: datetime
    meter_id: str
    installation: Installation


@dataclass(frozen=True, slots=True)
class MeterRetired:
    """The registry no longer names a meter."""

    at: datetime
    meter_id: str


@dataclass(frozen=True, slots=True)
class MeterLocked:
    """A technician stopped all switching of a meter."""

    at: datetime
    meter_id: str
    lock: Lock


@dataclass(frozen=True, slots=True)
class MeterUnlocked:
    """The lock was taken off by its owner, or by another person for a reason."""

    at: datetime
    meter_id: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class MeterCommissioned:
    """A person confirmed that this address is this meter."""

    at: datetime
    meter_id: str
    commissioning: Commissioning
    identity: Identity


@dataclass(frozen=True, slots=True)
class CommissioningVoided:
    """The commissioning record no longer holds."""

    at: datetime
    meter_id: str
    because: Because
    detail: str


@dataclass(frozen=True, slots=True)
class MeterObserved:
    """A meter was looked at outside any operation."""

    at: datetime
    meter_id: str
    actual: Actual
    identity: Identity
    register: RegisterReading | None = None


@dataclass(frozen=True, slots=True)
class MeterAlarm:
    """Something is wrong at a meter that a person should know of."""

    at: datetime
    meter_id: str
    code: Because
    detail: str


@dataclass(frozen=True, slots=True)
class InhibitSet:
    """The kill switch was thrown."""

    at: datetime
    inhibit: Inhibit


@dataclass(frozen=True, slots=True)
class InhibitLifted:
    """Disconnects may leave again."""

    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class KeyCreated:
    """An API key was made. The key itself is shown once and never stored."""

    at: datetime
    key_id: str
    name: str
    roles: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class KeyRevoked:
    """An API key no longer opens anything."""

    at: datetime
    key_id: str
    by: str


@dataclass(frozen=True, slots=True)
class ClockStepped:
    """The machine's clock jumped and the gateway has taken over the new time."""

    at: datetime
    step_s: float
    clock_holds: tuple[str, ...]
    """Holds whose open operations' waits moved with the clock."""


Event = (
    OrderAccepted
    | OrderRefused
    | OrderAdvanced
    | OrderFinished
    | HoldOpened
    | HoldAmended
    | HoldMoved
    | HoldJudged
    | RestoreAsked
    | LegWaits
    | LegAccepted
    | HoldReminded
    | AttentionRaised
    | AttentionCleared
    | OperationQueued
    | OperationMoved
    | MeterRegistered
    | MeterRetired
    | MeterLocked
    | MeterUnlocked
    | MeterCommissioned
    | CommissioningVoided
    | MeterObserved
    | MeterAlarm
    | InhibitSet
    | InhibitLifted
    | KeyCreated
    | KeyRevoked
    | ClockStepped
)


def stream_of(event: Event) -> str:
    """Name the stream that an event belongs to: ``hold:…``, ``meter:…`` or ``site``."""
    hold_id = getattr(event, "hold_id", None)
    if hold_id is not None:
        return f"hold:{hold_id}"
    hold_ids: tuple[str, ...] = getattr(event, "hold_ids", ())
    if hold_ids:
        return f"hold:{hold_ids[0]}"
    meter_id = getattr(event, "meter_id", None)
    return "site" if meter_id is None else f"meter:{meter_id}"
