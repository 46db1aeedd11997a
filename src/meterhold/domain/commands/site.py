"""What may be asked of the whole site."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.commands.needs import Needs


@dataclass(frozen=True, slots=True)
class SetInhibit:
    """Throw the kill switch, or lift it."""

    at: datetime
    on: bool
    by: str
    reason: str

    @property
    def needs(self) -> Needs:
        """The site."""
        return Needs()


@dataclass(frozen=True, slots=True)
class StepClock:
    """Take over the time that the machine's clock jumped to."""

    at: datetime
    step_s: float
    hold_ids: tuple[str, ...]
    """Holds with open operations, whose waits must move with the clock."""

    @property
    def needs(self) -> Needs:
        """Those holds."""
        return Needs(holds=self.hold_ids)
