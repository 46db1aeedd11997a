"""What waits for a second person, and what that person said."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.approval import Approval
from meterhold.domain.order import OrderKey


@dataclass(frozen=True, slots=True)
class ApprovalOpened:
    """A second person is asked."""

    at: datetime
    approval: Approval


@dataclass(frozen=True, slots=True)
class ApprovalJoined:
    """An order waits for an approval: the set that is to be decided on has grown."""

    at: datetime
    approval_id: str
    key: OrderKey
    content_hash: str
    hold_ids: tuple[str, ...] = ()
    """The hold that the order opened, where it has opened one."""


@dataclass(frozen=True, slots=True)
class ApprovalDecided:
    """A second person has decided on exactly this set."""

    at: datetime
    approval_id: str
    granted: bool
    by: str
    comment: str
    set_hash: str


@dataclass(frozen=True, slots=True)
class ApprovalExpired:
    """Nobody decided in time: what waited for it is never sent."""

    at: datetime
    approval_id: str


@dataclass(frozen=True, slots=True)
class ApprovalCompleted:
    """The whole document has been taken in: now the set can be decided on."""

    at: datetime
    approval_id: str


@dataclass(frozen=True, slots=True)
class ApprovalFollowed:
    """With one order of the set was done as was decided."""

    at: datetime
    approval_id: str
    key: OrderKey


@dataclass(frozen=True, slots=True)
class ApprovalFinished:
    """With all of its orders was done as was decided."""

    at: datetime
    approval_id: str
