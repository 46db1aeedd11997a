"""What people say about a hold once it is a matter of dispute."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.commands.needs import Needs


@dataclass(frozen=True, slots=True)
class MarkWrongful:
    """Record that a hold should never have cut supply."""

    at: datetime
    hold_id: str
    by: str
    reason: str

    @property
    def needs(self) -> Needs:
        """The hold."""
        return Needs(holds=(self.hold_id,))
