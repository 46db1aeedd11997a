"""Permitted hours: weekdays and clock times at which supply may be cut."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from meterhold.domain.policy.case import Case, Premises
from meterhold.domain.policy.conditions.look import Look
from meterhold.domain.policy.local import doubled_until, first_moment, local, shown
from meterhold.domain.words import Because

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LOOKED_AT = 15
"""Days: a week, and another where this week's only window falls into an hour that the clocks leave out."""


@dataclass(frozen=True, slots=True)
class Window:
    """Some weekdays, from one clock time to another of the same day."""

    days: frozenset[int]
    """Monday is 0."""
    start: time
    end: time | None
    """``None``: until the day is over."""

    def holds(self, weekday: int, wall: time) -> bool:
        """Whether this clock time lies in it."""
        return weekday in self.days and self.start <= wall and (self.end is None or wall < self.end)

    def __str__(self) -> str:
        days = ",".join(name for number, name in enumerate(_DAYS) if number in self.days)
        return f"{days} {self.start:%H:%M}-{'24:00' if self.end is None else f'{self.end:%H:%M}'}"


@dataclass(frozen=True, slots=True)
class Hours:
    """Bites outside the permitted windows. The second pass of a doubled hour lies outside every window."""

    windows: tuple[Window, ...]
    code: Because = Because.POLICY_HOURS

    def look(self, _case: Case, leg: Premises, at: datetime) -> Look:
        """Compare the clock of the place with the windows."""
        permitted = "; ".join(str(window) for window in self.windows)
        facts = {"local_time": shown(at, leg.zone), "time_zone": leg.time_zone, "permitted": permitted}
        if self._permits(leg, at):
            return Look(bites=False, sentence=f"{facts['local_time']} is a permitted hour", facts=facts)
        return Look(
            bites=True, sentence=f"{facts['local_time']} is outside the permitted hours {permitted}", facts=facts
        )

    def free_after(self, _case: Case, leg: Premises, at: datetime) -> datetime | None:
        """The next moment at which a window begins, or goes on after a doubled hour."""
        today = local(at, leg.zone).date()
        for number in range(_LOOKED_AT):
            day = today + timedelta(days=number)
            chances = [first_moment(day, window.start, leg.zone) for window in self.windows]
            if (again := doubled_until(day, leg.zone)) is not None:
                chances.append(again)
            free = [moment for moment in chances if moment > at and self._permits(leg, moment)]
            if free:
                return min(free)
        return None

    def _permits(self, leg: Premises, at: datetime) -> bool:
        here = local(at, leg.zone)
        wall = here.time().replace(fold=0)
        return here.fold == 0 and any(window.holds(here.weekday(), wall) for window in self.windows)
