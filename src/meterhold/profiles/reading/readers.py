"""How single points are found in replies, and when what they show counts as now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from meterhold.domain.words import Evidence, Quantity, SupplyState
from meterhold.profiles.reading.conditions import Holds
from meterhold.profiles.reading.seen import See, Seen
from meterhold.profiles.reading.values import Number


@dataclass(frozen=True, slots=True)
class Reported:
    """What a device says by itself counts as now for so long."""

    valid_within: timedelta | None


@dataclass(frozen=True, slots=True)
class PointReader:
    """How one point is found in the replies, and what it measures."""

    reply: int
    """Which reply of the look brings it."""
    see: See
    measures: tuple[Quantity, Number] | None
    report: Reported | None = None
    """If nobody asks for it."""


@dataclass(frozen=True, slots=True)
class StateReader:
    """A point that tells the state."""

    point: int
    cached: bool
    reported: Reported | None
    evidence: Evidence
    classify: Callable[[Any], SupplyState]
    label: str

    def tells(self, one: Seen, at: datetime, after: datetime | None) -> bool:
        """Whether a value shows a state now. From a cache it does before a write, or if it changed after the write."""
        if self.reported is not None:
            return one.reported_for(self.reported.valid_within, at, after)
        if one.fresh:
            return True
        return self.cached and (after is None or (one.produced_at is not None and one.produced_at > after))


@dataclass(frozen=True, slots=True)
class LoadReader:
    """A point that tells the load."""

    point: int
    above: float
    valid_within: timedelta | None
    reported: bool
    meaningful: tuple[int, Holds] | None
    label: str

    def tells(self, one: Seen, at: datetime, after: datetime | None) -> bool:
        """Whether a value shows a load, or none, now."""
        if self.reported:
            return one.reported_for(self.valid_within, at, after)
        return one.fresh or one.changed_for(self.valid_within, at, after)
