"""An approval: what waits for a second person, and the exact set of orders that this person is to decide on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from meterhold.domain.limits import Limits
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
RELEASING = frozenset({ApprovalKind.QUARANTINE, ApprovalKind.BULK})
"""Kinds whose grant says of a suspension that it may be one of many: no threshold stops it any more."""
ON_GROUNDS = frozenset({ApprovalKind.PROTECTED, ApprovalKind.POLICY})
"""Kinds that are asked again where another rule or flag speaks than the person who agreed has seen."""

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
    """When the last of its suspensions is too late to be sent; ``None``: restores wait for ever."""
    status: ApprovalStatus = ApprovalStatus.WAITING
    members: int = 0
    set_hash: str = EMPTY_SET
    facts: Mapping[str, str] = field(default_factory=dict)
    senders: tuple[str, ...] = ()
    """Of its orders: none of them may be the one who decides, either."""
    complete: bool = True
    """False: the document that it comes from is still being taken in, or broke off."""
    limits: Limits | None = None
    """The thresholds that are asked for; ``None``: those of the configuration."""
    grounds: tuple[str, ...] = ()
    """Why it was asked: the rules, and of the floor also the meters. To nothing else was agreed."""
    finished: bool = False
    """With all of its orders was done as was decided."""
    decided_at: datetime | None = None
    decided_by: str | None = None
    comment: str = ""

    @property
    def waiting(self) -> bool:
        """Nobody has decided yet."""
        return self.status is ApprovalStatus.WAITING

    @property
    def unfinished(self) -> bool:
        """It was decided, and not all of its orders have heard of it."""
        return self.status in {ApprovalStatus.GRANTED, ApprovalStatus.REFUSED} and not self.finished

    @property
    def parties(self) -> frozenset[str]:
        """Who has a hand in it."""
        return frozenset({self.asked_by, *self.senders})


def hash_of_limits(limits: Limits | None) -> str:
    """The hash of what is asked for when thresholds are to change."""
    return sha256(f"{EMPTY_SET}\n{limits}".encode()).hexdigest()


def hash_with(set_hash: str, key: OrderKey, content_hash: str) -> str:
    """The hash of a set once one more order has joined it."""
    member = f"{set_hash}\n{key.sender}\n{key.order_id}\n{content_hash}"
    return sha256(member.encode()).hexdigest()
