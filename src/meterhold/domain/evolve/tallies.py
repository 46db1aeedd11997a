"""How much was asked for and sent: derived from events that exist anyway, so that no count can be lost or forgotten."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from meterhold.domain import events as e
from meterhold.domain.counting import legs_by_scope, load_w, sender_of
from meterhold.domain.draft import Draft
from meterhold.domain.evolve.applying import Apply
from meterhold.domain.hold import Hold, Leg
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.limits import Tally, counted, uncounted
from meterhold.domain.meter import Meter
from meterhold.domain.operation_table import Trigger
from meterhold.domain.policy import Effect
from meterhold.domain.replacing import replace
from meterhold.domain.words import Because, Mode

UNCOUNTED = frozenset({Because.BULK_LIMIT, Because.LOAD_CAP, Because.BULK})
"""What waits for a second person for one of these is no suspension that was let through."""

_NEVER_SENT = frozenset({Trigger.WRITE_NEVER_SENT, Trigger.REWRITE_NEVER_SENT})


def switched(draft: Draft, hold: Hold) -> list[Meter]:
    """The meters that a suspension switches."""
    return [draft.meter(leg.meter_id) for leg in hold.legs if leg.mode is not Mode.MONITOR_ONLY]


def _count(
    draft: Draft,
    sender: str | None,
    meters: list[Meter],
    at: datetime,
    add: Callable[[Tally, datetime, int, int], Tally],
) -> None:
    moment = draft.site.on_a_steady_clock(at)
    load = load_w(meters)
    for scope, legs in legs_by_scope(sender, meters).items():
        draft.tallies[scope] = add(draft.tally(scope), moment, legs, load)


def _asked_off(tally: Tally, at: datetime, legs: int, load: int) -> Tally:
    return replace(tally, asked_off=counted(tally.asked_off, at, legs, load))


def _sent_off(tally: Tally, at: datetime, legs: int, load: int) -> Tally:
    return replace(tally, sent_off=counted(tally.sent_off, at, legs, load))


def _not_sent_off(tally: Tally, at: datetime, legs: int, load: int) -> Tally:
    return replace(tally, sent_off=uncounted(tally.sent_off, at, legs, load))


def _asked_on(tally: Tally, at: datetime, legs: int, load: int) -> Tally:
    return replace(tally, asked_on=counted(tally.asked_on, at, legs, load))


def _hold_opened(draft: Draft, event: e.HoldOpened) -> None:
    hold = event.hold
    if hold.status is HoldStatus.RESTORING:
        sender = hold.restore_keys[0].sender if hold.restore_keys else None
        _count(draft, sender, switched(draft, hold), event.at, _asked_on)
        return
    waits = any(v.effect is Effect.NEEDS_APPROVAL and v.code in UNCOUNTED for v in hold.verdicts)
    if not waits:
        _count(draft, sender_of(hold), switched(draft, hold), event.at, _asked_off)


def _restore_asked(draft: Draft, event: e.RestoreAsked) -> None:
    hold = draft.hold(event.hold_id)
    if hold.status is HoldStatus.RESTORING:
        return  # it was counted when the restore began
    sender = None if event.key is None else event.key.sender
    _count(draft, sender, brought_back(draft, hold.legs), event.at, _asked_on)


def brought_back(draft: Draft, legs: Iterable[Leg]) -> list[Meter]:
    """The meters that a restore brings back."""
    return [draft.meter(leg.meter_id) for leg in legs if leg.written and not leg.found_off]


def _operation_moved(draft: Draft, event: e.OperationMoved) -> None:
    if event.move.trigger is not Trigger.INTEND:
        return
    hold = draft.hold(event.hold_id)
    operation = hold.leg(event.meter_id).find(event.operation_id)
    if operation is not None and not operation.connects:
        _count(draft, sender_of(hold), [draft.meter(event.meter_id)], event.at, _sent_off)


def take_back(draft: Draft, event: e.Event) -> None:
    """Take an intent out of the count again that certainly never left; before the event itself forgets the intent."""
    if not isinstance(event, e.OperationMoved) or event.move.trigger not in _NEVER_SENT:
        return
    hold = draft.hold(event.hold_id)
    operation = hold.leg(event.meter_id).find(event.operation_id)
    if operation is None or operation.intent is None or operation.connects:
        return
    _count(draft, sender_of(hold), [draft.meter(event.meter_id)], operation.intent.at, _not_sent_off)


COUNTS: Mapping[type, Apply] = {
    e.HoldOpened: _hold_opened,
    e.RestoreAsked: _restore_asked,
    e.OperationMoved: _operation_moved,
}
"""Beside what an event does to its own rows, and after it."""
