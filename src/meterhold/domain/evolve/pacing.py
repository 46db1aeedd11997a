"""What of a feeder is planned and sent, and which valves of a zone are closing: derived from the steps themselves."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from meterhold.domain import events as e
from meterhold.domain.draft import Draft
from meterhold.domain.evolve.applying import Apply
from meterhold.domain.limits import Tally, area_scope
from meterhold.domain.operation import Operation
from meterhold.domain.operation_table import OperationState, Trigger
from meterhold.domain.ramp import Moving, in_travel, planned, sent
from meterhold.domain.replacing import replace
from meterhold.domain.words import Because, Service

_ON_ITS_WAY = timedelta(seconds=2)
"""How long a write may take to leave after its intent."""


def _change(draft: Draft, meter_id: str, change: Callable[[Tally], Tally]) -> None:
    """Change what is counted for a meter's area, where the registry names one."""
    area = draft.meter(meter_id).installation.area
    if area is not None:
        tally = draft.tally(area_scope(area))
        changed = change(tally)
        if changed is not tally:
            draft.tallies[tally.scope] = changed


def _queued(draft: Draft, event: e.OperationQueued) -> None:
    operation = event.operation
    if not operation.connects or operation.watches:
        return
    now, due_at = map(draft.site.on_a_steady_clock, (event.at, operation.due_at))
    _change(
        draft,
        operation.meter_id,
        lambda tally: replace(tally, planned_on=planned(tally.planned_on, now, due_at, operation.priority)),
    )


def _paced(draft: Draft, event: e.LegWaits) -> None:
    if event.because is Because.PACED:
        now = draft.site.on_a_steady_clock(event.at)
        _change(draft, event.meter_id, lambda tally: replace(tally, paced_at=now))


def _moved(draft: Draft, event: e.OperationMoved) -> None:
    place = draft.meter(event.meter_id).installation
    if place.area is None:
        return
    operation = draft.hold(event.hold_id).leg(event.meter_id).find(event.operation_id)
    if operation is None or operation.watches:
        return
    now = draft.site.on_a_steady_clock(event.at)
    if event.move.trigger is Trigger.PUT_OFF:
        _put_off(draft, event, operation, now)
    elif operation.connects:
        if event.move.trigger is Trigger.INTEND:
            _change(draft, event.meter_id, lambda tally: replace(tally, sent_on=sent(tally.sent_on, now)))
    elif place.service is Service.WATER:
        _change(draft, event.meter_id, lambda tally: _with_valve(tally, operation, event.move.trigger, now))


def _put_off(draft: Draft, event: e.OperationMoved, operation: Operation, now: datetime) -> None:
    """Who waits for others of the area stands in their queue."""
    due_at, priority = draft.site.on_a_steady_clock(operation.due_at), operation.priority
    match event.move.because:
        case Because.PACED:
            _change(
                draft,
                event.meter_id,
                lambda tally: replace(tally, planned_on=planned(tally.planned_on, now, due_at, priority)),
            )
        case Because.VALVES_MOVING:
            _change(
                draft,
                event.meter_id,
                lambda tally: replace(tally, planned_off=planned(tally.planned_off, now, due_at, priority)),
            )
        case _:
            pass


def _with_valve(tally: Tally, operation: Operation, trigger: Trigger, now: datetime) -> Tally:
    """Keep a valve while it may be closing. One whose carrier holds the command moves when it wakes, each alone."""
    known = next((one for one in tally.moving if one.operation_id == operation.operation_id), None)
    travel = timedelta(seconds=0 if operation.intent is None else operation.intent.travel_s)
    until = None if known is None else known.until
    match trigger:
        case Trigger.INTEND:
            until = now + _ON_ITS_WAY + travel
        case Trigger.ACKNOWLEDGED:
            until = now + travel
        case _:
            pass
    if until is None or not operation.unresolved or operation.state is OperationState.AT_CARRIER:
        if known is None:
            return tally
        return replace(tally, moving=tuple(one for one in tally.moving if one is not known))
    if known is not None and until == known.until:
        return tally
    others = in_travel(tally.moving, now, operation.operation_id)
    return replace(tally, moving=(*others, Moving(operation.operation_id, until)))


PACING: Mapping[type, Apply] = {
    e.OperationQueued: _queued,
    e.OperationMoved: _moved,
    e.LegWaits: _paced,
}
"""Beside what an event does to its own rows, and after it."""
