"""Clock times of a place. Where clocks jump, a missing hour does not come, and a doubled one counts once.

Everything that the rest of policy knows of time zones is here; moments go in and come out in UTC.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

MIDNIGHT = time(0)
_SECOND = timedelta(seconds=1)
_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Span:
    """A length on the calendar: months are as long as they happen to be."""

    months: int = 0
    days: int = 0

    def __str__(self) -> str:
        return f"{self.months} months" if self.months else f"{self.days} days"


def zone_of(name: str) -> tzinfo:
    """The zone of a name that the registry has checked."""
    return ZoneInfo(name)


def local(at: datetime, zone: tzinfo) -> datetime:
    """What clocks there show; ``fold`` is 1 in the second pass of a doubled hour."""
    return at.astimezone(zone)


def first_moment(day: date, wall: time, zone: tzinfo) -> datetime:
    """The first moment at which clocks there show this time of this day; of a missing one, the end of the gap."""
    asked = datetime.combine(day, wall, zone)
    moment = asked.astimezone(UTC)
    if local(moment, zone).replace(tzinfo=None) == asked.replace(tzinfo=None):
        return moment
    return _change_between(asked.replace(fold=1).astimezone(UTC), moment, zone)


def start_of_day(day: date, zone: tzinfo) -> datetime:
    """When a day begins there."""
    return first_moment(day, MIDNIGHT, zone)


def doubled_until(day: date, zone: tzinfo) -> datetime | None:
    """When the second pass of an hour that this day has twice is over; ``None`` on every other day."""
    start, end = start_of_day(day, zone), start_of_day(day + timedelta(days=1), zone)
    shift = _offset(start, zone) - _offset(end, zone)
    return _change_between(start, end, zone) + shift if shift > timedelta() else None


def later(at: datetime, span: Span, zone: tzinfo) -> datetime:
    """A moment so much later on the calendar there; the 31st of a shorter month is its last day."""
    here = local(at, zone)
    months = here.year * _MONTHS + here.month - 1 + span.months
    year, month = divmod(months, _MONTHS)
    day = date(year, month + 1, min(here.day, _days_in(year, month + 1))) + timedelta(days=span.days)
    return first_moment(day, here.time().replace(fold=0), zone)


def shown(at: datetime, zone: tzinfo) -> str:
    """A moment as people there write it."""
    return f"{local(at, zone):%a %Y-%m-%d %H:%M}"


def _days_in(year: int, month: int) -> int:
    following = date(year + month // _MONTHS, month % _MONTHS + 1, 1)
    return (following - timedelta(days=1)).day


def _offset(at: datetime, zone: tzinfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def _change_between(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """The second at which the clocks there were changed."""
    old = _offset(before, zone)
    while after - before > _SECOND:
        middle = before + timedelta(seconds=(after - before) // _SECOND // 2)
        if _offset(middle, zone) == old:
            before = middle
        else:
            after = middle
    return after
