"""Notice: how long before the suspension the customer must have been told."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from meterhold.domain.policy.calendars import Calendar
from meterhold.domain.policy.case import Case, Premises
from meterhold.domain.policy.conditions.look import Look
from meterhold.domain.policy.local import shown
from meterhold.domain.words import Because


@dataclass(frozen=True, slots=True)
class Notice:
    """Bites until so many hours or whole business days have passed since notice was given; for ever where none was."""

    hours: int
    business_days: int
    calendar: Calendar
    code: Because = Because.POLICY_NOTICE

    def look(self, case: Case, leg: Premises, at: datetime) -> Look:
        """Count from the notice that the order names."""
        lengths = ((self.hours, "hours"), (self.business_days, "business days"))
        needed = " and ".join(f"{count} {unit}" for count, unit in lengths if count)
        given, over = case.notice_given_at, self._over(case, leg)
        if given is None or over is None:
            return Look(
                bites=True, sentence=f"no notice was given; {needed} are needed", facts={"notice_needed": needed}
            )
        facts = {
            "notice_needed": needed,
            "notice_given_at": given.isoformat(),
            "notice_over_at": over.isoformat(),
        }
        return Look(bites=at < over, sentence=f"{needed} of notice end {shown(over, leg.zone)}", facts=facts)

    def free_after(self, case: Case, leg: Premises, at: datetime) -> datetime | None:
        """When the notice is over."""
        over = self._over(case, leg)
        return over if over is not None and over > at else None

    def _over(self, case: Case, leg: Premises) -> datetime | None:
        given = case.notice_given_at
        if given is None:
            return None
        by_hours = given + timedelta(hours=self.hours)
        if not self.business_days:
            return by_hours
        return max(by_hours, self.calendar.after_business_days(given, self.business_days, leg.zone))
