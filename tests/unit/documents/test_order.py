"""A sound order comes into the domain as it was meant, and is recognised when it comes again."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from meterhold.documents.order import parse_order
from meterhold.domain.errors import Malformed
from meterhold.domain.order import Fees, LegRequest, Limit, Order
from meterhold.domain.words import Action, Context, Mode, OnPartial, OnRestore, Reason, Service

FULL: dict[str, Any] = {
    "schema_version": 1,
    "order_id": "WO:88121-a_b.c",
    "action": "suspend",
    "issued_at": "2026-11-24T10:00:00.250Z",
    "sequence": 3,
    "service_point": "SP-1",
    "legs": [
        {"service": "water", "mode": "restrict", "restrict_to": {"value": "10.5", "unit": "l/min"}},
        {"meter_id": "E-1", "expected_serial": "123"},
    ],
    "mode": "monitor_only",
    "reason": "seasonal",
    "starts_at": "2026-12-01T08:00:00+01:00",
    "ends_at": "2027-03-01T08:00:00+01:00",
    "not_after": "2026-12-02T08:00:00+01:00",
    "restore_by": "2027-03-01T12:00:00+01:00",
    "on_restore": "arm",
    "on_partial": "reverse",
    "priority": 0,
    "notice_given_at": "2026-11-20T08:00:00+01:00",
    "vacant_verified": True,
    "customer_present": False,
    "fees": {"suspend": "10.00", "restore": "12.50", "currency": "EUR"},
    "restore_requires_payment": True,
    "payment_ref": "P-1",
    "account_ref": "A-1",
    "requested_by": "desk 4",
    "correlation_id": "c-1",
    "comment": "key under\nthe mat",
    "reply_to": "https://cis.example/hook",
    "context": "test",
}


def test_every_field_arrives() -> None:
    """All that an order can say stands in the domain's order, times in UTC and decimals exact."""
    order = parse_order(json.dumps(FULL)).order
    assert order == Order(
        order_id="WO:88121-a_b.c",
        action=Action.SUSPEND,
        issued_at=datetime(2026, 11, 24, 10, 0, 0, 250_000, tzinfo=UTC),
        sequence=3,
        given=frozenset(FULL),
        service_point="SP-1",
        legs=(
            LegRequest(service=Service.WATER, mode=Mode.RESTRICT, restrict_to=Limit(Decimal("10.5"), "l/min")),
            LegRequest(meter_id="E-1", expected_serial="123"),
        ),
        mode=Mode.MONITOR_ONLY,
        reason=Reason.SEASONAL,
        starts_at=datetime(2026, 12, 1, 7, tzinfo=UTC),
        ends_at=datetime(2027, 3, 1, 7, tzinfo=UTC),
        not_after=datetime(2026, 12, 2, 7, tzinfo=UTC),
        restore_by=datetime(2027, 3, 1, 11, tzinfo=UTC),
        on_restore=OnRestore.ARM,
        on_partial=OnPartial.REVERSE,
        priority=0,
        notice_given_at=datetime(2026, 11, 20, 7, tzinfo=UTC),
        vacant_verified=True,
        customer_present=False,
        fees=Fees(Decimal("10.00"), Decimal("12.50"), "EUR"),
        restore_requires_payment=True,
        payment_ref="P-1",
        account_ref="A-1",
        requested_by="desk 4",
        correlation_id="c-1",
        comment="key under\nthe mat",
        reply_to="https://cis.example/hook",
        context=Context.TEST,
    )


def test_what_is_left_out_has_its_default() -> None:
    """A short order is physical, of middle priority, for production, and keeps what could be suspended."""
    order = parse_order(
        {
            "schema_version": 1,
            "order_id": "1",
            "action": "suspend",
            "issued_at": "2026-11-24T10:00:00Z",
            "meters": ["E-1"],
            "reason": "vacation",
        }
    ).order
    assert (order.mode, order.priority, order.context, order.on_partial) == (
        Mode.PHYSICAL,
        5,
        Context.PRODUCTION,
        OnPartial.KEEP,
    )
    assert (order.starts_at, order.ends_at, order.on_restore, order.sequence) == (None, None, None, 0)


def test_null_is_like_nothing_but_in_an_amendment() -> None:
    """A sender may write every field; in an amendment a null end date means until restored."""
    without = parse_order({name: FULL[name] for name in FULL if name != "comment"})
    assert parse_order({**FULL, "comment": None}).content_hash == without.content_hash
    amend = {"schema_version": 1, "order_id": "2", "action": "amend", "issued_at": FULL["issued_at"], "hold_id": "H"}
    to_open_end = parse_order({**amend, "ends_at": None})
    assert to_open_end.order.ends_at is None
    assert "ends_at" in to_open_end.order.given
    assert to_open_end.content_hash != parse_order({**amend, "comment": "x"}).content_hash


def test_the_same_content_is_recognised_however_it_is_written() -> None:
    """Key order, white space and the offset of a time do not make another order; another word does."""
    turned = dict(reversed(FULL.items()))
    turned["starts_at"] = "2026-12-01T07:00:00Z"
    first, second = parse_order(json.dumps(FULL)), parse_order(json.dumps(turned, indent=4))
    assert first.content_hash == second.content_hash
    assert parse_order(json.dumps(FULL | {"priority": 1})).content_hash != first.content_hash


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(changes=st.dictionaries(st.sampled_from(sorted(FULL)), JSON, max_size=5))
def test_any_value_in_any_field_is_an_order_or_faults(changes: dict[str, Any]) -> None:
    """Whatever stands in a field, the answer is an order or its faults, never another error."""
    try:
        parse_order(json.dumps(FULL | changes))
    except Malformed as malformed:
        assert malformed.faults  # noqa: PT017 - an order is a good answer too


@given(text=st.binary(max_size=200))
def test_any_bytes_are_an_order_or_faults(text: bytes) -> None:
    """Whatever arrives, the answer is an order or its faults, never another error."""
    try:
        parse_order(text)
    except Malformed as malformed:
        assert malformed.faults  # noqa: PT017 - an order is a good answer too
