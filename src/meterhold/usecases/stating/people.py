"""Who wanted what of a hold, who agreed, who decided, and who said that they know of an alarm."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from meterhold.documents.statement import Alarmed, Approved, Asked, Decided, Stopped
from meterhold.domain.alarm import Alarm
from meterhold.domain.approval import Approval
from meterhold.domain.decide.attention import STOPS
from meterhold.domain.events import (
    AlarmAcknowledged,
    AlarmRaised,
    AttentionCleared,
    AttentionRaised,
    HoldOpened,
    LegWaits,
    OrderAccepted,
    OrderRefused,
    RestoreAsked,
)
from meterhold.domain.sentences import sentence
from meterhold.domain.words import Action, Because
from meterhold.usecases.stating.switchings import Happened


def asked(events: Happened) -> Iterator[Asked]:
    """Everything that was wanted of the hold, in order, and what was refused of it."""
    orders = {event.key: event.order for _, _, event in events if isinstance(event, OrderAccepted)}
    for _, at, event in events:
        match event:
            case HoldOpened(hold=hold) if hold.suspend_key is not None:
                key = hold.suspend_key
                yield Asked(at, Action.SUSPEND, key.sender, key.order_id, hold.requested_by, hold.comment, None)
            case OrderAccepted(key=key, order=order) if order.action not in {Action.SUSPEND, Action.RESTORE}:
                yield Asked(at, order.action, key.sender, key.order_id, order.requested_by, order.comment, None)
            case OrderRefused(key=key, order=order, code=code):
                yield Asked(at, order.action, key.sender, key.order_id, order.requested_by, order.comment, code)
            case RestoreAsked(key=None, by=by):
                yield Asked(at, Action.RESTORE, by, None, None, None, None)
            case RestoreAsked(key=key) if key is not None:
                said = orders.get(key)
                requested_by, comment = (None, None) if said is None else (said.requested_by, said.comment)
                yield Asked(at, Action.RESTORE, key.sender, key.order_id, requested_by, comment, None)
            case _:
                pass


def approved(approvals: Iterable[Approval]) -> Iterator[Approved]:
    """What a second person was asked, and said."""
    for one in approvals:
        yield Approved(
            approval_id=one.approval_id,
            kind=one.kind,
            asked_by=one.asked_by,
            asked_at=one.opened_at,
            status=one.status,
            decided_by=one.decided_by,
            decided_at=one.decided_at,
            comment=one.comment,
            members=one.members,
            set_hash=one.set_hash,
        )


def decided(events: Happened) -> Iterator[Decided]:
    """What people decided on attention items; what went by itself is nobody's decision."""
    items: list[AttentionRaised] = []
    for _, _, event in events:
        match event:
            case AttentionRaised():
                items.append(event)
            case AttentionCleared(decision=decision, n=n) if decision is not None:
                item = items[n - 1]
                yield Decided(event.at, event.by, item.code, item.meter_id, decision, event.comment)
            case _:
                pass


def stopped(events: Happened) -> Iterator[Stopped]:
    """What kept a switching waiting, in order: a lock, the inhibit, another hold, a moment of its own."""
    raised: list[AttentionRaised] = []
    ended: dict[int, datetime] = {}
    for _, at, event in events:
        match event:
            case AttentionRaised():
                raised.append(event)
            case AttentionCleared(n=n):
                ended.setdefault(n, at)
            case _:
                pass
    stops = [
        Stopped(one.code, one.meter_id, one.at, ended.get(n), one.who, one.detail)
        for n, one in enumerate(raised, 1)
        if one.code in STOPS
    ]
    stops += [
        Stopped(event.because, event.meter_id, event.at, event.until, "", sentence(event.because))
        for _, _, event in events
        if isinstance(event, LegWaits) and event.because is Because.PACED
    ]
    return iter(sorted(stops, key=lambda stop: stop.since))


def alarmed(events: Happened) -> Iterator[Alarmed]:
    """The alarms of the hold, with who acknowledged them."""
    raised: dict[str, Alarm] = {}
    known: dict[str, AlarmAcknowledged] = {}
    for _, _, event in events:
        match event:
            case AlarmRaised(alarm=alarm):
                raised[alarm.alarm_id] = alarm
            case AlarmAcknowledged(alarm_id=alarm_id):
                known[alarm_id] = event
            case _:
                pass
    for alarm in raised.values():
        who = known.get(alarm.alarm_id)
        yield Alarmed(
            alarm_id=alarm.alarm_id,
            code=alarm.code,
            meter_id=alarm.meter_id,
            raised_at=alarm.raised_at,
            detail=alarm.detail,
            evidence=dict(alarm.evidence),
            acknowledged_by=None if who is None else who.by,
            acknowledged_at=None if who is None else who.at,
            comment="" if who is None else who.comment,
        )
