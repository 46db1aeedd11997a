"""What a batch changed, as rows: one list for each table and kind of change, each written by one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from meterhold.domain.alarm import Alarm
from meterhold.domain.approval import Approval
from meterhold.domain.draft import Draft, World
from meterhold.domain.events import (
    ApprovalFollowed,
    ApprovalJoined,
    HoldMoved,
    KeyCreated,
    KeyRevoked,
    KeyRotated,
    OrderFinished,
    OrderRefused,
)
from meterhold.domain.hold import Hold
from meterhold.domain.limits import Tally
from meterhold.domain.meter import Meter
from meterhold.domain.operation import Operation
from meterhold.domain.order import OrderKey, OrderRecord
from meterhold.domain.originator import Originator
from meterhold.domain.site import Site
from meterhold.domain.watched import is_held
from meterhold.store.chain import Head
from meterhold.store.codec import encode, micros, micros_or_none

Row = dict[str, Any]

_NOTICES = (OrderFinished, OrderRefused, HoldMoved)
"""What somebody outside wants to be told."""

_RESOLVE, _RESTORE, _SUSPEND, _WATCH = 0, 1, 2, 3


@dataclass(slots=True)
class Change:
    """What happens to one table: rows that are new, rows that were there."""

    added: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)
    removed: list[Row] = field(default_factory=list)


@dataclass(slots=True)
class Changes:
    """What happens to all tables, and where the chain then ends."""

    head: Head
    events: list[Row] = field(default_factory=list)
    orders: Change = field(default_factory=Change)
    holds: Change = field(default_factory=Change)
    hold_meters: list[Row] = field(default_factory=list)
    meters: Change = field(default_factory=Change)
    operations: Change = field(default_factory=Change)
    outbox: list[Row] = field(default_factory=list)
    api_keys: list[Row] = field(default_factory=list)
    rotated_keys: list[Row] = field(default_factory=list)
    revoked_keys: list[Row] = field(default_factory=list)
    site: Row | None = None
    approvals: Change = field(default_factory=Change)
    approval_members: Change = field(default_factory=Change)
    originators: Change = field(default_factory=Change)
    tallies: Change = field(default_factory=Change)
    alarms: Change = field(default_factory=Change)
    watched: Change = field(default_factory=Change)


@dataclass(frozen=True, slots=True)
class Before:
    """The rows as they stood in the store when the batch began."""

    orders: Mapping[OrderKey, OrderRecord]
    holds: Mapping[str, Hold]
    meters: Mapping[str, Meter]
    site: Site

    @classmethod
    def of(cls, world: World) -> "Before":
        """Remember a world before anything is decided."""
        return cls(dict(world.orders), dict(world.holds), dict(world.meters), world.site)


def changes_of(before: Before, drafts: Sequence[Draft], head: Head) -> Changes:
    """Turn the drafts of a batch into rows; of a row that changed more than once only the last counts."""
    changes = Changes(head)
    orders: dict[OrderKey, OrderRecord] = {}
    holds: dict[str, Hold] = {}
    meters: dict[str, Meter] = {}
    site = before.site
    for draft in drafts:
        _add_events(changes, draft)
        orders |= draft.orders
        holds |= draft.holds
        meters |= draft.meters
        site = draft.site
    for key, record in orders.items():
        change = changes.orders
        (change.changed if key in before.orders else change.added).append(order_row(record))
    for hold_id, hold in holds.items():
        _add_hold(changes, before.holds.get(hold_id), hold)
    for meter_id, meter in meters.items():
        change = changes.meters
        (change.changed if meter_id in before.meters else change.added).append(meter_row(meter))
        _add_watched(changes, before.meters.get(meter_id), meter)
    if site != before.site:
        changes.site = {"id": 1, "doc": encode(site)}
    _add_people(changes, drafts)
    # A meter's unresolved write must be gone before the next one comes.
    changes.operations.changed.sort(key=lambda row: row["unresolved"])
    return changes


def _add_people(changes: Changes, drafts: Sequence[Draft]) -> None:
    """Rows that are few and that nothing else refers to: each is written whether or not it was there."""
    approvals: dict[str, Approval] = {}
    originators: dict[str, Originator] = {}
    tallies: dict[str, Tally] = {}
    alarms: dict[str, Alarm] = {}
    for draft in drafts:
        approvals |= draft.approvals
        originators |= draft.originators
        tallies |= draft.tallies
        alarms |= draft.alarms
    changes.approvals.changed.extend(map(approval_row, approvals.values()))
    changes.originators.changed.extend({"sender": name, "doc": encode(row)} for name, row in originators.items())
    changes.tallies.changed.extend({"scope": scope, "doc": encode(row)} for scope, row in tallies.items())
    changes.alarms.changed.extend(map(alarm_row, alarms.values()))


def _add_events(changes: Changes, draft: Draft) -> None:
    for event in draft.events:
        link = changes.head.extend(event)
        changes.head = Head(link.writer, link.n, link.hash)
        changes.events.append(
            {
                "writer": link.writer,
                "n": link.n,
                "hash": link.hash,
                "stream": link.stream,
                "kind": link.kind,
                "at": link.at,
                "body": link.body,
            }
        )
        if isinstance(event, _NOTICES):
            changes.outbox.append({"at": link.at, "kind": link.kind, "body": link.body, "sent_at": None})
        elif isinstance(event, KeyCreated):
            changes.api_keys.append(
                {
                    "key_id": event.key_id,
                    "name": event.name,
                    "roles": encode(event.roles),
                    "scope": encode(event.scope),
                    "digest": event.digest,
                    "old_digest": None,
                    "old_until": None,
                    "made_by": event.by,
                    "created_at": link.at,
                    "rotated_at": None,
                    "expires_at": micros_or_none(event.expires_at),
                    "revoked_at": None,
                }
            )
        elif isinstance(event, ApprovalJoined):
            changes.approval_members.added.append(_member_row(event, waits=True))
        elif isinstance(event, ApprovalFollowed):
            changes.approval_members.changed.append(_member_row(event, waits=False))
        elif isinstance(event, KeyRotated):
            until = micros(event.old_until)
            changes.rotated_keys.append({"key": event.key_id, "at": link.at, "until": until, "new": event.digest})
        elif isinstance(event, KeyRevoked):
            changes.revoked_keys.append({"key": event.key_id, "at": link.at})


def _member_row(event: ApprovalJoined | ApprovalFollowed, *, waits: bool) -> Row:
    key = event.key
    return {
        "approval_id": event.approval_id,
        "sender": key.sender,
        "order_id": key.order_id,
        "waits": int(waits),
    }


def _add_hold(changes: Changes, old: Hold | None, new: Hold) -> None:
    (changes.holds.added if old is None else changes.holds.changed).append(hold_row(new))
    known = () if old is None else {leg.meter_id for leg in old.legs}
    changes.hold_meters.extend(
        {"meter_id": leg.meter_id, "hold_id": new.hold_id} for leg in new.legs if leg.meter_id not in known
    )
    were, are = _open_operations(old), _open_operations(new)
    for operation_id, operation in are.items():
        if operation_id not in were:
            changes.operations.added.append(operation_row(operation))
        elif operation != were[operation_id]:
            changes.operations.changed.append(operation_row(operation))
    changes.operations.removed.extend({"operation_id": gone} for gone in were if gone not in are)


def _add_watched(changes: Changes, old: Meter | None, new: Meter) -> None:
    """List a meter while it is held; most changes of a meter change nothing of that."""
    was, now = _watched_row(old), _watched_row(new)
    if now is None and was is not None:
        changes.watched.removed.append(was)
    elif now is not None and now != was:
        changes.watched.changed.append(now)


def _watched_row(meter: Meter | None) -> Row | None:
    if meter is None or not is_held(meter):
        return None
    return {"meter_id": meter.meter_id, "link": meter.installation.link, "owed": int(bool(meter.watch.owed))}


def _open_operations(hold: Hold | None) -> dict[str, Operation]:
    legs = () if hold is None else hold.legs
    return {one.operation_id: one for leg in legs for one in leg.operations if not one.ended}


def order_row(record: OrderRecord) -> Row:
    """An order's row."""
    return {
        "sender": record.key.sender,
        "order_id": record.key.order_id,
        "content_hash": record.content_hash,
        "received_at": micros(record.received_at),
        "result": record.result.value,
        "doc": encode(record),
    }


def hold_row(hold: Hold) -> Row:
    """A hold's row."""
    return {
        "hold_id": hold.hold_id,
        "status": hold.status.value,
        "service_point": hold.service_point,
        "opened_at": micros(hold.opened_at),
        "due_at": micros_or_none(hold.next_moment_at),
        "doc": encode(hold),
    }


def meter_row(meter: Meter) -> Row:
    """A meter's row."""
    lock = meter.lock
    return {
        "meter_id": meter.meter_id,
        "service_point": meter.installation.service_point,
        "link": meter.installation.link,
        "retired": meter.retired,
        "doc": encode(meter),
        "lock_review_at": None if lock is None or lock.reviewed else micros(lock.review_at),
    }


def approval_row(approval: Approval) -> Row:
    """An approval's row."""
    return {
        "approval_id": approval.approval_id,
        "status": approval.status.value,
        "opened_at": micros(approval.opened_at),
        "expires_at": micros_or_none(approval.expires_at),
        "unfinished": int(approval.unfinished),
        "doc": encode(approval),
    }


def alarm_row(alarm: Alarm) -> Row:
    """An alarm's row."""
    return {
        "alarm_id": alarm.alarm_id,
        "meter_id": alarm.meter_id,
        "raised_at": micros(alarm.raised_at),
        "acknowledged_at": micros_or_none(alarm.acknowledged_at),
        "doc": encode(alarm),
    }


def operation_row(operation: Operation) -> Row:
    """An open operation's row."""
    return {
        "operation_id": operation.operation_id,
        "hold_id": operation.hold_id,
        "meter_id": operation.meter_id,
        "link": operation.link,
        "state": operation.state.value,
        "due_at": micros(operation.due_at),
        "urgency": _urgency(operation),
        "priority": operation.priority,
        "created_at": micros(operation.created_at),
        "unresolved": int(operation.unresolved),
    }


def _urgency(operation: Operation) -> int:
    """Where an operation stands among those that are due."""
    if operation.watches:
        return _WATCH
    if operation.unresolved:
        return _RESOLVE
    return _RESTORE if operation.restores else _SUSPEND
