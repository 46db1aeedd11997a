"""Whether a suspension may begin: what the floor, the site's rules and the thresholds say, and what follows from it.

Everything that can put a suspension off, or ask for a second person, says so as a verdict. The worst of them decides:
a refusal before an approval, an approval before a deferral.
"""

from collections.abc import Iterable
from datetime import datetime

from meterhold.domain import policy
from meterhold.domain.approval import ApprovalKind
from meterhold.domain.commands import Terms
from meterhold.domain.decide.asking import Question, ask_for_hold, ground_of
from meterhold.domain.decide.policy_case import case_of
from meterhold.domain.draft import Draft
from meterhold.domain.events import HoldDeferred, HoldJudged, HoldMoved
from meterhold.domain.evolve import emit
from meterhold.domain.hold import Hold
from meterhold.domain.hold_table import HoldStatus, HoldTrigger
from meterhold.domain.meter import Meter
from meterhold.domain.policy import Effect, Verdict
from meterhold.domain.words import Action, Because, Mode

_KINDS = {
    Because.BULK: ApprovalKind.BULK,
    Because.BULK_LIMIT: ApprovalKind.QUARANTINE,
    Because.LOAD_CAP: ApprovalKind.QUARANTINE,
    Because.PROTECTED_CUSTOMER: ApprovalKind.PROTECTED,
}
"""Which approval a verdict asks for; for one that is not named: that of a rule of the site."""


def judge(draft: Draft, hold: Hold, at: datetime, terms: Terms) -> tuple[Verdict, ...]:
    """Say everything that is to be said of a suspension now; one that is planned is judged for when it is to begin."""
    switched = [draft.meter(leg.meter_id) for leg in hold.legs if leg.mode is not Mode.MONITOR_ONLY]
    return policy.floor(switched, at, _override(hold)) + _ruled(draft, hold, at, terms, max(at, hold.starts_at))


def warnings(draft: Draft, holds: Iterable[Hold], at: datetime, terms: Terms) -> tuple[Verdict, ...]:
    """Say what rules have to say of a restore: never more than a warning."""
    if not terms.policy.rules:
        return ()
    cases = (case_of(draft, hold, at, Action.RESTORE) for hold in holds)
    return tuple(verdict for case in cases for verdict in policy.judge(terms.policy, case, at))


def protects(draft: Draft, hold: Hold, meter: Meter, at: datetime) -> Verdict | None:
    """Why the floor lets no disconnection of this meter leave.

    An override counts once a second person has agreed, to just what protects the meter now.
    """
    agreed = {ground for approval_id in hold.approved for ground in draft.approval(approval_id).grounds}
    said = policy.floor([meter], at, _override(hold))
    if any(verdict.effect is Effect.NEEDS_APPROVAL and ground_of(verdict) not in agreed for verdict in said):
        said = policy.floor([meter], at)
    return next(iter(policy.refusals(said)), None)


def not_now(draft: Draft, hold: Hold, meter_id: str, at: datetime, terms: Terms) -> Verdict | None:
    """What keeps a suspension that has begun from being written now: it may have waited for its meter or a person.

    Where another leg is off, or may be, this one follows whatever the hour: a home that is half cut off helps nobody.
    """
    if any(leg.written and (leg.busy or not leg.on) for leg in hold.legs if leg.meter_id != meter_id):
        return None
    said = _ruled(draft, hold, at, terms, at)
    deferring = (verdict for verdict in said if verdict.effect is Effect.DEFER)
    return next(iter(policy.refusals(said)), None) or next(deferring, None)


def keep(draft: Draft, hold_id: str, at: datetime, verdicts: tuple[Verdict, ...]) -> None:
    """Keep on a hold what is news: a rule that says again what it last said, for an hour's sake, fills no journal."""
    last = {verdict.rule: (verdict.version, verdict.effect) for verdict in draft.hold(hold_id).verdicts}
    news = tuple(verdict for verdict in verdicts if last.get(verdict.rule) != (verdict.version, verdict.effect))
    if news:
        emit(draft, HoldJudged(at, hold_id, news))


def put_off(
    draft: Draft, hold_id: str, at: datetime, verdicts: tuple[Verdict, ...], document: str | None = None
) -> bool:
    """Let a suspension wait for a person or for a moment, where a verdict asks for it; say whether it waits.

    ``document``: the name of the set that it came with, where that waits as a whole.
    """
    asking = [verdict for verdict in verdicts if verdict.effect is Effect.NEEDS_APPROVAL]
    for kind in dict.fromkeys(_kind_of(verdict) for verdict in asking):
        mine = [verdict for verdict in asking if _kind_of(verdict) is kind]
        name = document if kind is ApprovalKind.BULK else None
        ask_for_hold(draft, hold_id, at, Question.of(kind, mine, draft.hold(hold_id).send_before, name))
    if draft.hold(hold_id).waits_for:
        if draft.hold(hold_id).status is HoldStatus.SCHEDULED:
            emit(draft, HoldMoved(at, hold_id, HoldTrigger.ASK_APPROVAL))
        return True
    moments = [verdict.until for verdict in verdicts if verdict.effect is Effect.DEFER and verdict.until is not None]
    if not moments:
        return False
    if draft.hold(hold_id).deferred_until != max(moments):
        emit(draft, HoldDeferred(at, hold_id, max(moments)))
    return True


def _ruled(draft: Draft, hold: Hold, at: datetime, terms: Terms, moment: datetime) -> tuple[Verdict, ...]:
    """What the rules of the site say; where there are none, the case need not be put together."""
    if not terms.policy.rules and not draft.site.moratoria:
        return ()
    return policy.judge(terms.policy, case_of(draft, hold, at), moment)


def _override(hold: Hold) -> policy.Override | None:
    return None if hold.override_protected is None else policy.Override(hold.override_protected, hold.reason)


def _kind_of(verdict: Verdict) -> ApprovalKind:
    if verdict.code is None:
        return ApprovalKind.POLICY
    return _KINDS.get(verdict.code, ApprovalKind.POLICY)
