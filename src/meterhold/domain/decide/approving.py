"""What a second person decides, and what then becomes of each order of the set."""

from datetime import timedelta

from meterhold.domain import commands as c
from meterhold.domain import events as e
from meterhold.domain.approval import Approval, ApprovalKind, ApprovalStatus, hash_of_limits
from meterhold.domain.decide import restore, restoring, suspend
from meterhold.domain.decide.attention import clear
from meterhold.domain.decide.queueing import end_unsent_suspensions
from meterhold.domain.draft import Draft
from meterhold.domain.errors import Refused
from meterhold.domain.evolve import emit
from meterhold.domain.hold import Hold
from meterhold.domain.hold_table import HoldStatus, HoldTrigger
from meterhold.domain.limits import out_of_bounds
from meterhold.domain.order import OrderRecord
from meterhold.domain.roles import person_of
from meterhold.domain.words import Action, Because, OrderResult, Outcome

_LIMITS_WAIT = timedelta(days=7)
_CODES = {
    ApprovalKind.QUARANTINE: Because.BULK_LIMIT,
    ApprovalKind.BULK: Because.BULK,
    ApprovalKind.PROTECTED: Because.PROTECTED_CUSTOMER,
    ApprovalKind.POLICY: Because.POLICY_APPROVAL,
}
"""What an order is refused for when its approval is."""


def decide(draft: Draft, command: c.DecideApproval) -> None:
    """Keep a decision by another person than those who asked, on exactly the set that this person has seen."""
    approval, at = draft.approval(command.approval_id), command.at
    if not approval.waiting:
        by = f" by {approval.decided_by}" if approval.decided_by else ""
        raise Refused(Because.HOLD_STATUS, f"approval {approval.approval_id} is {approval.status}{by} already")
    if person_of(command.by) in map(person_of, approval.parties):
        raise Refused(Because.FORBIDDEN, f"{command.by} has asked for this: another person must decide")
    if approval.expires_at is not None and at >= approval.expires_at:
        raise Refused(Because.EXPIRED, f"nothing of it may be sent after {approval.expires_at.isoformat()}")
    if command.set_hash != approval.set_hash:
        detail = f"it is another set than was seen: now {approval.members} orders, set_hash {approval.set_hash}"
        raise Refused(Because.CONFLICTING_ORDER, detail)
    if command.granted and not approval.complete:
        raise Refused(
            Because.HOLD_STATUS,
            "its document is still being taken in, or broke off: it can be granted once it was sent to its end",
        )
    decided = e.ApprovalDecided(
        at, approval.approval_id, command.granted, command.by, command.comment, command.set_hash
    )
    emit(draft, decided)
    if approval.kind is ApprovalKind.LIMITS:
        if command.granted:
            emit(draft, e.LimitsChanged(at, approval.limits, command.by, approval.approval_id))
        emit(draft, e.ApprovalFinished(at, approval.approval_id))


def follow(draft: Draft, command: c.FollowApproval) -> None:
    """Do with one order of a set as was decided. To do it twice changes nothing."""
    approval = draft.approval(command.approval_id)
    if not approval.unfinished:
        return
    record = draft.order(command.key)
    if record.order.action is Action.RESTORE:
        _follow_restore(draft, command, approval, record)
    else:
        for hold in _waiting(draft, command):
            if approval.status is ApprovalStatus.GRANTED:
                _release(draft, command, approval, hold)
            else:
                _turn_away(draft, command, approval, hold)
    emit(draft, e.ApprovalFollowed(command.at, approval.approval_id, command.key))


def _waiting(draft: Draft, command: c.FollowApproval) -> list[Hold]:
    holds = (draft.find_hold(hold_id) for hold_id in command.hold_ids)
    return [hold for hold in holds if hold is not None and not hold.final and command.approval_id in hold.waits_for]


def _release(draft: Draft, command: c.FollowApproval, approval: Approval, hold: Hold) -> None:
    """Let a suspension go on. The calendar begins it if it is due, after all rules have run again."""
    emit(draft, e.HoldApproved(command.at, hold.hold_id, approval.approval_id, approval.decided_by or ""))
    if hold.status is HoldStatus.AWAITING_APPROVAL and not draft.hold(hold.hold_id).waits_for:
        emit(draft, e.HoldMoved(command.at, hold.hold_id, HoldTrigger.APPROVE))


def _turn_away(draft: Draft, command: c.FollowApproval, approval: Approval, hold: Hold) -> None:
    at, code, detail = command.at, _CODES[approval.kind], _refusal(approval)
    if hold.intended_once:
        if hold.status is HoldStatus.SUSPENDING:
            suspend.give_up(draft, hold.hold_id, at, code, detail)
        return
    end_unsent_suspensions(draft, hold.hold_id, at, Outcome.CANCELLED, code)
    clear(draft, hold.hold_id, at)
    emit(draft, e.HoldMoved(at, hold.hold_id, HoldTrigger.REFUSE, code, detail))
    suspend.finish_suspend_order(draft, hold.hold_id, at, OrderResult.REJECTED, code, detail)
    restore.release_others(draft, hold, at)


def _follow_restore(draft: Draft, command: c.FollowApproval, approval: Approval, record: OrderRecord) -> None:
    if record.result is not OrderResult.OPEN:
        return
    if approval.status is ApprovalStatus.GRANTED:
        order = c.SubmitOrder(
            command.at, record.key, record.order, record.content_hash, (), record.hold_ids, {}, command.terms
        )
        restoring.carry_out(draft, order, record.hold_ids)
        return
    hold_id, code = record.hold_ids[0], _CODES[approval.kind]
    emit(draft, e.OrderFinished(command.at, record.key, hold_id, OrderResult.REJECTED, code, _refusal(approval)))


def _refusal(approval: Approval) -> str:
    return f"{approval.decided_by} has refused it{': ' if approval.comment else ''}{approval.comment}"


def finish(draft: Draft, command: c.FinishApproval) -> None:
    """Note that all orders of a set have heard of the decision."""
    if draft.approval(command.approval_id).unfinished:
        emit(draft, e.ApprovalFinished(command.at, command.approval_id))


def expire(draft: Draft, command: c.ExpireApproval) -> None:
    """Close what nobody has decided in time; its suspensions expire by themselves."""
    approval = draft.approval(command.approval_id)
    if approval.waiting and approval.expires_at is not None and command.at >= approval.expires_at:
        emit(draft, e.ApprovalExpired(command.at, approval.approval_id))


def complete(draft: Draft, command: c.CompleteSet) -> None:
    """Let a document be decided on, if anything of it waits at all."""
    approval = draft.find_approval(command.approval_id)
    if approval is not None and approval.waiting and not approval.complete:
        emit(draft, e.ApprovalCompleted(command.at, approval.approval_id))


def ask_limits(draft: Draft, command: c.AskLimits) -> None:
    """Ask for other thresholds, within what anybody may set."""
    limits = command.limits
    if limits is not None and (faults := [f"{name} {rule}" for name, rule in out_of_bounds(limits)]):
        raise Refused(Because.MALFORMED, "; ".join(faults))
    emit(
        draft,
        e.ApprovalOpened(
            command.at,
            Approval(
                command.approval_id,
                ApprovalKind.LIMITS,
                command.by,
                command.at,
                command.reason,
                expires_at=command.at + _LIMITS_WAIT,
                set_hash=hash_of_limits(limits),
                limits=limits,
            ),
        ),
    )
