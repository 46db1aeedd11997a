"""What rules look at beside the hold: forecasts, moratoria, and holds that wait for a permitted moment."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.commands.needs import Needs
from meterhold.domain.commands.terms import DEFAULT_TERMS, Terms
from meterhold.domain.policy.weather import Forecast, Moratorium


@dataclass(frozen=True, slots=True)
class ReceiveForecasts:
    """Take over the forecasts of some areas, each unless a newer one is there."""

    at: datetime
    forecasts: tuple[Forecast, ...]

    @property
    def needs(self) -> Needs:
        """The site."""
        return Needs()


@dataclass(frozen=True, slots=True)
class RaiseMoratorium:
    """Let no suspension begin in some areas for a while."""

    at: datetime
    moratorium: Moratorium

    @property
    def needs(self) -> Needs:
        """The site."""
        return Needs()


@dataclass(frozen=True, slots=True)
class LiftMoratorium:
    """End a moratorium before its time."""

    at: datetime
    moratorium_id: str
    by: str
    reason: str

    @property
    def needs(self) -> Needs:
        """The site."""
        return Needs()


@dataclass(frozen=True, slots=True)
class ReviewHold:
    """Look whether a deferred hold may begin sooner, or only later, than was thought."""

    at: datetime
    hold_id: str
    terms: Terms = DEFAULT_TERMS

    @property
    def needs(self) -> Needs:
        """The hold, and what else is open at its meters."""
        return Needs(holds=(self.hold_id,), whole_holds=True, holds_of_meters=True)
