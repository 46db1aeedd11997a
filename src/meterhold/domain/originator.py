"""A sender of orders as the journal knows it: how it signs, how far it has counted, and what of it waits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key under which a sender signs its orders."""

    key_id: str
    public_key: str
    """Ed25519, 32 bytes as hexadecimal."""
    registered_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Originator:
    """An authenticated sender."""

    sender: str
    keys: tuple[SigningKey, ...] = ()
    counter: int = 0
    """The highest counter of a signed order that was accepted; the next one must be higher."""
    refused_since: datetime | None = None
    refused: int = 0
    """How many of its orders were refused for their signature since then: not more than so many are kept a minute."""
    live_key: str | None = None
    """The API key that bears this name now: a name is one caller's."""
    approvals: Mapping[str, str] = field(default_factory=dict)
    """By kind, the approval that its next order of that kind joins."""

    @property
    def signs(self) -> bool:
        """It has registered a key once: unsigned orders of it are refused from then on."""
        return bool(self.keys)
