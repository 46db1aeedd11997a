"""An order: what a dispatch system asked for, already checked for form, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from meterhold.domain.policy import Verdict
from meterhold.domain.words import (
    Action,
    Because,
    Context,
    Mode,
    OnPartial,
    OnRestore,
    OrderResult,
    Reason,
    Service,
)


@dataclass(frozen=True, slots=True)
class OrderKey:
    """The sender's own key, under the authenticated sender: what recognises a replay."""

    sender: str
    order_id: str


@dataclass(frozen=True, slots=True)
class Limit:
    """What a restricted leg is limited to."""

    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class LegRequest:
    """Refines one leg, chosen by meter or by service."""

    meter_id: str | None = None
    service: Service | None = None
    mode: Mode | None = None
    restrict_to: Limit | None = None
    expected_serial: str | None = None


@dataclass(frozen=True, slots=True)
class Fees:
    """What the utility charges. Carried to the statement, never interpreted."""

    suspend: Decimal
    restore: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as sent. ``given`` names the fields that the sender wrote: absent and null differ in an ``amend``."""

    order_id: str
    action: Action
    issued_at: datetime
    sequence: int = 0
    given: frozenset[str] = frozenset()
    service_point: str | None = None
    meters: tuple[str, ...] = ()
    legs: tuple[LegRequest, ...] = ()
    hold_id: str | None = None
    suspend_order_id: str | None = None
    mode: Mode = Mode.PHYSICAL
    reason: Reason | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    not_after: datetime | None = None
    restore_by: datetime | None = None
    on_restore: OnRestore | None = None
    on_partial: OnPartial = OnPartial.KEEP
    priority: int = 5
    notice_given_at: datetime | None = None
    vacant_verified: bool | None = None
    customer_present: bool | None = None
    override_protected: str | None = None
    fees: Fees | None = None
    restore_requires_payment: bool = False
    payment_ref: str | None = None
    account_ref: str | None = None
    requested_by: str | None = None
    correlation_id: str | None = None
    comment: str | None = None
    reply_to: str | None = None
    context: Context = Context.PRODUCTION


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """An order with its result."""

    key: OrderKey
    order: Order
    content_hash: str
    received_at: datetime
    hold_ids: tuple[str, ...]
    waiting_for: tuple[str, ...]
    """Holds that must still reach what the order asks for."""
    result: OrderResult = OrderResult.OPEN
    code: Because | None = None
    detail: str = ""
    verdicts: tuple[Verdict, ...] = ()
    finished_at: datetime | None = None
    approval_id: str | None = None
    """What a second person must grant before it has any effect."""
