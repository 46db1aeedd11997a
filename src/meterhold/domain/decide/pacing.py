"""Mass restores come back one after the other, and valves of a zone do not all close at once.

A lone restore is never delayed. A paced one has a moment of its own, which its leg shows; it never expires.
"""

from datetime import datetime, timedelta

from meterhold.domain.decide.alarming import raise_alarm
from meterhold.domain.draft import Draft
from meterhold.domain.events import LegWaits
from meterhold.domain.evolve import emit
from meterhold.domain.hold import Hold
from meterhold.domain.limits import Tally, area_scope
from meterhold.domain.meter import Meter
from meterhold.domain.operation import Operation, OperationKind
from meterhold.domain.ramp import MINUTE, Planned, ahead, free_at, in_travel, next_moment, spread_of
from meterhold.domain.words import Because, Flag, Service

_FIRST = frozenset({Flag.LIFE_SUPPORT, Flag.MEDICAL})
_MOST_URGENT = 9
_ANOTHER_MATTER = timedelta(hours=1)
"""When no restore was paced for so long, the next mass restore is told of anew."""
_LOOK_AGAIN_S = 1.0
_SCATTER_S = 5.0
"""Over how long those are scattered that wait for the same valve or the same minute."""


def urgency(hold: Hold, meter: Meter) -> int:
    """Where a restore stands among others of its area: people whose life hangs on supply come first."""
    return _MOST_URGENT if meter.installation.flags & _FIRST else hold.priority


def when(draft: Draft, hold: Hold, meter: Meter, at: datetime, name: str) -> datetime:
    """When a meter may come back: at once, unless many of its area do. ``name`` decides the chance."""
    tally, now = _tally(draft, meter), draft.site.on_a_steady_clock(at)
    rule, priority = draft.terms.mass_restore, urgency(hold, meter)
    if tally is None or ahead(tally.planned_on, now, priority) < rule.above:
        return at
    return at + (next_moment(tally.planned_on, now, rule.planned_a_minute, priority, spread_of(name)) - now)


def note_paced(draft: Draft, hold_id: str, meter: Meter, at: datetime, until: datetime) -> None:
    """Say of a leg until when it waits for its turn, and of its area, once, that restores are paced."""
    tally, now = _tally(draft, meter), draft.site.on_a_steady_clock(at)
    told_at = None if tally is None else tally.paced_at
    if told_at is None or now - told_at > _ANOTHER_MATTER:
        rule, area = draft.terms.mass_restore, meter.installation.area or ""
        raise_alarm(
            draft,
            at,
            Because.PACED,
            f"more homes of {area} come back at once than its feeder or zone may bear: they do so one after the other",
            subject=area,
            evidence={"above": str(rule.above), "per_minute": str(rule.per_minute)},
        )
    emit(draft, LegWaits(at, hold_id, meter.meter_id, Because.PACED, until=until))


def too_many_at_once(draft: Draft, operation: Operation, meter: Meter, at: datetime) -> datetime | None:
    """Until when a reconnect must wait so that no minute of its area bears too many; ``None``: it may be sent."""
    tally, now = _tally(draft, meter), draft.site.on_a_steady_clock(at)
    if tally is None:
        return None
    rule = draft.terms.mass_restore
    free = free_at(tally.sent_on, now, rule.per_minute)
    if free <= now:
        return None
    return at + _in_turn(operation, at, free - now, tally.planned_on, now, rule.planned_a_minute)


def valves_moving(draft: Draft, operation: Operation, meter: Meter, at: datetime, travel_s: float) -> datetime | None:
    """Until when a valve must wait for others of its zone to come to rest; ``None``: it may close.

    A leak is shut whatever else moves: water that runs is worse than a knock in the pipe.
    """
    tally, now = _tally(draft, meter), draft.site.on_a_steady_clock(at)
    if tally is None or meter.installation.service is not Service.WATER or operation.kind is OperationKind.LEAK_CLOSE:
        return None
    moving = in_travel(tally.moving, now, operation.operation_id)
    at_once = draft.terms.valves_at_once
    if len(moving) < at_once:
        return None
    rests = max(timedelta(seconds=_LOOK_AGAIN_S), min(one.until for one in moving) - now)
    a_minute = max(1, int(at_once * MINUTE.total_seconds() / max(travel_s, 1.0)))
    return at + _in_turn(operation, at, rests, tally.planned_off, now, a_minute)


def _in_turn(
    operation: Operation, at: datetime, least: timedelta, queue: tuple[Planned, ...], now: datetime, a_minute: int
) -> timedelta:
    """How long to wait behind those that wait already, so that nobody asks, and writes that it may not, in vain.

    Who has waited for longer than the queue still is stands at its head, and only waits for the next place.
    """
    spread = spread_of(f"{operation.operation_id}:{operation.revision}")
    wait = next_moment(queue, now + least, a_minute, operation.priority, spread) - now
    if at - operation.created_at >= wait:
        return least + timedelta(seconds=_SCATTER_S * spread)
    return wait


def _tally(draft: Draft, meter: Meter) -> Tally | None:
    """What is counted for its feeder or zone; nothing where the registry names none."""
    area = meter.installation.area
    return None if area is None else draft.tally(area_scope(area))
