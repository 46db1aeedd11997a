"""MQTT payloads are filled and read without surprises."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhold.drivers.mqtt.payload import MISSING, Unreadable, at, fill, leaves, parse, same_id

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def test_only_our_two_placeholders_are_filled() -> None:
    """The braces of JSON are not ours."""
    text = '{"id":{request_id},"src":"{reply_to}","params":{"id":0,"x":"{other}"}}'
    filled = fill(text, 42, "gw/cmd/42")
    assert json.loads(filled) == {"id": 42, "src": "gw/cmd/42", "params": {"id": 0, "x": "{other}"}}


@given(json_values)
def test_json_is_read_as_it_was_written(value: object) -> None:
    """Whatever JSON a device sends comes out as its value."""
    assert parse(json.dumps(value).encode()) == value


@pytest.mark.parametrize("text", ["OFF", "online", "", "{broken", "1 2"])
def test_what_is_no_json_is_text(text: str) -> None:
    """Many devices send a bare word."""
    assert parse(text.encode()) == text


@pytest.mark.parametrize(
    "payload",
    [b"\xff\xfe", b'{"power": NaN}', b"NaN", b"[Infinity]", b"-Infinity", b"1e999", b"[" * 50_000, b"1" * 5_000],
    ids=lambda payload: repr(payload[:12]),
)
def test_nonsense_is_refused(payload: bytes) -> None:
    """Broken text, numbers that are none, and what would break the parser are unreadable, never a value."""
    with pytest.raises(Unreadable):
        parse(payload)


def test_pointers_lead_to_what_they_name() -> None:
    """RFC 6901, with its two escapes; what is not there is told apart from null."""
    document = {"a": {"b/c": [10, {"m~n": None}]}, "": 1}
    assert at(document, "") == document
    assert at(document, "/a/b~1c/0") == 10
    assert at(document, "/a/b~1c/1/m~0n") is None
    assert at(document, "/") == 1
    for nowhere in ("/x", "/a/b~1c/2", "/a/b~1c/-1", "/a/b~1c/x", "/a/b~1c/0/y"):
        assert at(document, nowhere) is MISSING


@given(json_values)
def test_every_leaf_is_found_under_its_pointer(value: object) -> None:
    """Leaves and pointers agree with each other."""
    for pointer, leaf in leaves(value, most=1000).items():
        assert at(value, pointer) == leaf


def test_a_document_with_too_many_leaves_has_none() -> None:
    """Memory is bounded: what is no meter's state is not followed."""
    assert leaves(list(range(10)), most=10) == {str(f"/{n}"): n for n in range(10)}
    assert leaves(list(range(11)), most=10) == {}


@pytest.mark.parametrize("found", [42, 42.0, "42"])
def test_an_id_is_known_as_number_or_text(found: object) -> None:
    """Devices differ in how they repeat a number."""
    assert same_id(found, 42)


@pytest.mark.parametrize("found", [True, None, 41, "042", 42.5, [42], MISSING])
def test_another_id_is_another_id(found: object) -> None:
    """Nothing but the same number counts."""
    assert not same_id(found, 42)
    assert not same_id(found, 1)
