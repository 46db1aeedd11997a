"""What happened to those who may call."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.order import OrderKey
from meterhold.domain.originator import SigningKey
from meterhold.domain.scope import EVERYTHING, Scope


@dataclass(frozen=True, slots=True)
class KeyCreated:
    """An API key was made. The key itself is shown once and never stored."""

    at: datetime
    key_id: str
    name: str
    roles: tuple[str, ...]
    digest: str
    scope: Scope = EVERYTHING
    expires_at: datetime | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class KeyRotated:
    """An API key has another secret; the old one works for a while."""

    at: datetime
    key_id: str
    digest: str
    old_until: datetime
    by: str


@dataclass(frozen=True, slots=True)
class KeyRevoked:
    """An API key no longer opens anything."""

    at: datetime
    key_id: str
    by: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class SignatureRefused:
    """An order was not what a registered key had signed, or not signed at all: nothing of it was taken in."""

    at: datetime
    key: OrderKey
    content_hash: str
    detail: str
    key_id: str | None = None
    """Under which key it claimed to be signed."""
    counter: int | None = None


@dataclass(frozen=True, slots=True)
class SignatureAccepted:
    """A signed order was taken in; its counter is used up."""

    at: datetime
    key: OrderKey
    key_id: str
    counter: int
    signature: str


@dataclass(frozen=True, slots=True)
class OriginatorKeyRegistered:
    """A sender's public key is known: from now on each of its orders must be signed."""

    at: datetime
    sender: str
    key: SigningKey
    by: str
    counter: int = 0
    """What the sender has counted so far, where it begins higher than we know."""


@dataclass(frozen=True, slots=True)
class OriginatorKeyRevoked:
    """Nothing that was signed with this key is accepted any more."""

    at: datetime
    sender: str
    key_id: str
    by: str
