"""An approval: what waits for a second person, and the exact set of orders that this person is to decide on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from meterhold.domain.order import OrderKey


class ApprovalKind(StrEnum):
    """Why a second person is asked."""

    QUARANTINE = "quarantine"
    """More than the thresholds let through."""
    BULK = "bulk"
    """Many orders at once, from one document."""
    PROTECTED = "protected"
    """A protected premises is to be disconnected all the same."""
    POLICY = "policy"
    """A rule of the site asks for it."""
    LIMITS = "limits"
    """The thresholds themselves are to be changed."""


class ApprovalStatus(StrEnum):
    """What became of it."""

    WAITING = "waiting"
    GRANTED = "granted"
    REFUSED = "refused"
    EXPIRED = "expired"


GROWING = frozenset({ApprovalKind.QUARANTINE})
"""Kinds of which a sender has one at a time, and which its next order of that kind joins."""

EMPTY_SET = sha256(b"meterhold approval").hexdigest()
"""The hash of a set that nothing has joined yet."""


@dataclass(frozen=True, slots=True)
class Approval:
    """A question to a second person. ``set_hash`` covers every member and its content, in the order of joining."""

    approval_id: str
    kind: ApprovalKind
    asked_by: str
    """The authenticated sender: it may not be the one who decides."""
    opened_at: datetime
    detail: str
    expires_at: datetime | None = None
    """``None``: it waits as long as its orders do, and restores wait for ever."""
    status: ApprovalStatus = ApprovalStatus.WAITING
    members: int = 0
    set_hash: str = EMPTY_SET
    facts: Mapping[str, str] = field(default_factory=dict)
    decided_at: datetime | None = None
    decided_by: str | None = None
    comment: str = ""

    @property
    def waiting(self) -> bool:
        """Nobody has decided yet."""
        return self.status is ApprovalStatus.WAITING


def hash_with(set_hash: str, key: OrderKey, content_hash: str) -> str:
    """The hash of a set once one more order has joined it."""
    member = f"{set_hash}\n{key.sender}\n{key.order_id}\n{content_hash}"
    return sha256(member.encode()).hexdigest()
