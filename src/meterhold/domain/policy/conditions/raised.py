"""A moratorium that an operator raised: a storm, a failure, a public event."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.policy.case import Case, Premises
from meterhold.domain.policy.conditions.look import Look
from meterhold.domain.policy.weather import Moratorium
from meterhold.domain.words import Because


@dataclass(frozen=True, slots=True)
class Raised:
    """Bites in the areas of the moratorium while it lasts."""

    moratorium: Moratorium
    code: Because = Because.MORATORIUM

    def look(self, _case: Case, leg: Premises, at: datetime) -> Look:
        """Compare area and time."""
        raised = self.moratorium
        areas = ", ".join(raised.areas) or "the whole site"
        facts = {"areas": areas, "until": raised.until_at.isoformat(), "reason": raised.reason, "by": raised.by}
        if raised.areas and leg.area not in raised.areas:
            return Look(bites=False, sentence=f"it is for {areas}", facts=facts)
        if not raised.from_at <= at < raised.until_at:
            return Look(
                bites=False, sentence=f"it lasts from {raised.from_at.isoformat()} to {facts['until']}", facts=facts
            )
        sentence = f"no disconnections in {areas} until {facts['until']}: {raised.reason} ({raised.by})"
        return Look(bites=True, sentence=sentence, facts=facts)

    def free_after(self, _case: Case, _leg: Premises, at: datetime) -> datetime | None:
        """When it ends."""
        return self.moratorium.until_at if self.moratorium.until_at > at else None
