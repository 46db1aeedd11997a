"""Days on which supply may not be cut: public holidays and their eves, and a season of every year."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from meterhold.domain.policy.calendars import Calendar
from meterhold.domain.policy.case import Case, Premises
from meterhold.domain.policy.conditions.look import Look
from meterhold.domain.policy.local import local, start_of_day
from meterhold.domain.words import Because

_DAY = timedelta(days=1)
_LONGEST = 400
"""Days: more than a year, so that any season that ends is found to end."""


@dataclass(frozen=True, slots=True)
class Holidays:
    """Bites on the holidays of a calendar, and on the day before each where eves count."""

    calendar: Calendar
    eves: bool = False
    code: Because = Because.POLICY_CALENDAR

    def look(self, _case: Case, leg: Premises, at: datetime) -> Look:
        """Look the day of the place up."""
        day = local(at, leg.zone).date()
        name = self._name_of(day)
        facts = {"day": day.isoformat(), "calendar": self.calendar.name, "time_zone": leg.time_zone}
        if name is None:
            return Look(bites=False, sentence=f"{day} is no holiday of {self.calendar.name}", facts=facts)
        return Look(bites=True, sentence=f"{day} is {name}", facts=facts | {"holiday": name})

    def free_after(self, _case: Case, leg: Premises, at: datetime) -> datetime | None:
        """The beginning of the next other day."""
        return _next_day(leg, at, lambda day: self._name_of(day) is None)

    def _name_of(self, day: date) -> str | None:
        today = self.calendar.days.get(day)
        if today is None and self.eves and (tomorrow := self.calendar.days.get(day + _DAY)) is not None:
            return f"the eve of {tomorrow}"
        return today


@dataclass(frozen=True, slots=True)
class Season:
    """Bites from one day of the year to another, both included; over new year where the first lies behind the second.

    Months and days are compared as they stand: 02-29 as the last day means the 28th where there is no 29th.
    """

    first: tuple[int, int]
    last: tuple[int, int]
    code: Because = Because.POLICY_CALENDAR

    def look(self, _case: Case, leg: Premises, at: datetime) -> Look:
        """Compare the day of the place with the season."""
        day = local(at, leg.zone).date()
        facts = {"day": day.isoformat(), "from": _written(self.first), "to": _written(self.last)}
        where = f"{facts['from']} to {facts['to']} of every year"
        if self._holds(day):
            return Look(bites=True, sentence=f"{day} lies within {where}", facts=facts)
        return Look(bites=False, sentence=f"{day} lies outside {where}", facts=facts)

    def free_after(self, _case: Case, leg: Premises, at: datetime) -> datetime | None:
        """The day after the last."""
        return _next_day(leg, at, lambda day: not self._holds(day))

    def _holds(self, day: date) -> bool:
        here = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= here <= self.last
        return here >= self.first or here <= self.last


def _written(day: tuple[int, int]) -> str:
    return f"{day[0]:02}-{day[1]:02}"


def _next_day(leg: Premises, at: datetime, free: Callable[[date], bool]) -> datetime | None:
    day = local(at, leg.zone).date()
    for _ in range(_LONGEST):
        day += _DAY
        if free(day):
            return start_of_day(day, leg.zone)
    return None
