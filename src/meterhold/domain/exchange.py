"""A meter that was taken off the wall and another one put in its place: what a person records of it."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.observation import RegisterReading


@dataclass(frozen=True, slots=True)
class Exchange:
    """Which meter went and which came, with the registers that billing needs of both."""

    at: datetime
    """When it was done, as the person says."""
    by: str
    old_serial: str | None
    new_serial: str | None
    final: tuple[RegisterReading, ...] = ()
    """The old meter's registers as it was taken off."""
    initial: tuple[RegisterReading, ...] = ()
    """The new meter's registers as it was put on."""
    comment: str = ""
