"""What is signed is the same bytes whoever writes them down, and one other bit is another order."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhold.documents.order import parse_order
from meterhold.documents.signing import canonical_json, fits, public_key_of, sign, signed_bytes
from meterhold.domain.errors import Malformed
from tests.support.signing import private_key, private_pem, public_hex, public_pem, signed

KEY = private_key(7)
ORDER = {
    "schema_version": 1,
    "order_id": "WO-1",
    "action": "suspend",
    "issued_at": "2026-11-24T12:00:00+01:00",
    "service_point": "SP-1",
    "reason": "vacation",
    "comment": "Zählerschrank im Keller",
}
SIGNED = signed(ORDER, KEY, sender="cis", key_id="cis-1", counter=1, expires_at="2026-11-24T12:00:00Z")


def test_a_signature_fits_its_order_however_it_is_laid_out() -> None:
    """White space, key order and escapes are no part of it."""
    value = SIGNED["signature"]["value"]
    for text in (json.dumps(SIGNED, indent=3), json.dumps(dict(reversed(SIGNED.items())), ensure_ascii=False)):
        parsed = parse_order(text)
        assert fits(public_hex(KEY), value, signed_bytes(parsed.document, "cis"))


def test_the_signature_is_no_part_of_the_content() -> None:
    """The same order, signed anew, is the same order: a replay of it is recognised."""
    again = signed(ORDER, KEY, sender="cis", key_id="cis-1", counter=2, expires_at="2026-11-25T12:00:00Z")
    assert parse_order(again).content_hash == parse_order(SIGNED).content_hash == parse_order(ORDER).content_hash
    assert parse_order(SIGNED).order == parse_order(ORDER).order


@given(st.integers(0, len(json.dumps(SIGNED, ensure_ascii=False)) - 1), st.integers(1, 94))
def test_no_other_character_fits(place: int, step: int) -> None:
    """Wherever a printable character becomes another one: it is malformed, or says the same, or does not fit."""
    text = json.dumps(SIGNED, ensure_ascii=False)
    old = ord(text[place])
    other = chr(32 + (old - 32 + step) % 95) if 32 <= old < 127 else "x"
    try:
        parsed = parse_order(text[:place] + other + text[place + 1 :])
    except Malformed:
        return
    if parsed.signature is None or parsed.document == SIGNED:
        return
    assert not fits(public_hex(KEY), parsed.signature.value, signed_bytes(parsed.document, "cis"))


@pytest.mark.parametrize("sender", ["cis2", "CIS", ""])
def test_another_s_signature_does_not_fit(sender: str) -> None:
    """Who sends is part of what is signed."""
    assert not fits(public_hex(KEY), SIGNED["signature"]["value"], signed_bytes(SIGNED, sender))


@pytest.mark.parametrize("signature", ["", "00", "zz" * 64, "00" * 64, "ff" * 64])
def test_nonsense_does_not_fit(signature: str) -> None:
    """And does not disturb."""
    assert not fits(public_hex(KEY), signature, signed_bytes(SIGNED, "cis"))


def test_canonical_json_is_rfc_8785_for_what_orders_hold() -> None:
    """Names sorted by UTF-16, the shortest escapes, no white space, and what is not ASCII stays as it is."""
    value = {"€": 1, "\r": 2, "\ufb33": 3, "1": 4, "😀": 5, "\x80": 6, "ö": 7, "a": [True, None, '\u000f\n"\\/']}
    expected = '{"\\r":2,"1":4,"a":[true,null,"\\u000f\\n\\"\\\\/"],"\x80":6,"ö":7,"€":1,"😀":5,"\ufb33":3}'
    assert canonical_json(value).decode() == expected


def test_a_fraction_cannot_be_signed() -> None:
    """Two programs may write it differently."""
    with pytest.raises(Malformed, match="no fractional numbers"):
        canonical_json({"fee": 0.1})


def test_a_public_key_is_read_as_pem_or_as_hexadecimal() -> None:
    """As openssl writes it, or its 32 bytes."""
    assert public_key_of(public_pem(KEY)) == public_key_of(public_hex(KEY)) == public_hex(KEY)


@pytest.mark.parametrize(
    "text", ["", "abc", "00" * 31, "00" * 33, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"]
)
def test_what_is_no_public_key_is_refused(text: str) -> None:
    """Before it is registered."""
    with pytest.raises(Malformed, match="public_key"):
        public_key_of(text)


def test_what_we_sign_is_what_an_integrator_signs() -> None:
    """The command line makes the same signature as code that was written from the page."""
    bare = SIGNED | {"signature": {name: part for name, part in SIGNED["signature"].items() if name != "value"}}
    assert sign(private_pem(KEY), signed_bytes(bare, "cis")) == SIGNED["signature"]["value"]
    with pytest.raises(Malformed, match="Ed25519 private key"):
        sign(b"rubbish", b"")
