"""What is true of the whole site."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Inhibit:
    """The kill switch is on: no disconnect leaves the gateway, reconnects still do."""

    by: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Site:
    """What is true of the whole site."""

    inhibit: Inhibit | None = None
