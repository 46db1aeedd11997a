"""Who may call, and how a sender signs."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.commands.needs import Needs
from meterhold.domain.originator import SigningKey
from meterhold.domain.scope import EVERYTHING, Scope


@dataclass(frozen=True, slots=True)
class CreateKey:
    """Keep a new API key's digest; its name must be nobody else's."""

    at: datetime
    key_id: str
    name: str
    roles: tuple[str, ...]
    digest: str
    scope: Scope = EVERYTHING
    expires_at: datetime | None = None
    by: str = ""

    @property
    def needs(self) -> Needs:
        """Who bears the name."""
        return Needs(originators=(self.name,))


@dataclass(frozen=True, slots=True)
class RotateKey:
    """Give an API key another secret; the old one works until the overlap ends."""

    at: datetime
    key_id: str
    name: str
    digest: str
    old_until: datetime
    by: str

    @property
    def needs(self) -> Needs:
        """Who bears the name."""
        return Needs(originators=(self.name,))


@dataclass(frozen=True, slots=True)
class RevokeKey:
    """Make an API key useless."""

    at: datetime
    key_id: str
    by: str
    name: str = ""

    @property
    def needs(self) -> Needs:
        """Who bears the name."""
        return Needs(originators=(self.name,) if self.name else ())


@dataclass(frozen=True, slots=True)
class RegisterSigningKey:
    """Make known how a sender signs. From then on each of its orders must be signed."""

    at: datetime
    sender: str
    key: SigningKey
    by: str
    counter: int = 0

    @property
    def needs(self) -> Needs:
        """The sender."""
        return Needs(originators=(self.sender,))


@dataclass(frozen=True, slots=True)
class RevokeSigningKey:
    """Accept nothing any more that was signed with a key."""

    at: datetime
    sender: str
    key_id: str
    by: str

    @property
    def needs(self) -> Needs:
        """The sender."""
        return Needs(originators=(self.sender,))
