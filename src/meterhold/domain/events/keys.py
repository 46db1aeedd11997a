"""What happened to those who may call."""

from dataclasses import dataclass
from datetime import datetime


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
