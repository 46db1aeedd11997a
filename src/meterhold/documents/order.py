"""From an order's text to the domain's order. Every face turns its input into this."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from meterhold.documents.json_faults import faults_of
from meterhold.documents.json_text import read_json
from meterhold.documents.order_document import LegDocument, OrderDocument, SignatureDocument
from meterhold.documents.order_rules import contradictions
from meterhold.domain.errors import Fault, Malformed
from meterhold.domain.order import Fees, LegRequest, Limit, Order
from meterhold.domain.words import Action, Context, Mode, OnPartial

__all__ = ["OrderDocument", "ParsedOrder", "parse_order"]

_PLACEHOLDERS = {"schema_version": 1, "order_id": "-", "action": Action.CANCEL, "issued_at": "2000-01-01T00:00:00Z"}
DEFAULT_PRIORITY = 5


@dataclass(frozen=True, slots=True)
class ParsedOrder:
    """An order, and the hash of its content: the same content has the same hash, however it was written down."""

    order: Order
    content_hash: str
    signature: SignatureDocument | None = None
    """Which is no part of the content: the same order, signed anew, is the same order."""
    document: Mapping[str, Any] = field(default_factory=dict)
    """The order as it came, which is what was signed."""


def parse_order(source: bytes | str | Mapping[str, Any]) -> ParsedOrder:
    """Check an order's form and turn it into the domain's words, or raise ``Malformed`` with all faults at once."""
    value = source if isinstance(source, Mapping) else read_json(source, "order")
    if not isinstance(value, Mapping):
        raise Malformed("order", [Fault("", "must be an object")])
    # Strict mode takes a string for a time or a word of a closed list only where the input is JSON text.
    text = json.dumps(value) if isinstance(source, Mapping) else source
    try:
        document = OrderDocument.model_validate_json(text)
    except ValidationError as error:
        raise Malformed("order", [*faults_of(error), *_more_faults(value, error)]) from None
    if faults := contradictions(document):
        raise Malformed("order", faults)
    return ParsedOrder(_order(document), _hash(document), document.signature, value)


def _more_faults(value: Mapping[str, Any], error: ValidationError) -> list[Fault]:
    """Contradictions of what is sound in a document, so that the sender learns everything at once."""
    broken = frozenset(str(row["loc"][0]) for row in error.errors(include_url=False) if row["loc"])
    known = OrderDocument.model_fields
    sound = {name: given for name, given in value.items() if name in known and name not in broken}
    document = OrderDocument.model_validate_json(json.dumps(_PLACEHOLDERS | sound))
    return contradictions(document, broken & known.keys())


def _hash(document: OrderDocument) -> str:
    # Only in an amendment does null differ from nothing: there it takes a date away.
    content = document.model_dump(
        mode="json", exclude={"signature"}, exclude_unset=True, exclude_none=document.action is not Action.AMEND
    )
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _order(document: OrderDocument) -> Order:
    fees = document.fees
    return Order(
        order_id=document.order_id,
        action=document.action,
        issued_at=document.issued_at,
        sequence=document.sequence or 0,
        given=frozenset(document.model_fields_set - {"signature"}),
        service_point=document.service_point,
        meters=document.meters or (),
        legs=tuple(_leg(leg) for leg in document.legs or ()),
        hold_id=document.hold_id,
        suspend_order_id=document.suspend_order_id,
        mode=document.mode or Mode.PHYSICAL,
        reason=document.reason,
        starts_at=document.starts_at,
        ends_at=document.ends_at,
        not_after=document.not_after,
        restore_by=document.restore_by,
        on_restore=document.on_restore,
        on_partial=document.on_partial or OnPartial.KEEP,
        priority=DEFAULT_PRIORITY if document.priority is None else document.priority,
        notice_given_at=document.notice_given_at,
        vacant_verified=document.vacant_verified,
        customer_present=document.customer_present,
        override_protected=document.override_protected,
        fees=None if fees is None else Fees(Decimal(fees.suspend), Decimal(fees.restore), fees.currency),
        restore_requires_payment=bool(document.restore_requires_payment),
        payment_ref=document.payment_ref,
        account_ref=document.account_ref,
        requested_by=document.requested_by,
        correlation_id=document.correlation_id,
        comment=document.comment,
        reply_to=document.reply_to,
        context=document.context or Context.PRODUCTION,
    )


def _leg(leg: LegDocument) -> LegRequest:
    limit = None if leg.restrict_to is None else Limit(Decimal(leg.restrict_to.value), leg.restrict_to.unit)
    return LegRequest(leg.meter_id, leg.service, leg.mode, limit, leg.expected_serial)
