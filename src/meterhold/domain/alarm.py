"""An alarm: something is wrong that a person should know of, with its evidence, until that person says that they do.

There is one type of it. Nothing is ever switched because of an alarm: what a meter does is never fought in a loop.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from meterhold.domain.words import Because


@dataclass(frozen=True, slots=True)
class Alarm:
    """What was found, where, and who has acknowledged it."""

    alarm_id: str
    code: Because
    raised_at: datetime
    detail: str
    meter_id: str | None = None
    """``None``: it concerns the site as a whole, or a sender."""
    hold_id: str | None = None
    subject: str = ""
    """What else it is about, where it is about neither meter nor hold: a sender, an area."""
    evidence: Mapping[str, str] = field(default_factory=dict)
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    comment: str = ""

    def is_about(self, code: Because, hold_id: str | None, subject: str) -> bool:
        """Whether it says the same thing of the same matter."""
        return (self.code, self.hold_id, self.subject) == (code, hold_id, subject)
