"""What may be asked of a hold."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.commands.needs import Needs
from meterhold.domain.commands.terms import DEFAULT_TERMS, Terms
from meterhold.domain.words import Decision


@dataclass(frozen=True, slots=True)
class AdvanceHold:
    """The calendar reached a hold's next moment."""

    at: datetime
    hold_id: str
    clock_trusted: bool
    terms: Terms = DEFAULT_TERMS

    @property
    def needs(self) -> Needs:
        """The hold, and what else is open at its meters."""
        return Needs(holds=(self.hold_id,), whole_holds=True, holds_of_meters=True)


@dataclass(frozen=True, slots=True)
class DecideAttention:
    """A person decides what to do about an attention item."""

    at: datetime
    hold_id: str
    n: int
    decision: Decision
    by: str
    comment: str
    terms: Terms = DEFAULT_TERMS
    may_approve: bool = False
    """Whether the person may connect what this hold did not switch off."""

    @property
    def needs(self) -> Needs:
        """The hold with its orders and meters."""
        return Needs(holds=(self.hold_id,), whole_holds=True, holds_of_meters=True)


@dataclass(frozen=True, slots=True)
class ReportPoisoned:
    """An operation failed in our own code again and again: a person must know."""

    at: datetime
    hold_id: str
    meter_id: str
    error: str

    @property
    def needs(self) -> Needs:
        """The hold."""
        return Needs(holds=(self.hold_id,))
