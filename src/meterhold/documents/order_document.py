"""The order as it crosses the border: its fields, and the form of each."""

from typing import Annotated, Literal

from pydantic import Field

from meterhold.documents.fields import Currency, DecimalText, Moment, Name, OrderId, Phrase, Prose, Strict, Text
from meterhold.domain.words import Action, Context, Mode, OnPartial, OnRestore, Reason, Service

MOST_METERS = 200
LARGEST_SEQUENCE = 2**63 - 1


class LimitDocument(Strict):
    """What a restricted leg is limited to."""

    value: DecimalText
    unit: Name


class LegDocument(Strict):
    """Refines one leg, chosen by meter or by service."""

    meter_id: Name | None = None
    service: Service | None = None
    mode: Mode | None = None
    restrict_to: LimitDocument | None = None
    expected_serial: Name | None = None


class FeesDocument(Strict):
    """What the utility charges."""

    suspend: DecimalText
    restore: DecimalText
    currency: Currency


class SignatureDocument(Strict):
    """A sender's signature over the order that it stands in: ``docs/signed-orders.md``."""

    key_id: Name
    counter: Annotated[int, Field(ge=1, le=LARGEST_SEQUENCE)]
    """Grows with each order."""
    expires_at: Moment
    value: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]
    """Ed25519, as hexadecimal."""


class OrderDocument(Strict):
    """An order from a dispatch system, version 1."""

    schema_version: Literal[1]
    order_id: OrderId
    action: Action
    issued_at: Moment
    sequence: Annotated[int, Field(ge=0, le=LARGEST_SEQUENCE)] | None = None
    service_point: Name | None = None
    meters: Annotated[tuple[Name, ...], Field(min_length=1, max_length=MOST_METERS)] | None = None
    legs: Annotated[tuple[LegDocument, ...], Field(max_length=MOST_METERS)] | None = None
    hold_id: Name | None = None
    suspend_order_id: OrderId | None = None
    mode: Mode | None = None
    reason: Reason | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    not_after: Moment | None = None
    restore_by: Moment | None = None
    on_restore: OnRestore | None = None
    on_partial: OnPartial | None = None
    priority: Annotated[int, Field(ge=0, le=9)] | None = None
    notice_given_at: Moment | None = None
    vacant_verified: bool | None = None
    customer_present: bool | None = None
    override_protected: Phrase | None = None
    fees: FeesDocument | None = None
    restore_requires_payment: bool | None = None
    payment_ref: Text | None = None
    account_ref: Text | None = None
    requested_by: Text | None = None
    correlation_id: Text | None = None
    comment: Prose | None = None
    reply_to: Text | None = None
    context: Context | None = None
    signature: SignatureDocument | None = None
