"""Calendars of public holidays, as plain days: who computes them is no business of a rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from meterhold.domain.policy.local import local, start_of_day

_DAY = timedelta(days=1)
_FIRST_OF_WEEKEND = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """The public holidays of a place, by day."""

    name: str
    days: Mapping[date, str]

    def is_business_day(self, day: date) -> bool:
        """Neither weekend nor holiday."""
        return day.weekday() < _FIRST_OF_WEEKEND and day not in self.days

    def after_business_days(self, at: datetime, count: int, zone: tzinfo) -> datetime:
        """When so many whole business days, not counting the day of ``at`` itself, have passed."""
        day = local(at, zone).date()
        for _ in range(count):
            day = self.next_business_day(day)
        return start_of_day(day + _DAY, zone)

    def next_business_day(self, day: date) -> date:
        """The first business day after this day."""
        day += _DAY
        while not self.is_business_day(day):
            day += _DAY
        return day


WEEKENDS_ONLY = Calendar("weekends", {})
"""Where a rule names no calendar."""
