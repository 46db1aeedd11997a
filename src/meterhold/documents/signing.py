"""Signed orders: Ed25519 over a canonical form of the order and its envelope. ``docs/signed-orders.md`` defines both.

Pure: whether a signature fits. Whether its counter and time are still good is decided where the order is.
"""

import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from meterhold.domain.errors import Fault, Malformed

PURPOSE = "meterhold-order-1"
"""Stands in what is signed, so that a signature for something else is none for an order."""


def signed_bytes(order: Mapping[str, Any], originator: str) -> bytes:
    """What a sender signs: its name, the purpose, and the order with its envelope but for the signature's value."""
    envelope = {name: value for name, value in order["signature"].items() if name != "value"}
    content = {"purpose": PURPOSE, "originator": originator, "order": {**order, "signature": envelope}}
    return canonical_json(content)


def canonical_json(value: Any) -> bytes:  # noqa: ANN401 - JSON
    """RFC 8785 for JSON without fractions: orders hold none, and a number that floats could not be signed safely."""
    return json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def fits(public_key: str, signature: str, signed: bytes) -> bool:
    """Whether the owner of the key signed exactly this; a wrong signature takes as long as a right one."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), signed)
    except (ValueError, InvalidSignature):
        return False
    return True


def public_key_of(text: str) -> str:
    """Read a public key: PEM, or 32 bytes as hexadecimal. Returns hexadecimal."""
    if "BEGIN" in text:
        try:
            key = serialization.load_pem_public_key(text.encode())
        except (ValueError, TypeError):
            key = None
        if not isinstance(key, Ed25519PublicKey):
            raise Malformed("public key", [Fault("public_key", "is no Ed25519 public key (BEGIN PUBLIC KEY)")])
        return key.public_bytes_raw().hex()
    try:
        raw = bytes.fromhex(text.strip())
        Ed25519PublicKey.from_public_bytes(raw)
    except ValueError:
        raise Malformed("public key", [Fault("public_key", "must be PEM, or 32 bytes as hexadecimal")]) from None
    return raw.hex()


def sign(private_pem: bytes, signed: bytes) -> str:
    """Sign with a private key that stands in a PEM file without a passphrase."""
    try:
        key = serialization.load_pem_private_key(private_pem, None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise Malformed("signing key", [Fault("", "is no Ed25519 private key without a passphrase")])
    return key.sign(signed).hex()


def _sorted(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Members in the order of their names as UTF-16, which is what RFC 8785 asks for."""
    match value:
        case Mapping():
            names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
            return {name: _sorted(value[name]) for name in names}
        case list() | tuple():
            return [_sorted(inner) for inner in value]
        case float():
            raise Malformed("order", [Fault("signature", "covers no fractional numbers: write them as text")])
        case _:
            return value
