"""Who may call."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.commands.needs import Needs


@dataclass(frozen=True, slots=True)
class CreateKey:
    """Keep a new API key's digest."""

    at: datetime
    key_id: str
    name: str
    roles: tuple[str, ...]
    digest: str

    @property
    def needs(self) -> Needs:
        """Nothing."""
        return Needs()


@dataclass(frozen=True, slots=True)
class RevokeKey:
    """Make an API key useless."""

    at: datetime
    key_id: str
    by: str

    @property
    def needs(self) -> Needs:
        """Nothing."""
        return Needs()
