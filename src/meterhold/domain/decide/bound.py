"""What a second person agrees to is one exact set: an amendment joins it before the decision, and never undoes it.

Amending an order is no way round an approval. What still waits becomes another set, which must be looked at anew; what
was granted keeps the dates that it was granted with.
"""

from meterhold.domain.approval import ApprovalKind
from meterhold.domain.commands import SubmitOrder
from meterhold.domain.draft import Draft
from meterhold.domain.events import ApprovalJoined
from meterhold.domain.evolve import emit
from meterhold.domain.hold import Hold
from meterhold.domain.words import Because

_FOR_ITS_LENGTH = frozenset({ApprovalKind.PROTECTED, ApprovalKind.POLICY})
"""Kinds of which the length of the hold is part of what was granted."""


def forbids_amending(draft: Draft, hold: Hold, amended: Hold) -> tuple[Because, str] | None:
    """Say why an amendment would make something else of what was granted; ``None`` permits it."""
    kinds = {draft.approval(approval_id).kind for approval_id in hold.approved}
    kinds |= {draft.approval(name).kind for name in hold.waits_for if not draft.approval(name).waiting}
    if not kinds:
        return None
    otherwise = amended.starts_at != hold.starts_at or amended.not_after > hold.not_after
    longer = amended.ends_at is None or (hold.ends_at is not None and amended.ends_at > hold.ends_at)
    if otherwise or (longer and amended.ends_at != hold.ends_at and kinds & _FOR_ITS_LENGTH):
        return Because.POLICY_APPROVAL, "a second person has agreed to the dates that it has: cancel it, and send anew"
    return None


def join_amendment(draft: Draft, command: SubmitOrder, hold: Hold) -> None:
    """Make the amendment part of what the hold waits for: who has looked at the set before must look again."""
    for approval_id in hold.waits_for:
        if draft.approval(approval_id).waiting:
            emit(draft, ApprovalJoined(command.at, approval_id, command.key, command.content_hash, (hold.hold_id,)))
