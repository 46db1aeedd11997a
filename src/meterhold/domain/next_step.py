"""What may follow a look at a meter, and the times that it depends on."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.words import Because, Outcome

_LOOKS_A_LATENCY = 20
"""How many looks are spread over the time that an answer may take, where nothing wakes us sooner."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How a meter model moves, in seconds, and whether it can be called back."""

    settle_s: float
    """From the write to the first look."""
    poll_s: float
    """Between looks."""
    travel_s: float
    """From the write until a movement must be over."""
    interlock_recheck_s: float
    latency_s: float = 0.0
    """How long evidence may take to reach us: a device that sleeps tells in its own time."""
    withdraws: bool = False
    """What was sent and not done yet can be taken back."""

    @property
    def between_s(self) -> float:
        """Between looks that nobody is waiting for at the device."""
        return max(self.poll_s, self.latency_s / _LOOKS_A_LATENCY)


@dataclass(frozen=True, slots=True)
class WriteNow:
    """Ask for permission to write."""


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Ask for permission to take back what was sent and may still happen."""

    because: Because | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Nothing can be said yet."""

    at: datetime
    because: Because | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class End:
    """It is over."""

    outcome: Outcome
    because: Because | None = None
    detail: str = ""


NextStep = WriteNow | TakeBack | LookAgain | End
