"""Supply that is off for long: a person must inspect the premises before it comes back."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.policy.case import Case, Premises
from meterhold.domain.policy.conditions.look import Look
from meterhold.domain.policy.local import Span, later
from meterhold.domain.words import Because


@dataclass(frozen=True, slots=True)
class Absence:
    """Bites where a hold may last longer than this; its restore then waits for the inspection, and for nothing else."""

    longest: Span
    code: Because = Because.INSPECTION_DUE

    def look(self, case: Case, leg: Premises, at: datetime) -> Look:
        """Compare the planned end."""
        due = self.due_at(leg, at)
        facts = {"without_inspection": str(self.longest), "inspection_from": due.isoformat()}
        if case.ends_at is not None and case.ends_at <= due:
            return Look(bites=False, sentence=f"it ends within {self.longest}", facts=facts)
        return Look(bites=True, sentence=f"after more than {self.longest} off, an inspection comes first", facts=facts)

    def due_at(self, leg: Premises, off_since: datetime) -> datetime:
        """From when on supply may come back only after an inspection."""
        return later(off_since, self.longest, leg.zone)

    def free_after(self, _case: Case, _leg: Premises, _at: datetime) -> datetime | None:
        """Waiting does not make it shorter."""
        return None
