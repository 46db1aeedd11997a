"""A technician's lock: put on by one person, taken off by that person or by an admin with a reason, never by time."""

from datetime import datetime

from meterhold.domain.commands.meters import LockMeter, ReviewLock, UnlockMeter
from meterhold.domain.decide.alarming import raise_alarm
from meterhold.domain.draft import Draft
from meterhold.domain.errors import Refused
from meterhold.domain.events.meters import LockReviewDue, MeterLocked, MeterUnlocked
from meterhold.domain.evolve import emit
from meterhold.domain.meter import Lock
from meterhold.domain.words import Because


def lock(draft: Draft, command: LockMeter) -> None:
    """Put a lock on; it stops the next write, whichever direction. Its owner may renew it."""
    meter, at = draft.meter(command.meter_id), command.at
    known = meter.lock
    if known is not None and known.owner != command.owner:
        raise Refused(Because.TECHNICIAN_LOCK, f"meter {command.meter_id} is locked by {known.owner} already")
    if command.review_at <= at:
        raise Refused(Because.MALFORMED, "review_at must lie in the future")
    since = at if known is None else known.since
    emit(draft, MeterLocked(at, command.meter_id, Lock(command.owner, command.reason, since, command.review_at)))


def unlock(draft: Draft, command: UnlockMeter) -> None:
    """Take a lock off: its owner may, and an admin with a reason."""
    meter = draft.meter(command.meter_id)
    if meter.lock is None:
        raise Refused(Because.HOLD_STATUS, f"meter {command.meter_id} is not locked")
    if meter.lock.owner != command.by and not (command.is_admin and command.reason):
        owner = meter.lock.owner
        raise Refused(Because.FORBIDDEN, f"only {owner}, or an admin with a reason, may take this lock off")
    emit(draft, MeterUnlocked(command.at, command.meter_id, command.by, command.reason))


def review(draft: Draft, command: ReviewLock) -> None:
    """Alarm once for a lock that outlasts its review time."""
    meter = draft.meter(command.meter_id)
    held = meter.lock
    if held is None or held.reviewed or held.review_at > command.at:
        return
    emit(draft, LockReviewDue(command.at, command.meter_id))
    detail = f"locked by {held.owner} since {_moment(held.since)}, to be reviewed by {_moment(held.review_at)}"
    evidence = {"owner": held.owner, "reason": held.reason, "since": _moment(held.since)}
    raise_alarm(
        draft, command.at, Because.LOCK_REVIEW, detail, meter_id=command.meter_id, subject=held.owner, evidence=evidence
    )


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
