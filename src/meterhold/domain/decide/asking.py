"""Asking a second person: what is quarantined of one sender waits together, so does one document, all else alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from meterhold.domain.approval import EMPTY_SET, GROWING, ON_GROUNDS, Approval, ApprovalKind, hash_with
from meterhold.domain.decide.alarming import raise_alarm
from meterhold.domain.draft import Draft
from meterhold.domain.events import ApprovalJoined, ApprovalOpened, HoldWaitsForApproval
from meterhold.domain.evolve import emit
from meterhold.domain.order import OrderRecord
from meterhold.domain.policy import Verdict
from meterhold.domain.words import Action, Because


@dataclass(frozen=True, slots=True)
class Question:
    """What a second person is asked."""

    kind: ApprovalKind
    detail: str
    expires_at: datetime | None
    facts: Mapping[str, str] = field(default_factory=dict)
    document: str | None = None
    """The name of the set, where a whole document waits together."""
    grounds: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, kind: ApprovalKind, verdicts: list[Verdict], expires_at: datetime, document: str | None = None
    ) -> "Question":
        """Ask because of what was said of an order."""
        facts = {name: value for verdict in verdicts for name, value in verdict.facts.items()}
        detail = "; ".join(dict.fromkeys(verdict.sentence for verdict in verdicts))
        return cls(kind, detail, expires_at, facts, document, tuple(dict.fromkeys(map(ground_of, verdicts))))


def ground_of(verdict: Verdict) -> str:
    """What a person has seen who was asked because of a verdict: its rule, and the meter where it is about one."""
    return " ".join(filter(None, (verdict.rule, verdict.facts.get("meter_id"))))


def ask_for_hold(draft: Draft, hold_id: str, at: datetime, question: Question) -> None:
    """Let a suspension wait, once for each kind and its grounds: what was granted for this hold is not asked again."""
    hold = draft.hold(hold_id)
    if hold.suspend_key is None:
        return
    known = [draft.approval(approval_id) for approval_id in (*hold.waits_for, *hold.approved)]
    same = [approval for approval in known if approval.kind is question.kind]
    seen = {ground for approval in same for ground in approval.grounds}
    if same and (question.kind not in ON_GROUNDS or seen.issuperset(question.grounds)):
        return
    record = draft.order(hold.suspend_key)
    approval_id = ask_for_order(draft, record, (hold_id,), at, question)
    emit(draft, HoldWaitsForApproval(at, hold_id, approval_id))


def ask_for_order(
    draft: Draft, record: OrderRecord, hold_ids: tuple[str, ...], at: datetime, question: Question
) -> str:
    """Let an order wait; return the approval that it has joined."""
    approval_id = _open_one(draft, record) if question.kind in GROWING else None
    if approval_id is None and question.document is not None:
        known = draft.find_approval(question.document)
        approval_id = None if known is None or not known.waiting else known.approval_id
    if approval_id is None:
        approval_id = _open(draft, record, hold_ids, at, question)
    emit(draft, ApprovalJoined(at, approval_id, record.key, record.content_hash, hold_ids))
    return approval_id


def _open_one(draft: Draft, record: OrderRecord) -> str | None:
    return draft.originator(record.key.sender).approvals.get(ApprovalKind.QUARANTINE.value)


def _open(draft: Draft, record: OrderRecord, hold_ids: tuple[str, ...], at: datetime, question: Question) -> str:
    kind, document, sender = question.kind, question.document, record.key.sender
    # What comes of a document after it was decided on is asked for alone: a set that was decided on does not grow.
    whole = document is not None and draft.find_approval(document) is None
    approval_id = document if document is not None and whole else _name(draft, record, hold_ids, kind)
    approval = Approval(
        approval_id,
        kind,
        sender,
        at,
        question.detail,
        question.expires_at,
        complete=not whole,
        facts=question.facts,
        grounds=question.grounds,
    )
    emit(draft, ApprovalOpened(at, approval))
    if kind is ApprovalKind.QUARANTINE:
        raise_alarm(
            draft,
            at,
            Because.BULK_LIMIT,
            f"orders of {sender} wait for a second person: {question.detail}",
            subject=sender,
            evidence={**question.facts, "approval_id": approval_id},
        )
    return approval_id


def _name(draft: Draft, record: OrderRecord, hold_ids: tuple[str, ...], kind: ApprovalKind) -> str:
    """A name that no other approval has: a hold has one suspend order, and may be meant by many restores."""
    if record.order.action is Action.SUSPEND:
        name, n = f"{hold_ids[0]}-{kind}", 1
        while draft.find_approval(name) is not None:
            n += 1
            name = f"{hold_ids[0]}-{kind}-{n}"
        return name
    return f"restore-{hash_with(EMPTY_SET, record.key, record.content_hash)[:24]}"
