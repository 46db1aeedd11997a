"""A hold: one suspension of service at a service point, from request to proven supply, and its legs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from meterhold.domain.exchange import Exchange
from meterhold.domain.hold_table import FINAL_STATUSES, HoldStatus
from meterhold.domain.kept_settings import Setting
from meterhold.domain.meter import Lock
from meterhold.domain.operation import Operation
from meterhold.domain.order import Fees, Limit, OrderKey
from meterhold.domain.policy import Verdict
from meterhold.domain.witness import Witness
from meterhold.domain.words import (
    OFF_STATES,
    Because,
    Context,
    Decision,
    Identity,
    Mode,
    Moment,
    OnPartial,
    OnRestore,
    Outcome,
    Proof,
    Quality,
    Quantity,
    Reason,
    Service,
    SupplyState,
)


@dataclass(frozen=True, slots=True)
class Window:
    """A moment that is known to lie between two others."""

    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Register:
    """A billing register at one end of a hold."""

    name: Quantity
    value: Decimal
    unit: str
    quality: Quality
    moment: Moment
    at: datetime


@dataclass(frozen=True, slots=True)
class OffPeriod:
    """A time that a leg was off and that ended by itself, before the leg was switched off once more."""

    suspended_at: Window
    reverted_at: Window
    registers: tuple[Register, ...] = ()
    """Before and after that switching."""


@dataclass(frozen=True, slots=True)
class Attention:
    """Something on a hold that waits for a named person's decision."""

    n: int
    code: Because
    meter_id: str | None
    since: datetime
    who: str
    decisions: tuple[Decision, ...]
    detail: str
    cleared_at: datetime | None = None
    cleared_by: str | None = None
    decision: Decision | None = None

    @property
    def waiting(self) -> bool:
        """Nobody has decided yet."""
        return self.cleared_at is None


@dataclass(frozen=True, slots=True)
class Wrongful:
    """Who found that supply should never have been cut, and why."""

    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Leg:
    """One meter's part in a hold."""

    meter_id: str
    service: Service
    mode: Mode
    expected_serial: str | None = None
    restrict_to: Limit | None = None
    intended: SupplyState | None = None
    actual: SupplyState = SupplyState.UNKNOWN
    proof: Proof = Proof.NONE
    identity: Identity = Identity.NONE
    outcome: Outcome | None = None
    because: Because | None = None
    found_off: bool = False
    written: bool = False
    """A write of this hold's suspension may have taken effect: its restore must act on the meter."""
    accepted: bool = False
    """A person decided to leave it as it is."""
    lock: Lock | None = None
    """A technician's stop on all switching of its meter, as long as the hold is open."""
    held_by: str | None = None
    handed_to: str | None = None
    """The open hold that keeps the meter off after this one was over, and that brings it back."""
    waits_until: datetime | None = None
    """Until when what keeps its restore from acting may last, where that is known."""
    only_arms: bool = False
    """Its device comes back armed only: the customer must press the button."""
    suspended_at: Window | None = None
    reverted_at: Window | None = None
    """When supply came back by itself after it was proven off, until it was switched again."""
    off_before: tuple[OffPeriod, ...] = ()
    """Former times off, the first one first; ``suspended_at`` and ``reverted_at`` tell of the last."""
    restored_at: Window | None = None
    exchanges: tuple[Exchange, ...] = ()
    """Each meter that was replaced during the hold: what was read before belongs to the old one."""
    registers: tuple[Register, ...] = ()
    witnessed: tuple[Witness, ...] = ()
    billing_proof: Proof = Proof.STATE_READ
    """How well it must be known to be off before charging stops, as the site had it when the hold was opened."""
    settings: tuple[Setting, ...] = ()
    """What its meter was set to before the suspension, where the profile names settings."""
    operation: Operation | None = None
    """The switching under way, or the last one."""
    check: Operation | None = None
    """The look that follows a switching, or the last one."""
    inspect_from: datetime | None = None
    """From when on its supply comes back only after an inspection."""

    @property
    def settled(self) -> bool:
        """Its part of the suspension has come to an end, good or bad."""
        return not self.busy and (self.mode is Mode.MONITOR_ONLY or self.outcome is not None)

    @property
    def busy(self) -> bool:
        """A switching of it has not ended."""
        return self.operation is not None and not self.operation.ended

    @property
    def operations(self) -> Iterator[Operation]:
        """Its last switching and the check of it, if there are any."""
        if self.operation is not None:
            yield self.operation
        if self.check is not None:
            yield self.check

    def proof_that_it_is(self, *, connected: bool) -> Proof:
        """How well it is known to be connected, or off; nothing where it is seen to be the opposite."""
        return self.proof if self.actual is SupplyState.UNKNOWN or self.on is connected else Proof.NONE

    @property
    def on(self) -> bool:
        """Seen to be connected."""
        return self.actual is SupplyState.CONNECTED

    @property
    def open_operation(self) -> Operation | None:
        """What is to be worked on: there is at most one."""
        return next((operation for operation in self.operations if not operation.ended), None)

    def find(self, operation_id: str) -> Operation | None:
        """Find one of its operations."""
        return next((operation for operation in self.operations if operation.operation_id == operation_id), None)

    @property
    def off(self) -> bool:
        """Observed to be off, by more than an echo. A trickle is off only where no more was asked for.

        Armed is off only where the device was told to disconnect and can do no more.
        """
        if self.actual is SupplyState.ARMED and self.outcome is not Outcome.ARMED:
            return False
        if self.actual is SupplyState.RESTRICTED and self.mode is not Mode.RESTRICT:
            return False
        return self.actual in OFF_STATES and self.proof.rank >= Proof.STATE_READ.rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A hold as it stands."""

    hold_id: str
    suspend_key: OrderKey | None
    """``None`` only for a hold that an approver's restore opened."""
    restore_keys: tuple[OrderKey, ...] = ()
    status: HoldStatus
    reason: Reason
    context: Context
    service_point: str
    starts_at: datetime
    ends_at: datetime | None
    not_after: datetime
    restore_by: datetime | None
    on_restore: OnRestore
    on_partial: OnPartial
    priority: int
    opened_at: datetime
    issued_at: datetime
    """When its sender decided the newest order that was applied; never later than it came."""
    sequence: int
    legs: tuple[Leg, ...]
    verdicts: tuple[Verdict, ...] = ()
    attention: tuple[Attention, ...] = ()
    chargeable_from: datetime | None = None
    """When supply was proven back, so charges may resume."""
    restore_requires_payment: bool = False
    payment_ref: str | None = None
    fees: Fees | None = None
    account_ref: str | None = None
    requested_by: str | None = None
    correlation_id: str | None = None
    comment: str | None = None
    reply_to: str | None = None
    wrongful: Wrongful | None = None
    restore_asked_at: datetime | None = None
    reminded: bool = False
    """The alarm or reminder of the present status has been raised."""
    ended_at: datetime | None = None
    decided_by: str | None = None
    """Who sent the newest order that was applied: between senders there is no order of time."""
    deferred_until: datetime | None = None
    """A rule lets the suspension begin only then."""
    waits_for: tuple[str, ...] = ()
    """Approvals without which the suspension does not begin."""
    approved: tuple[str, ...] = ()
    """Approvals that were granted for it."""
    notice_given_at: datetime | None = None
    vacant_verified: bool | None = None
    customer_present: bool | None = None
    override_protected: str | None = None
    """Why protected premises are to be disconnected all the same: a second person decides."""
    beside: tuple[str, ...] = ()
    """The other meters of its service point, which rules look at."""

    @property
    def final(self) -> bool:
        """Nothing more will happen to it."""
        return self.status in FINAL_STATUSES

    @property
    def intended_once(self) -> bool:
        """An intent was recorded: a write may have happened."""
        return any(leg.written or (leg.operation is not None and leg.operation.writes > 0) for leg in self.legs)

    @property
    def inspected(self) -> bool:
        """A person has said that its premises were inspected."""
        items = (item for item in self.attention if item.code is Because.INSPECTION_DUE)
        return any(item.decision is Decision.RESTORE for item in items)

    @property
    def proof(self) -> Proof:
        """How well it is known that its weakest leg is where the hold wants it."""
        back = self.status in {HoldStatus.RESTORING, HoldStatus.RESTORED}
        switched = [leg for leg in self.legs if leg.mode is not Mode.MONITOR_ONLY]
        proofs = [leg.proof_that_it_is(connected=back) for leg in switched]
        return min(proofs, key=lambda proof: proof.rank, default=Proof.NONE)

    @property
    def send_before(self) -> datetime:
        """From when on a suspension of it is too late to be sent."""
        return self.not_after if self.ends_at is None else min(self.not_after, self.ends_at)

    @property
    def unpaid(self) -> bool:
        """A payment is asked for before supply may come back, and none is known."""
        return self.restore_requires_payment and self.payment_ref is None

    @property
    def next_moment_at(self) -> datetime | None:
        """When the calendar, and not a meter, next moves this hold."""
        match self.status:
            case HoldStatus.SCHEDULED:
                if self.deferred_until is None:
                    return self.starts_at
                # A deferral that lasts longer than the hold may wait ends it.
                return min(max(self.starts_at, self.deferred_until), self.send_before)
            case HoldStatus.AWAITING_APPROVAL | HoldStatus.SUSPENDING:
                if not self.reminded:
                    return self.send_before
                # Where supply comes back only for a payment, ``ends_at`` has nothing more to do before that.
                return None if self.unpaid else self.ends_at
            case HoldStatus.SUSPENDED | HoldStatus.MONITORING:
                return None if self.reminded else self.ends_at
            case HoldStatus.RESTORING:
                return None if self.reminded else self.restore_by
            case _:
                return None

    def leg(self, meter_id: str) -> Leg:
        """Find a leg."""
        return next(leg for leg in self.legs if leg.meter_id == meter_id)
