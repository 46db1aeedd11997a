"""What happened to those who may call."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.originator import SigningKey


@dataclass(frozen=True, slots=True)
class KeyCreated:
    """An API key was made. The key itself is shown once and never stored."""

    at: datetime
    key_id: str
    name: str
    roles: tuple[str, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class KeyRevoked:
    """An API key no longer opens anything."""

    at: datetime
    key_id: str
    by: str


@dataclass(frozen=True, slots=True)
class OriginatorKeyRegistered:
    """A sender's public key is known: from now on each of its orders must be signed."""

    at: datetime
    sender: str
    key: SigningKey
    by: str


@dataclass(frozen=True, slots=True)
class OriginatorKeyRevoked:
    """Nothing that was signed with this key is accepted any more."""

    at: datetime
    sender: str
    key_id: str
    by: str
