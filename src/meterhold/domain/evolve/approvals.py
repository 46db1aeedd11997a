"""How what waits for a second person changes."""

from collections.abc import Mapping

from meterhold.domain import events as e
from meterhold.domain.approval import GROWING, ApprovalStatus, hash_with
from meterhold.domain.draft import Draft
from meterhold.domain.evolve.applying import Apply
from meterhold.domain.replacing import replace


def _opened(draft: Draft, event: e.ApprovalOpened) -> None:
    approval = event.approval
    draft.approvals[approval.approval_id] = approval
    if approval.kind not in GROWING:
        return
    asker = draft.originator(approval.asked_by)
    open_now = {**asker.approvals, approval.kind.value: approval.approval_id}
    draft.originators[approval.asked_by] = replace(asker, approvals=open_now)


def _joined(draft: Draft, event: e.ApprovalJoined) -> None:
    approval = draft.approval(event.approval_id)
    ends = [draft.hold(hold_id).send_before for hold_id in event.hold_ids if approval.expires_at is not None]
    draft.approvals[event.approval_id] = replace(
        approval,
        members=approval.members + 1,
        set_hash=hash_with(approval.set_hash, event.key, event.content_hash),
        senders=tuple(dict.fromkeys((*approval.senders, event.key.sender))),
        expires_at=max((moment for moment in (approval.expires_at, *ends) if moment is not None), default=None),
    )
    record = draft.order(event.key)
    draft.orders[event.key] = replace(record, approval_id=event.approval_id)


def _decided(draft: Draft, event: e.ApprovalDecided) -> None:
    status = ApprovalStatus.GRANTED if event.granted else ApprovalStatus.REFUSED
    approval = replace(
        draft.approval(event.approval_id),
        status=status,
        decided_at=event.at,
        decided_by=event.by,
        comment=event.comment,
    )
    draft.approvals[event.approval_id] = approval
    _close(draft, event.approval_id)


def _expired(draft: Draft, event: e.ApprovalExpired) -> None:
    approval = replace(draft.approval(event.approval_id), status=ApprovalStatus.EXPIRED, decided_at=event.at)
    draft.approvals[event.approval_id] = approval
    _close(draft, event.approval_id)


def _completed(draft: Draft, event: e.ApprovalCompleted) -> None:
    draft.approvals[event.approval_id] = replace(draft.approval(event.approval_id), complete=True)


def _followed(_draft: Draft, _event: e.ApprovalFollowed) -> None:
    """Only the list of those that have still to hear of it grows shorter."""


def _finished(draft: Draft, event: e.ApprovalFinished) -> None:
    draft.approvals[event.approval_id] = replace(draft.approval(event.approval_id), finished=True)


def _close(draft: Draft, approval_id: str) -> None:
    """Let the sender's next order of that kind open a new one: what was decided on does not grow."""
    asked_by = draft.approval(approval_id).asked_by
    asker = draft.originator(asked_by)
    left = {kind: name for kind, name in asker.approvals.items() if name != approval_id}
    draft.originators[asked_by] = replace(asker, approvals=left)


APPROVALS: Mapping[type, Apply] = {
    e.ApprovalOpened: _opened,
    e.ApprovalJoined: _joined,
    e.ApprovalDecided: _decided,
    e.ApprovalExpired: _expired,
    e.ApprovalCompleted: _completed,
    e.ApprovalFollowed: _followed,
    e.ApprovalFinished: _finished,
}
