"""How much may be switched in a while, and what was: counts in sliding windows that survive a restart."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from meterhold.domain.replacing import replace

BUCKET_S = 60
"""Counts are kept by the minute; a minute that a window cuts is counted whole."""

FLEET = "fleet"


def area_scope(area: str) -> str:
    """The scope of a feeder or zone."""
    return f"area:{area}"


def sender_scope(sender: str) -> str:
    """The scope of a sender of orders."""
    return f"from:{sender}"


@dataclass(frozen=True, slots=True)
class Bucket:
    """What was counted in one minute."""

    at: datetime
    legs: int
    load_w: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """What one scope asked for and what was sent for it, oldest first."""

    scope: str
    asked_off: tuple[Bucket, ...] = ()
    sent_off: tuple[Bucket, ...] = ()
    asked_on: tuple[Bucket, ...] = ()
    sent_on: tuple[Bucket, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """How many legs may be switched within a window, and how much load may be cut within it."""

    window_s: float = 3600.0
    off_by_sender: int = 500
    off_by_area: int = 500
    off_by_fleet: int = 2000
    on_by_sender: int = 1000
    on_by_area: int = 1000
    on_by_fleet: int = 5000
    load_off_kw: float = 10_000.0
    """Rated load that may be cut in the whole fleet within the window."""


DEFAULT_LIMITS = Limits()
"""What holds where the site says nothing: there is no site without thresholds."""


def counted(buckets: tuple[Bucket, ...], at: datetime, legs: int, load_w: int, *, keep_s: float) -> tuple[Bucket, ...]:
    """Add to the minute of ``at``, and let go of what is older than ``keep_s``."""
    minute = at.replace(second=0, microsecond=0)
    oldest = at - timedelta(seconds=keep_s + BUCKET_S)
    kept = tuple(bucket for bucket in buckets if bucket.at >= oldest)
    for n, bucket in enumerate(kept):
        if bucket.at == minute:
            more = replace(bucket, legs=bucket.legs + legs, load_w=bucket.load_w + load_w)
            return (*kept[:n], more, *kept[n + 1 :])
    return (*kept, Bucket(minute, legs, load_w))


def within(buckets: tuple[Bucket, ...], at: datetime, window_s: float) -> tuple[int, int]:
    """Legs and watts that fall into the window that ends at ``at``."""
    since = at - timedelta(seconds=window_s + BUCKET_S)
    inside = [bucket for bucket in buckets if bucket.at > since]
    return sum(bucket.legs for bucket in inside), sum(bucket.load_w for bucket in inside)
