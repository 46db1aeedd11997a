"""Which legs are watched, and when a meter is left alone because somebody works at it."""

from collections.abc import Iterable, Sequence

from meterhold.domain.hold import Hold, Leg
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.meter import Meter
from meterhold.domain.words import Mode, Outcome

Watched = tuple[Hold, Leg]
"""A leg with its hold."""

_LASTING = frozenset({HoldStatus.SUSPENDING, HoldStatus.SUSPENDED, HoldStatus.MONITORING})


def holds_to_watch(meter: Meter) -> tuple[str, ...]:
    """Names of the holds on whose behalf a meter may have to be looked at."""
    left_off = () if meter.left_off_by is None else (meter.left_off_by,)
    owed = (one.hold_id for one in meter.watch.owed)
    return tuple(dict.fromkeys((*meter.open_holds, *left_off, *owed)))


def watched_legs(meter: Meter, holds: Iterable[Hold]) -> Sequence[Watched]:
    """The legs that a meter is watched for, the one that answers for it first: what is off before what is only watched.

    A hold that lies over another one was opened later, and comes before it.
    """
    found = [(hold, hold.leg(meter.meter_id)) for hold in holds if _has(hold, meter.meter_id)]
    lasting = [(hold, leg) for hold, leg in found if _lasts(meter, hold, leg)]
    by_age = sorted(lasting, key=lambda one: one[0].opened_at, reverse=True)
    return sorted(by_age, key=lambda one: (one[1].mode is Mode.MONITOR_ONLY, one[0].final))


def worked_at(meter: Meter, holds: Iterable[Hold]) -> bool:
    """Whether an operation is under way at a meter, of whichever hold: it looks for itself, and its look is judged."""
    legs = (hold.leg(meter.meter_id) for hold in holds if _has(hold, meter.meter_id))
    return any(leg.open_operation is not None for leg in legs)


def _has(hold: Hold, meter_id: str) -> bool:
    return any(leg.meter_id == meter_id for leg in hold.legs)


def _lasts(meter: Meter, hold: Hold, leg: Leg) -> bool:
    if hold.status is HoldStatus.CLOSED:
        return meter.left_off_by == hold.hold_id
    if hold.status not in _LASTING:
        return False
    if leg.mode is Mode.MONITOR_ONLY:
        return True
    # Of a meter that was never reached nothing is expected.
    return leg.settled and (leg.written or leg.found_off or was_off(leg) or leg.outcome is Outcome.REVERTED)


def was_off(leg: Leg) -> bool:
    """Whether a leg is off, or was when its switching ended and has not been seen to come back since."""
    return leg.off or leg.outcome in {Outcome.VERIFIED, Outcome.ARMED}


def is_held(meter: Meter) -> bool:
    """Whether a meter may have to be watched: only its holds can tell whether it is to be looked at now."""
    return bool(meter.open_holds or meter.left_off_by is not None or meter.watch.owed) and not meter.retired
