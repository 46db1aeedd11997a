"""Rules run again when a hold is amended: its new dates must be permitted like those of a new order."""

from datetime import datetime

from meterhold.domain.commands import Terms
from meterhold.domain.decide import admission
from meterhold.domain.draft import Draft
from meterhold.domain.hold import Hold
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.policy import Effect, Verdict
from meterhold.domain.replacing import replace
from meterhold.domain.words import Because

_NOT_BEGUN = frozenset({HoldStatus.SCHEDULED, HoldStatus.AWAITING_APPROVAL})


def judge_amended(draft: Draft, amended: Hold, at: datetime, terms: Terms) -> tuple[Verdict, ...]:
    """Say what rules make of a hold with its new dates; nothing, where they are the old ones.

    Once supply is being switched, only its length is still to be judged; there nobody can be asked before it is too
    late, so that what would need an approval is refused.
    """
    if _dates(draft.hold(amended.hold_id)) == _dates(amended):
        return ()
    verdicts = admission.judge(draft, amended, at, terms)
    if amended.status in _NOT_BEGUN:
        return verdicts
    of_length = (verdict for verdict in verdicts if verdict.code is Because.POLICY_LENGTH)
    return tuple(_without_approval(verdict) for verdict in of_length)


def keep(draft: Draft, hold_id: str, at: datetime, verdicts: tuple[Verdict, ...]) -> None:
    """Keep the verdicts on the amended hold, and let it wait where they ask for it."""
    admission.keep(draft, hold_id, at, verdicts)
    if draft.hold(hold_id).status in _NOT_BEGUN:
        admission.put_off(draft, hold_id, at, verdicts)


def _dates(hold: Hold) -> tuple[datetime, datetime | None, datetime]:
    return hold.starts_at, hold.ends_at, hold.not_after


def _without_approval(verdict: Verdict) -> Verdict:
    if verdict.effect is not Effect.NEEDS_APPROVAL:
        return verdict
    return replace(verdict, effect=Effect.REFUSE, sentence=f"{verdict.sentence}; it has begun, and cannot wait for it")
