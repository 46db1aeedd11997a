"""What a hold's own dates must keep to: its length, the hour of the day by which it was asked for, and the past."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from meterhold.domain.policy.calendars import Calendar
from meterhold.domain.policy.case import Case, Premises
from meterhold.domain.policy.conditions.look import Look
from meterhold.domain.policy.local import Span, first_moment, later, local, shown
from meterhold.domain.words import Because


@dataclass(frozen=True, slots=True)
class Length:
    """Bites where a hold is shorter or longer than permitted. One without an end is longer than any longest."""

    shortest: Span | None
    longest: Span | None
    code: Because = Because.POLICY_LENGTH

    def look(self, case: Case, leg: Premises, _at: datetime) -> Look:
        """Compare the planned dates."""
        facts = {
            "starts_at": case.starts_at.isoformat(),
            "ends_at": "none" if case.ends_at is None else case.ends_at.isoformat(),
        }
        if self.longest is not None and case.ends_at is None:
            return Look(bites=True, sentence=f"it has no end, and may last {self.longest} at most", facts=facts)
        if case.ends_at is None:
            return Look(bites=False, sentence="it has no end", facts=facts)
        if self.longest is not None and case.ends_at > later(case.starts_at, self.longest, leg.zone):
            return Look(bites=True, sentence=f"it is to last longer than {self.longest}", facts=facts)
        if self.shortest is not None and case.ends_at < later(case.starts_at, self.shortest, leg.zone):
            return Look(bites=True, sentence=f"it is to last less than {self.shortest}", facts=facts)
        return Look(bites=False, sentence="its length is permitted", facts=facts)

    def free_after(self, _case: Case, _leg: Premises, _at: datetime) -> datetime | None:
        """Waiting changes no length."""
        return None


@dataclass(frozen=True, slots=True)
class SameDay:
    """Bites on the day on which an order came in too late for it, until the next business day."""

    before: time
    then: time
    """When work begins on the next business day."""
    calendar: Calendar
    code: Because = Because.POLICY_HOURS

    def look(self, case: Case, leg: Premises, at: datetime) -> Look:
        """Compare the hour at which the order came in."""
        facts = {"received_at": shown(case.received_at, leg.zone), "before": f"{self.before:%H:%M}"}
        if local(case.received_at, leg.zone).time().replace(fold=0) < self.before:
            return Look(bites=False, sentence=f"it came in before {facts['before']}", facts=facts)
        over = self._over(case, leg)
        if at >= over:
            return Look(
                bites=False, sentence="the business day after the one on which it came in has begun", facts=facts
            )
        sentence = f"it came in at {facts['received_at']}, after {facts['before']}: the next business day begins then"
        return Look(bites=True, sentence=sentence, facts=facts)

    def free_after(self, case: Case, leg: Premises, at: datetime) -> datetime | None:
        """When work begins on the next business day."""
        over = self._over(case, leg)
        return over if over > at else None

    def _over(self, case: Case, leg: Premises) -> datetime:
        day = self.calendar.next_business_day(local(case.received_at, leg.zone).date())
        return first_moment(day, self.then, leg.zone)


@dataclass(frozen=True, slots=True)
class Backdated:
    """Bites where the suspension was to begin before the order came in."""

    tolerance: timedelta
    code: Because = Because.BACKDATED

    def look(self, case: Case, _leg: Premises, _at: datetime) -> Look:
        """Compare the planned start with the moment of receipt."""
        facts = {"starts_at": case.starts_at.isoformat(), "received_at": case.received_at.isoformat()}
        bites = case.starts_at < case.received_at - self.tolerance
        return Look(bites=bites, sentence=f"it was to begin at {case.starts_at.isoformat()}", facts=facts)

    def free_after(self, _case: Case, _leg: Premises, _at: datetime) -> datetime | None:
        """Waiting changes no date."""
        return None
