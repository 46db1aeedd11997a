"""The life of an operation: one table, one function. Everything that affects its states lives in this file.

Read it with three rules in mind:

* ``IN_DOUBT`` is a state, not an error. It is entered from anywhere after the intent and left only by a look.
* Nothing leads from an unobserved write to ``INTENDED``: ``Operation.fire`` asks for a look since the last intent.
* ``ENDED`` has no exits, and each outcome is permitted only from the states that ``OUTCOMES`` names.
  ``VERIFIED`` in addition needs a look that confirmed, which ``Operation.fire`` checks.
"""

from enum import StrEnum

from meterhold.domain.errors import IllegalTransition
from meterhold.domain.words import Outcome


class OperationState(StrEnum):
    """Where an operation stands."""

    QUEUED = "queued"
    """Nothing of this attempt has left the gateway."""
    INTENDED = "intended"
    """The intent is durable; a write may leave at any moment."""
    SENT = "sent"
    AT_CARRIER = "at_carrier"
    """A carrier holds the write and may deliver it later."""
    DELIVERED = "delivered"
    """The meter says that it has the write."""
    OBSERVING = "observing"
    """A look after the write has been taken; more may follow."""
    IN_DOUBT = "in_doubt"
    """A write may or may not have taken effect."""
    ENDED = "ended"


class Trigger(StrEnum):
    """What can happen to an operation."""

    LOOKED = "looked"
    LOOK_FAILED = "look_failed"
    PUT_OFF = "put_off"
    """A write was due and may not leave now: a lock, the inhibit, an interlock."""
    INTEND = "intend"
    WRITE_NEVER_SENT = "write_never_sent"
    REWRITE_NEVER_SENT = "rewrite_never_sent"
    """The second write never left; the first one did, so that the operation is not back where nothing has happened."""
    WRITE_SENT = "write_sent"
    CARRIER_TOOK_IT = "carrier_took_it"
    ACKNOWLEDGED = "acknowledged"
    WRITE_REFUSED = "write_refused"
    OUTCOME_LOST = "outcome_lost"
    WITHDRAW = "withdraw"
    """What a carrier or the device itself has put off is about to be taken back; that intent is durable too."""
    WITHDRAWN = "withdrawn"
    """It was taken back: from now on nothing of it can arrive. What arrived before is not known."""
    END = "end"


_S, _T = OperationState, Trigger

TRANSITIONS: dict[OperationState, dict[Trigger, OperationState]] = {
    _S.QUEUED: {
        _T.LOOKED: _S.QUEUED,
        _T.LOOK_FAILED: _S.QUEUED,
        _T.PUT_OFF: _S.QUEUED,
        _T.INTEND: _S.INTENDED,
        _T.END: _S.ENDED,
    },
    _S.INTENDED: {
        _T.WRITE_NEVER_SENT: _S.QUEUED,
        _T.REWRITE_NEVER_SENT: _S.OBSERVING,
        _T.WRITE_SENT: _S.SENT,
        _T.CARRIER_TOOK_IT: _S.AT_CARRIER,
        _T.ACKNOWLEDGED: _S.DELIVERED,
        _T.WRITE_REFUSED: _S.OBSERVING,
        _T.OUTCOME_LOST: _S.IN_DOUBT,
    },
    _S.SENT: {
        _T.CARRIER_TOOK_IT: _S.AT_CARRIER,
        _T.ACKNOWLEDGED: _S.DELIVERED,
        _T.WRITE_REFUSED: _S.OBSERVING,
        _T.OUTCOME_LOST: _S.IN_DOUBT,
        _T.LOOKED: _S.OBSERVING,
    },
    _S.AT_CARRIER: {
        _T.ACKNOWLEDGED: _S.DELIVERED,
        _T.WRITE_REFUSED: _S.OBSERVING,
        _T.OUTCOME_LOST: _S.IN_DOUBT,
        _T.LOOKED: _S.AT_CARRIER,
        _T.LOOK_FAILED: _S.AT_CARRIER,
        _T.WITHDRAW: _S.IN_DOUBT,
        _T.END: _S.ENDED,
    },
    _S.DELIVERED: {_T.LOOKED: _S.OBSERVING, _T.OUTCOME_LOST: _S.IN_DOUBT},
    _S.OBSERVING: {
        _T.LOOKED: _S.OBSERVING,
        _T.LOOK_FAILED: _S.OBSERVING,
        _T.PUT_OFF: _S.OBSERVING,
        _T.INTEND: _S.INTENDED,
        _T.OUTCOME_LOST: _S.IN_DOUBT,
        _T.WITHDRAW: _S.IN_DOUBT,
        _T.END: _S.ENDED,
    },
    _S.IN_DOUBT: {
        _T.LOOKED: _S.OBSERVING,
        _T.LOOK_FAILED: _S.IN_DOUBT,
        _T.WITHDRAWN: _S.IN_DOUBT,
        _T.END: _S.ENDED,
    },
    _S.ENDED: {},
}

_NEVER_WRITTEN = {
    Outcome.BLOCKED,
    Outcome.IDENTITY_MISMATCH,
    Outcome.UNREACHABLE,
    Outcome.SUPERSEDED,
    Outcome.EXPIRED,
    Outcome.CANCELLED,
}
_SEEN = {Outcome.VERIFIED, Outcome.UNVERIFIED, Outcome.ARMED}

OUTCOMES: dict[OperationState, frozenset[Outcome]] = {state: frozenset() for state in OperationState} | {
    # Only a check, which never leaves this state, ends as reverted.
    _S.QUEUED: frozenset(_NEVER_WRITTEN | _SEEN | {Outcome.REFUSED_BY_DEVICE, Outcome.REVERTED}),
    # Evidence that the device produced after the intent tells more than any receipt.
    # Blocked is water that runs on after a connection which such evidence confirmed.
    _S.AT_CARRIER: frozenset({Outcome.VERIFIED, Outcome.ARMED, Outcome.BLOCKED}),
    _S.OBSERVING: frozenset(
        _SEEN
        | {
            Outcome.CONTRADICTED,
            Outcome.PARTIAL,
            Outcome.BLOCKED,
            Outcome.IDENTITY_MISMATCH,
            Outcome.REFUSED_BY_DEVICE,
            Outcome.UNRESOLVED,
            Outcome.SUPERSEDED,
            Outcome.EXPIRED,
        }
    ),
    _S.IN_DOUBT: frozenset({Outcome.UNRESOLVED, Outcome.IDENTITY_MISMATCH}),
}
"""Which outcomes may end an operation from which state."""

UNRESOLVED_STATES = frozenset({_S.INTENDED, _S.SENT, _S.AT_CARRIER, _S.DELIVERED, _S.OBSERVING, _S.IN_DOUBT})
"""States in which a write of this operation is not yet resolved. A meter has at most one such operation."""


def next_state(state: OperationState, trigger: Trigger) -> OperationState:
    """Look the step up, or raise ``IllegalTransition`` and change nothing."""
    try:
        return TRANSITIONS[state][trigger]
    except KeyError:
        raise IllegalTransition("operation", state, trigger) from None
