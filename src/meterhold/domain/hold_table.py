"""The life of a hold: one table, one function. Everything that affects a hold's status lives in this file.

Attention is a list beside the status, never a status: one always sees whether supply is on.
"""

from enum import StrEnum

from meterhold.domain.errors import IllegalTransition


class HoldStatus(StrEnum):
    """Where a hold stands."""

    SCHEDULED = "scheduled"
    AWAITING_APPROVAL = "awaiting_approval"
    SUSPENDING = "suspending"
    SUSPENDED = "suspended"
    MONITORING = "monitoring"
    """As suspended, but every leg is only watched."""
    RESTORING = "restoring"
    RESTORED = "restored"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    CLOSED = "closed"
    REJECTED = "rejected"


class HoldTrigger(StrEnum):
    """What can happen to a hold."""

    ASK_APPROVAL = "ask_approval"
    APPROVE = "approve"
    REFUSE = "refuse"
    START = "start"
    POSTPONE = "postpone"
    """Its start was moved before anything was written."""
    SUSPENDED = "suspended"
    MONITORING = "monitoring"
    RESTORE = "restore"
    RESTORED = "restored"
    HAND_OVER = "hand_over"
    """Its restore is over, and another hold keeps a meter of it off."""
    CANCEL = "cancel"
    EXPIRE = "expire"
    CLOSE = "close"


_S, _T = HoldStatus, HoldTrigger

HOLD_TRANSITIONS: dict[HoldStatus, dict[HoldTrigger, HoldStatus]] = {
    _S.SCHEDULED: {
        _T.ASK_APPROVAL: _S.AWAITING_APPROVAL,
        _T.REFUSE: _S.REJECTED,
        _T.START: _S.SUSPENDING,
        _T.CANCEL: _S.CANCELLED,
        _T.EXPIRE: _S.EXPIRED,
    },
    _S.AWAITING_APPROVAL: {
        _T.APPROVE: _S.SCHEDULED,
        _T.REFUSE: _S.REJECTED,
        _T.CANCEL: _S.CANCELLED,
        _T.EXPIRE: _S.EXPIRED,
    },
    _S.SUSPENDING: {
        _T.POSTPONE: _S.SCHEDULED,
        _T.SUSPENDED: _S.SUSPENDED,
        _T.MONITORING: _S.MONITORING,
        _T.RESTORE: _S.RESTORING,
        _T.CANCEL: _S.CANCELLED,
        _T.EXPIRE: _S.EXPIRED,
        _T.REFUSE: _S.REJECTED,
    },
    _S.SUSPENDED: {_T.RESTORE: _S.RESTORING, _T.CLOSE: _S.CLOSED},
    _S.MONITORING: {_T.RESTORE: _S.RESTORING, _T.CLOSE: _S.CLOSED},
    _S.RESTORING: {_T.RESTORED: _S.RESTORED, _T.HAND_OVER: _S.CLOSED},
    _S.RESTORED: {},
    _S.CANCELLED: {},
    _S.EXPIRED: {},
    _S.CLOSED: {},
    _S.REJECTED: {},
}

FINAL_STATUSES = frozenset(status for status, exits in HOLD_TRANSITIONS.items() if not exits)


def next_status(status: HoldStatus, trigger: HoldTrigger) -> HoldStatus:
    """Look the step up, or raise ``IllegalTransition`` and change nothing."""
    try:
        return HOLD_TRANSITIONS[status][trigger]
    except KeyError:
        raise IllegalTransition("hold", status, trigger) from None
