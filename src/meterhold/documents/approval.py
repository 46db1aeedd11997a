"""What waits for a second person, as every face shows it, and what that person sends."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from meterhold.documents.fields import Prose, Strict
from meterhold.documents.limits import LimitsView, view_limits
from meterhold.domain.approval import Approval, ApprovalKind, ApprovalStatus
from meterhold.domain.order import OrderRecord
from meterhold.domain.words import Action, OrderResult, Reason


class ApprovalDocument(Strict):
    """A second person's decision on exactly the set that they have seen."""

    decision: Literal["grant", "refuse"]
    set_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """Of the set that was looked at: if it has changed since, the decision is refused."""
    comment: Prose = ""


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """A question to a second person."""

    approval_id: str
    kind: ApprovalKind
    status: ApprovalStatus
    asked_by: str
    senders: tuple[str, ...]
    opened_at: datetime
    expires_at: datetime | None
    orders: int
    complete: bool
    set_hash: str
    detail: str
    facts: dict[str, str]
    limits: LimitsView | None
    decided_at: datetime | None
    decided_by: str | None
    comment: str
    finished: bool


@dataclass(frozen=True, slots=True)
class MemberView:
    """One order of a set."""

    sender: str
    order_id: str
    action: Action
    reason: Reason | None
    service_point: str | None
    meters: tuple[str, ...]
    starts_at: datetime | None
    ends_at: datetime | None
    hold_ids: tuple[str, ...]
    result: OrderResult


@dataclass(frozen=True, slots=True)
class ApprovalPageView:
    """A question with a part of its set; ``next`` is the cursor of the following part, null at the end."""

    approval: ApprovalView
    orders: tuple[MemberView, ...]
    next: str | None


def view_approval(approval: Approval) -> ApprovalView:
    """Show what a second person is asked."""
    return ApprovalView(
        approval_id=approval.approval_id,
        kind=approval.kind,
        status=approval.status,
        asked_by=approval.asked_by,
        senders=approval.senders,
        opened_at=approval.opened_at,
        expires_at=approval.expires_at,
        orders=approval.members,
        complete=approval.complete,
        set_hash=approval.set_hash,
        detail=approval.detail,
        facts=dict(approval.facts),
        limits=None if approval.limits is None else view_limits(approval.limits),
        decided_at=approval.decided_at,
        decided_by=approval.decided_by,
        comment=approval.comment,
        finished=approval.finished,
    )


def view_member(record: OrderRecord) -> MemberView:
    """Show an order of the set."""
    order = record.order
    return MemberView(
        sender=record.key.sender,
        order_id=record.key.order_id,
        action=order.action,
        reason=order.reason,
        service_point=order.service_point,
        meters=order.meters,
        starts_at=order.starts_at,
        ends_at=order.ends_at,
        hold_ids=record.hold_ids,
        result=record.result,
    )
