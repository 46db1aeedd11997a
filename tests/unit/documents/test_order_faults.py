"""A bad order is told everything that is wrong with it: each fault with its field and its rule."""

import json
from typing import Any

import pytest

from meterhold.documents.json_text import MOST_ORDER_BYTES, NotJson, TooBig
from meterhold.documents.order import parse_order
from meterhold.domain.errors import Malformed

SUSPEND: dict[str, Any] = {
    "schema_version": 1,
    "order_id": "WO-1",
    "action": "suspend",
    "issued_at": "2026-11-24T10:00:00Z",
    "service_point": "SP-1",
    "reason": "vacation",
    "starts_at": "2026-12-01T08:00:00+01:00",
    "ends_at": "2026-12-20T08:00:00+01:00",
}
RESTORE: dict[str, Any] = {
    "schema_version": 1,
    "order_id": "WO-2",
    "action": "restore",
    "issued_at": "2026-11-24T10:00:00Z",
    "hold_id": "H-1",
}
AMEND: dict[str, Any] = {**RESTORE, "action": "amend", "ends_at": "2026-12-24T10:00:00Z"}
CANCEL: dict[str, Any] = {**RESTORE, "action": "cancel"}
CLOSE: dict[str, Any] = {**RESTORE, "action": "close"}
GONE = object()
"""Marks a field that a case leaves out."""

NAIVE = "must carry an offset such as Z or +01:00: a time without one names no moment"
NOT_RFC_3339 = "must be an RFC 3339 time such as 2026-11-24T18:00:00+01:00"
NO_DATE = "names a date, time or offset that does not exist"
ORDER_ID = "must be 1 to 64 of A-Z a-z 0-9 . _ : -"
DECIMAL = "must be a decimal number with a point, such as 12.50"
NOT_A_STRING = 'must be a decimal number in a string, such as "12.50"'
UNKNOWN = "is not a field of this document"
NO_CONTROL = "must not hold control characters"
ONE_OF_RESTORE = "an order to restore names exactly one of hold_id, suspend_order_id, service_point, meters"
REASONS = (
    "must be one of vacation, relocation, financial_hardship, seasonal, customer_request, non_payment, safety, "
    "meter_work, test"
)
AMENDS_NOTHING = (
    "amends nothing: name at least one of starts_at, ends_at, not_after, restore_by, on_restore, priority, comment"
)
NAMES_ONE = "names exactly one of service_point, meters"


def faults_of(document: object) -> set[tuple[str, str]]:
    """What is wrong with a document: fields and rules."""
    with pytest.raises(Malformed) as caught:
        parse_order(document if isinstance(document, bytes | str) else json.dumps(document))
    return {(fault.field, fault.rule) for fault in caught.value.faults}


def changed(base: dict[str, Any], **changes: object) -> dict[str, Any]:
    """A document with some fields changed, or left out."""
    return {name: value for name, value in {**base, **changes}.items() if value is not GONE}


FIELD_RULES: list[tuple[str, object, str]] = [
    ("schema_version", 2, "must be 1"),
    ("schema_version", "1", "must be 1"),
    ("schema_version", GONE, "is required"),
    ("order_id", GONE, "is required"),
    ("order_id", "", ORDER_ID),
    ("order_id", "a b", ORDER_ID),
    ("order_id", "ä", ORDER_ID),
    ("order_id", "x" * 65, ORDER_ID),
    ("order_id", "x\n", ORDER_ID),
    ("order_id", 7, "must be a string"),
    ("action", GONE, "is required"),
    ("action", "disconnect", "must be one of suspend, restore, amend, cancel, close"),
    ("action", None, "must be one of suspend, restore, amend, cancel, close"),
    ("issued_at", GONE, "is required"),
    ("issued_at", "2026-11-24T10:00:00", NAIVE),
    ("issued_at", 1764000000, "must be a time as a string, such as 2026-11-24T18:00:00+01:00"),
    ("starts_at", "2026-12-01T08:00:00", NAIVE),
    ("starts_at", "2026-12-01", NOT_RFC_3339),
    ("starts_at", "tomorrow", NOT_RFC_3339),
    ("starts_at", "2026-12-01T08:00:00 +01:00", NOT_RFC_3339),
    ("starts_at", "2026-02-30T08:00:00Z", NO_DATE),
    ("starts_at", "2026-12-01T25:00:00Z", NO_DATE),
    ("starts_at", "2026-12-01T08:00:00+99:00", NO_DATE),
    ("starts_at", "0001-01-01T00:00:00+23:00", NO_DATE),
    ("starts_at", "9999-12-31T23:59:59Z", "must lie between the years 2000 and 2199"),
    ("sequence", -1, "must be at least 0"),
    ("sequence", 2**63, "must be at most 9223372036854775807"),
    ("sequence", 1.5, "must be a whole number"),
    ("sequence", "1", "must be a whole number"),
    ("sequence", True, "must be a whole number"),
    ("priority", -1, "must be at least 0"),
    ("priority", 10, "must be at most 9"),
    (
        "reason",
        "holiday",
        REASONS,
    ),
    ("mode", "soft", "must be one of physical, restrict, monitor_only"),
    ("on_restore", "close", "must be one of connect, arm"),
    ("on_partial", "drop", "must be one of keep, reverse"),
    ("context", "staging", "must be one of production, test"),
    ("vacant_verified", "yes", "must be true or false"),
    ("customer_present", 1, "must be true or false"),
    ("restore_requires_payment", "true", "must be true or false"),
    ("service_point", "", "must have at least 1 character(s)"),
    ("service_point", "x" * 65, "must have at most 64 characters"),
    ("service_point", "SP\u00001", NO_CONTROL),
    ("service_point", " SP-1", "must not begin or end with a space"),
    ("service_point", 1, "must be a string"),
    ("account_ref", "x" * 501, "must have at most 500 characters"),
    ("comment", "bell\u0007", NO_CONTROL),
    ("comment", "x" * 2001, "must have at most 2000 characters"),
    ("fees", "12.50 EUR", "must be an object"),
    ("legs", {}, "must be a list"),
    ("customer_name", "Doe", UNKNOWN),
]


@pytest.mark.parametrize(("field", "value", "rule"), FIELD_RULES)
def test_a_broken_field_is_named_with_its_rule(field: str, value: object, rule: str) -> None:
    """One broken field is one fault, at that field, with its own rule, and nothing else is blamed."""
    assert faults_of(changed(SUSPEND, **{field: value})) == {(field, rule)}


INNER_RULES: list[tuple[dict[str, object], set[tuple[str, str]]]] = [
    ({"meters": [], "service_point": GONE}, {("meters", "must have at least 1 item(s)")}),
    ({"meters": "E-1", "service_point": GONE}, {("meters", "must be a list")}),
    ({"meters": ["E-1", 2], "service_point": GONE}, {("meters.1", "must be a string")}),
    (
        {"meters": ["E-1", "W-1", "E-1"], "service_point": GONE},
        {("meters.2", "names a meter that the list names before")},
    ),
    (
        {"fees": {"suspend": 10, "restore": "1,50", "currency": "euro"}},
        {
            ("fees.suspend", NOT_A_STRING),
            ("fees.restore", DECIMAL),
            ("fees.currency", "must be a currency of three letters such as EUR"),
        },
    ),
    (
        {"fees": {"suspend": "-1"}},
        {("fees.suspend", DECIMAL), ("fees.restore", "is required"), ("fees.currency", "is required")},
    ),
    ({"legs": [{}]}, {("legs.0", "must choose a leg by exactly one of meter_id, service")}),
    (
        {"legs": [{"meter_id": "E-1", "service": "water"}]},
        {("legs.0", "must choose a leg by exactly one of meter_id, service")},
    ),
    ({"legs": [{"service": "gas"}]}, {("legs.0.service", "must be one of electricity, water")}),
    ({"legs": [{"service": "water", "valve": 1}]}, {("legs.0.valve", UNKNOWN)}),
    (
        {"legs": [{"service": "water"}, {"service": "water"}]},
        {("legs.1", "chooses a leg that the list refines before")},
    ),
    (
        {"meters": ["E-1"], "service_point": GONE, "legs": [{"meter_id": "E-2"}]},
        {("legs.0.meter_id", "must be one of the order's meters")},
    ),
    (
        {"legs": [{"service": "water", "mode": "restrict"}]},
        {("legs.0.restrict_to", "is required where the mode is restrict")},
    ),
    (
        {"legs": [{"service": "water", "restrict_to": {"value": "10", "unit": "l/min"}}]},
        {("legs.0.restrict_to", "means nothing unless the mode is restrict")},
    ),
    (
        {"mode": "restrict", "legs": [{"service": "water"}]},
        {("legs.0.restrict_to", "is required where the mode is restrict")},
    ),
    ({"mode": "restrict"}, {("mode", "restrict needs legs that say what to restrict_to")}),
    (
        {"legs": [{"service": "water", "mode": "restrict", "restrict_to": {"value": 10}}]},
        {("legs.0.restrict_to.value", NOT_A_STRING), ("legs.0.restrict_to.unit", "is required")},
    ),
]


@pytest.mark.parametrize(("changes", "expected"), INNER_RULES)
def test_what_lies_inside_a_field_is_named_by_its_path(
    changes: dict[str, object], expected: set[tuple[str, str]]
) -> None:
    """A fault inside a list or an object carries the path to it."""
    assert faults_of(changed(SUSPEND, **changes)) == expected


CONTRADICTIONS: list[tuple[dict[str, Any], dict[str, object], set[tuple[str, str]]]] = [
    (SUSPEND, {"reason": GONE}, {("reason", "is required to suspend: rules depend on it")}),
    (
        SUSPEND,
        {"service_point": GONE},
        {("service_point", f"is required: an order to suspend {NAMES_ONE}")},
    ),
    (
        SUSPEND,
        {"meters": ["E-1"]},
        {("meters", f"contradicts service_point: an order to suspend {NAMES_ONE}")},
    ),
    (SUSPEND, {"hold_id": "H-1"}, {("hold_id", "means nothing in an order to suspend")}),
    (SUSPEND, {"suspend_order_id": "WO-0"}, {("suspend_order_id", "means nothing in an order to suspend")}),
    (SUSPEND, {"ends_at": "2026-12-01T07:00:00Z"}, {("ends_at", "must be later than starts_at")}),
    (
        SUSPEND,
        {"starts_at": GONE, "ends_at": "2026-11-24T09:00:00Z"},
        {("ends_at", "must be later than issued_at")},
    ),
    (SUSPEND, {"not_after": "2026-12-01T06:59:59Z"}, {("not_after", "must be later than starts_at")}),
    (SUSPEND, {"restore_by": "2026-12-19T08:00:00Z"}, {("restore_by", "must not be earlier than ends_at")}),
    (
        SUSPEND,
        {"notice_given_at": "2026-11-24T10:00:01Z"},
        {("notice_given_at", "must not be later than issued_at")},
    ),
    (RESTORE, {"hold_id": GONE}, {("hold_id", f"is required: {ONE_OF_RESTORE}")}),
    (
        RESTORE,
        {"suspend_order_id": "WO-1", "meters": ["E-1"]},
        {
            ("suspend_order_id", f"contradicts hold_id: {ONE_OF_RESTORE}"),
            ("meters", f"contradicts hold_id: {ONE_OF_RESTORE}"),
        },
    ),
    (RESTORE, {"starts_at": "2026-12-01T08:00:00Z"}, {("starts_at", "means nothing in an order to restore")}),
    (RESTORE, {"ends_at": "2026-12-01T08:00:00Z"}, {("ends_at", "means nothing in an order to restore")}),
    (RESTORE, {"legs": [{"service": "water"}]}, {("legs", "means nothing in an order to restore")}),
    (RESTORE, {"mode": "physical"}, {("mode", "means nothing in an order to restore")}),
    (RESTORE, {"on_partial": "keep"}, {("on_partial", "means nothing in an order to restore")}),
    (
        AMEND,
        {"ends_at": GONE},
        {
            (
                "action",
                AMENDS_NOTHING,
            )
        },
    ),
    (AMEND, {"starts_at": None}, {("starts_at", "may be left out of an amendment, but not be null")}),
    (AMEND, {"on_restore": None}, {("on_restore", "may be left out of an amendment, but not be null")}),
    (AMEND, {"priority": None}, {("priority", "may be left out of an amendment, but not be null")}),
    (AMEND, {"reason": "test"}, {("reason", "means nothing in an order to amend")}),
    (
        AMEND,
        {"fees": {"suspend": "1", "restore": "1", "currency": "EUR"}},
        {("fees", "means nothing in an order to amend")},
    ),
    (
        AMEND,
        {"starts_at": "2026-12-25T00:00:00Z"},
        {("ends_at", "must be later than starts_at")},
    ),
    (
        AMEND,
        {"hold_id": GONE, "service_point": "SP-1"},
        {
            ("service_point", "means nothing in an order to amend"),
            ("hold_id", "is required: an order to amend names exactly one of hold_id, suspend_order_id"),
        },
    ),
    (CANCEL, {"ends_at": "2026-12-01T08:00:00Z"}, {("ends_at", "means nothing in an order to cancel")}),
    (CANCEL, {"priority": 1}, {("priority", "means nothing in an order to cancel")}),
    (CLOSE, {"on_restore": "arm"}, {("on_restore", "means nothing in an order to close")}),
    (
        CLOSE,
        {"hold_id": GONE},
        {("hold_id", "is required: an order to close names exactly one of hold_id, suspend_order_id")},
    ),
]


@pytest.mark.parametrize(("base", "changes", "expected"), CONTRADICTIONS)
def test_fields_that_contradict_each_other_are_named(
    base: dict[str, Any], changes: dict[str, object], expected: set[tuple[str, str]]
) -> None:
    """A contradiction is told at the field where the sender would put it right."""
    assert faults_of(changed(base, **changes)) == expected


def test_all_faults_come_at_once() -> None:
    """Broken fields, unknown fields and contradictions stand in one answer."""
    document = changed(
        SUSPEND, order_id="a b", priority=10, reason=GONE, hold_id="H-1", colour="red", ends_at="2026-11-25T00:00:00Z"
    )
    assert faults_of(document) == {
        ("order_id", ORDER_ID),
        ("priority", "must be at most 9"),
        ("colour", UNKNOWN),
        ("hold_id", "means nothing in an order to suspend"),
        ("reason", "is required to suspend: rules depend on it"),
        ("ends_at", "must be later than starts_at"),
    }


def test_a_broken_field_counts_as_given() -> None:
    """A target or a reason that is broken is not reported as missing too."""
    assert {field for field, _ in faults_of(changed(SUSPEND, service_point=7, reason="x"))} == {
        "service_point",
        "reason",
    }


def test_without_an_action_only_fields_are_judged() -> None:
    """Every contradiction depends on the action; without one, none is guessed."""
    assert faults_of({}) == {(name, "is required") for name in ("schema_version", "order_id", "action", "issued_at")}


TEXTS: list[tuple[bytes | str, type[Malformed], str]] = [
    (b"", NotJson, "is not JSON: Expecting value at line 1 column 1"),
    (b"{", NotJson, "is not JSON: Expecting property name enclosed in double quotes at line 1 column 2"),
    (b"\xff\xfe{}", NotJson, "must be UTF-8"),
    (b'{"order_id": "a", "order_id": "b"}', NotJson, "gives 'order_id' twice"),
    (b'{"fees": {"suspend": "1", "suspend": "2"}}', NotJson, "gives 'suspend' twice"),
    (b'{"sequence": NaN}', NotJson, "holds NaN, which is no JSON number"),
    (b'{"sequence": -Infinity}', NotJson, "holds -Infinity, which is no JSON number"),
    (b'{"sequence": ' + b"9" * 5000 + b"}", NotJson, "holds a number that is out of all proportion"),
    (b"[" * 33 + b"]" * 33, NotJson, "may be nested at most 32 deep"),
    (b"[" * 200_000, NotJson, "may be nested at most 32 deep"),
    (b'{"\\ud800": 1}', NotJson, "holds half of a surrogate pair, which is no character"),
    ("\ud800", NotJson, "must be UTF-8"),
    (b"[]", Malformed, "must be an object"),
    (b'"suspend"', Malformed, "must be an object"),
    (b" " * (MOST_ORDER_BYTES + 1), TooBig, "may have at most 1048576 bytes"),
]


@pytest.mark.parametrize(("text", "kind", "rule"), TEXTS)
def test_a_text_that_is_no_order_is_refused_as_a_whole(text: bytes | str, kind: type[Malformed], rule: str) -> None:
    """What cannot be read as one JSON object is refused with what is wrong with the text."""
    with pytest.raises(Malformed) as caught:
        parse_order(text)
    assert type(caught.value) is kind
    assert [(fault.field, fault.rule) for fault in caught.value.faults] == [("", rule)]


def test_what_was_sent_is_never_repeated() -> None:
    """A secret that slipped into a document does not come back in its faults."""
    document = changed(SUSPEND, order_id="canary-5c1e secret", account_ref=["canary-5c1e"], password="canary-5c1e")
    with pytest.raises(Malformed) as caught:
        parse_order(json.dumps(document))
    assert "canary" not in str(caught.value)
