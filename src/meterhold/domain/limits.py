"""How much may be switched in a while, and what was: counts in sliding windows that survive a restart.

A count may be too high by what fell into the few minutes before the window, and never too low.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from meterhold.domain.ramp import Moving, Planned, Sent
from meterhold.domain.replacing import replace

FINE_S = 300
"""Counts of the last two hours are kept by five minutes; a stretch that a window cuts is counted whole."""
COARSE_S = 3600
"""Older ones by the hour, so that a day's row stays small however busy the day was."""
LONGEST_WINDOW_S = 24 * 3600
_FINE, _COARSE = timedelta(seconds=FINE_S), timedelta(seconds=COARSE_S)
_LONGEST = timedelta(seconds=LONGEST_WINDOW_S)
_INSTANT = timedelta(microseconds=1)

FLEET = "fleet"
UNRATED_LOAD_W = 5000
"""What an electricity meter counts for against the load cap where the registry does not say."""


def area_scope(area: str) -> str:
    """The scope of a feeder or zone."""
    return f"area:{area}"


def sender_scope(sender: str) -> str:
    """The scope of a sender of orders."""
    return f"from:{sender}"


@dataclass(frozen=True, slots=True)
class Bucket:
    """What was counted in one stretch of time that ended, or will end, at ``until``."""

    until: datetime
    legs: int
    load_w: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted for one scope, oldest first."""

    scope: str
    asked_off: tuple[Bucket, ...] = ()
    """Legs that suspensions asked to switch; those that wait for a second person because they are many do not count."""
    sent_off: tuple[Bucket, ...] = ()
    """Intents to disconnect, released ones too."""
    asked_on: tuple[Bucket, ...] = ()
    """Legs that restores asked to bring back."""
    planned_on: tuple[Planned, ...] = ()
    """Of an area: reconnects by the minute in which they are due."""
    sent_on: tuple[Sent, ...] = ()
    """Of an area: reconnects that were sent within the last minute."""
    moving: tuple[Moving, ...] = ()
    """Of an area: valves that are closing."""
    planned_off: tuple[Planned, ...] = ()
    """Of an area: valves that wait for others, by the minute in which they ask again."""
    paced_at: datetime | None = None
    """Of an area: when a restore was last given a moment of its own."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many legs may be switched within a window without a second person, and how much load may be cut."""

    window_s: float = 3600.0
    off_by_sender: int = 500
    off_by_area: int = 500
    off_by_fleet: int = 2000
    on_by_sender: int = 1000
    on_by_area: int = 1000
    on_by_fleet: int = 5000
    load_off_kw: float = 10_000.0
    """Rated load that may be cut in the whole fleet within the window."""

    def most_off(self, scope: str) -> int:
        """How many legs may be switched off for a scope."""
        return _of(scope, self.off_by_sender, self.off_by_area, self.off_by_fleet)

    def most_on(self, scope: str) -> int:
        """How many legs may be brought back for a scope before somebody is told."""
        return _of(scope, self.on_by_sender, self.on_by_area, self.on_by_fleet)


def _of(scope: str, sender: int, area: int, fleet: int) -> int:
    if scope == FLEET:
        return fleet
    return area if scope.startswith(area_scope("")) else sender


DEFAULT_LIMITS = Limits()
"""What holds where the site says nothing: there is no site without thresholds."""

BOUNDS: Mapping[str, tuple[float, float]] = {
    "window_s": (900, LONGEST_WINDOW_S),
    "off_by_sender": (0, 5000),
    "off_by_area": (0, 5000),
    "off_by_fleet": (0, 20_000),
    "on_by_sender": (0, 50_000),
    "on_by_area": (0, 50_000),
    "on_by_fleet": (0, 50_000),
    "load_off_kw": (0, 100_000),
}
"""Lowest and highest that anybody may set, be it in the configuration or by two persons. 0 lets nothing pass alone.
300 MW under one control is where a grid's rules begin to call it critical; this stays well below."""


def out_of_bounds(limits: Limits) -> Iterator[tuple[str, str]]:
    """Name the fields that are beyond what anybody may set, and the rule."""
    for name, (lowest, highest) in BOUNDS.items():
        if not lowest <= getattr(limits, name) <= highest:
            yield name, f"must lie between {lowest:g} and {highest:g}"


def counted(buckets: tuple[Bucket, ...], at: datetime, legs: int, load_w: int = 0) -> tuple[Bucket, ...]:
    """Add to the stretch of ``at``; let go of what no window reaches any more.

    What comes a moment late, behind something of the next stretch, is counted with that.
    """
    if not buckets or not at < buckets[-1].until <= at + 2 * _FINE:
        end = _end_of(at, FINE_S)
        buckets = _thinned(buckets, end)
        if not buckets or buckets[-1].until < end:
            return (*buckets, Bucket(end, legs, load_w))
    last = buckets[-1]
    return (*buckets[:-1], Bucket(last.until, last.legs + legs, last.load_w + load_w))


def uncounted(buckets: tuple[Bucket, ...], at: datetime, legs: int, load_w: int = 0) -> tuple[Bucket, ...]:
    """Take back what was counted at a moment."""
    for n, bucket in enumerate(buckets):
        if bucket.until > at:
            less = replace(bucket, legs=max(0, bucket.legs - legs), load_w=max(0, bucket.load_w - load_w))
            return (*buckets[:n], less, *buckets[n + 1 :])
    return buckets


def within(buckets: tuple[Bucket, ...], at: datetime, window_s: float) -> tuple[int, int]:
    """Legs and watts that fall into the window that ends at ``at``."""
    since = at - timedelta(seconds=window_s)
    legs = load_w = 0
    for bucket in buckets:
        if bucket.until > since:
            legs += bucket.legs
            load_w += bucket.load_w
    return legs, load_w


def _thinned(buckets: tuple[Bucket, ...], end: datetime) -> tuple[Bucket, ...]:
    """Put what is old together by the hour, and what lies in the future (the clock was put back) into the present."""
    fine_from, oldest = end - _FINE - _COARSE, end - _FINE - _LONGEST
    kept: dict[datetime, Bucket] = {}
    for bucket in buckets:
        hour = _end_of(bucket.until - _INSTANT, COARSE_S)
        until = min(hour if hour <= fine_from else bucket.until, end)
        if until > oldest:
            known = kept.get(until, Bucket(until, 0))
            kept[until] = Bucket(until, known.legs + bucket.legs, known.load_w + bucket.load_w)
    return tuple(kept[until] for until in sorted(kept))


def _end_of(at: datetime, width_s: int) -> datetime:
    """The end of the stretch that a moment lies in."""
    return datetime.fromtimestamp((int(at.timestamp()) // width_s + 1) * width_s, UTC)
