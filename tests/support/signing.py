"""A sender that signs its orders, as an integrator would write it: from the page that defines it, not from our code."""

import json
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def private_key(seed: int) -> Ed25519PrivateKey:
    """A key, always the same for a seed."""
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def public_hex(key: Ed25519PrivateKey) -> str:
    """Its public half, as it is registered."""
    return key.public_key().public_bytes_raw().hex()


def public_pem(key: Ed25519PrivateKey) -> str:
    """The same as openssl writes it."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def private_pem(key: Ed25519PrivateKey) -> bytes:
    """The private half as openssl writes it."""
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def signed(
    order: dict[str, Any], key: Ed25519PrivateKey, *, sender: str, key_id: str, counter: int, expires_at: str
) -> dict[str, Any]:
    """An order with its envelope."""
    envelope = {"key_id": key_id, "counter": counter, "expires_at": expires_at}
    content = {"purpose": "meterhold-order-1", "originator": sender, "order": order | {"signature": envelope}}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return order | {"signature": envelope | {"value": key.sign(text.encode()).hex()}}
