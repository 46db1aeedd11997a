"""How fast a feeder may be loaded again and how many valves of a zone may close at once: rules, and what they count.

All that is counted is derived from events and let go of by time, so that no count can be lost, and none can leak.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from meterhold.domain.replacing import replace

MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)
_PLANNED_SHARE = 0.75
"""How much of what a minute bears is planned for it: what is left keeps chance from being put off."""


@dataclass(frozen=True, slots=True)
class MassRestore:
    """When many homes of one feeder or zone come back at once, they come back one after the other."""

    above: int = 10
    """So many within about a minute come back at once; those beyond are given moments of their own."""
    per_minute: int = 30
    """More reconnects than this leave for one area in no minute."""

    @property
    def planned_a_minute(self) -> int:
        """How many are planned for one minute."""
        return max(1, int(self.per_minute * _PLANNED_SHARE))


DEFAULT_MASS_RESTORE = MassRestore()
"""What holds where the site says nothing."""


@dataclass(frozen=True, slots=True)
class Planned:
    """Movements of one priority that are due within one minute."""

    minute: datetime
    priority: int
    legs: int


@dataclass(frozen=True, slots=True)
class Sent:
    """Reconnects that were sent within one second."""

    second: datetime
    legs: int


@dataclass(frozen=True, slots=True)
class Moving:
    """A valve that closes, and by when it must have come to rest."""

    operation_id: str
    until: datetime


def planned(known: tuple[Planned, ...], now: datetime, due_at: datetime, priority: int) -> tuple[Planned, ...]:
    """Add one to the minute in which it is due; let go of what is over."""
    minute, oldest = _floor(due_at, MINUTE), _floor(now, MINUTE) - MINUTE
    kept = {(one.minute, one.priority): one for one in known if one.minute >= oldest}
    old = kept.get((minute, priority), Planned(minute, priority, 0))
    kept[minute, priority] = replace(old, legs=old.legs + 1)
    return tuple(kept[key] for key in sorted(kept))


def ahead(known: Iterable[Planned], now: datetime, priority: int) -> int:
    """How many of this priority or a higher one are due in this minute, were in the last one, or will be."""
    oldest = _floor(now, MINUTE) - MINUTE
    return sum(one.legs for one in known if one.minute >= oldest and one.priority >= priority)


def next_moment(known: Iterable[Planned], now: datetime, a_minute: int, priority: int, spread: float) -> datetime:
    """When one more may come: the first minute that those before it leave room in, and at random within it.

    Those of a lower priority do not stand before it; what then is too much for a minute is put off when it is sent.
    """
    before: dict[datetime, int] = {}
    for one in known:
        if one.priority >= priority:
            before[one.minute] = before.get(one.minute, 0) + one.legs
    minute = _floor(now, MINUTE)
    while before.get(minute, 0) >= a_minute:
        minute += MINUTE
    begins = max(minute, now)
    return begins + spread * (minute + MINUTE - begins)


def sent(known: tuple[Sent, ...], now: datetime) -> tuple[Sent, ...]:
    """Add one reconnect that is sent now; let go of those of more than a minute ago."""
    second = _floor(now, _SECOND)
    kept = tuple(one for one in known if second - MINUTE <= one.second)
    if kept and kept[-1].second >= second:
        return (*kept[:-1], replace(kept[-1], legs=kept[-1].legs + 1))
    return (*kept, Sent(second, 1))


def free_at(known: Iterable[Sent], now: datetime, per_minute: int) -> datetime:
    """From when on one more reconnect may be sent, so that no minute bears more than it may."""
    recent = [one for one in known if one.second > now - MINUTE - _SECOND]
    over = sum(one.legs for one in recent) - per_minute + 1
    for one in recent:
        if over <= 0:
            break
        over -= one.legs
        now = max(now, one.second + MINUTE + _SECOND)
    return now


def in_travel(known: Iterable[Moving], now: datetime, but: str = "") -> tuple[Moving, ...]:
    """The valves that may be closing now, but for one."""
    return tuple(one for one in known if one.until > now and one.operation_id != but)


def spread_of(name: str) -> float:
    """A number from 0 to below 1 that nobody can foresee, the same for the same name: holds are named at random."""
    return int.from_bytes(sha256(name.encode()).digest()[:6], "big") / 2**48


def _floor(at: datetime, size: timedelta) -> datetime:
    size_s = int(size.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // size_s * size_s, UTC)
