"""What every condition answers."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from meterhold.domain.policy.case import Case, Premises
from meterhold.domain.policy.verdict import Effect
from meterhold.domain.words import Because


@dataclass(frozen=True, slots=True)
class Look:
    """What a condition found of one meter at one moment."""

    bites: bool
    sentence: str
    """Why it bites, or why it does not."""
    facts: dict[str, str] = field(default_factory=dict)
    effect: Effect | None = None
    """Where the condition itself says what follows: of a forecast that is not to be relied on."""


class Condition(Protocol):
    """One kind of condition: pure, and asked of each meter by itself."""

    @property
    def code(self) -> Because:
        """The cause by which a verdict of it is known."""

    def look(self, case: Case, leg: Premises, at: datetime) -> Look:
        """Say whether a switching of this meter at this moment falls under it, and why."""

    def free_after(self, case: Case, leg: Premises, at: datetime) -> datetime | None:
        """The first moment after ``at`` at which it does not bite; ``None``: waiting does not help."""
