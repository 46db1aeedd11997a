"""More suspensions than usual wait for a second person; unreleased they expire and are never sent.

They are stopped twice. At intake, by what was asked for: the order is quarantined before anything of it begins. And at
the intent, by what was sent: however orders were spread over time, no window sees more unreleased disconnections leave
than the threshold.
"""

from datetime import datetime, timedelta
from operator import attrgetter

from meterhold.domain.approval import RELEASING, ApprovalKind
from meterhold.domain.commands import SubmitOrder, Terms
from meterhold.domain.counting import sender_of
from meterhold.domain.decide.alarming import raise_alarm
from meterhold.domain.decide.asking import Question, ask_for_hold
from meterhold.domain.decide.attention import ON_ITS_OWN, clear_passing, raise_once
from meterhold.domain.decide.thresholds import Excess, excess_off
from meterhold.domain.draft import Draft
from meterhold.domain.events import HoldJudged
from meterhold.domain.evolve import emit
from meterhold.domain.hold import Hold
from meterhold.domain.meter import Meter
from meterhold.domain.operation import Move, Operation
from meterhold.domain.operation_table import Trigger
from meterhold.domain.policy import Effect, Verdict
from meterhold.domain.protocol import PUT_OFF_S
from meterhold.domain.words import Because, Mode, Outcome

_WAITS = "it waits for a second person"


def judge_order(draft: Draft, hold: Hold, command: SubmitOrder) -> tuple[Verdict, ...]:
    """Say of a suspension that comes in whether it is one of many. What it asks for is not counted yet."""
    at, terms = command.at, command.terms
    meters = [draft.meter(leg.meter_id) for leg in hold.legs if leg.mode is not Mode.MONITOR_ONLY]
    if not meters:
        return ()
    if command.document is not None:
        return (_bulk(at, f"one document holds more than {terms.bulk_orders} orders of this kind", terms),)
    if len(meters) > terms.bulk_orders:
        return (_bulk(at, f"the order switches {len(meters)} meters", terms),)
    waiting = draft.originator(command.key.sender).approvals.get(ApprovalKind.QUARANTINE.value)
    if waiting is not None:
        sentence = f"orders of {command.key.sender} are in quarantine: until somebody has decided, so is this one"
        facts = {"approval_id": waiting}
        return (
            Verdict("limits.quarantine", "code", Effect.NEEDS_APPROVAL, at, Because.BULK_LIMIT, sentence, facts=facts),
        )
    excess = excess_off(draft, command.key.sender, meters, at, terms, attrgetter("asked_off"))
    return () if excess is None else (excess.verdict(at),)


def _bulk(at: datetime, sentence: str, terms: Terms) -> Verdict:
    facts = {"bulk_orders": str(terms.bulk_orders)}
    return Verdict("limits.bulk", "code", Effect.NEEDS_APPROVAL, at, Because.BULK, sentence, facts=facts)


def hold_back(draft: Draft, operation: Operation, meter: Meter, at: datetime, terms: Terms) -> Move | None:
    """Put a disconnection off that is one too many, or whose hold waits for a second person; ``None`` permits it."""
    hold = draft.hold(operation.hold_id)
    excess = excess_off(draft, sender_of(hold), [meter], at, terms, attrgetter("sent_off"))
    if operation.restores:
        return None if excess is None else _keep_open(draft, operation, excess, at)
    released = any(draft.approval(approval_id).kind in RELEASING for approval_id in hold.approved)
    if not hold.waits_for and (excess is None or released):
        return None
    if operation.unresolved:
        return _give_back(excess, at)
    if hold.waits_for or excess is None:
        return _wait(hold, Because.BULK_LIMIT, at)
    verdict = excess.verdict(at)
    emit(draft, HoldJudged(at, hold.hold_id, (verdict,)))
    ask_for_hold(draft, hold.hold_id, at, Question.of(ApprovalKind.QUARANTINE, [verdict], hold.send_before))
    clear_passing(draft, hold.hold_id, at, meter.meter_id)
    raise_once(
        draft,
        hold.hold_id,
        at,
        excess.code,
        meter.meter_id,
        who="an approver",
        decisions=ON_ITS_OWN,
        detail=verdict.sentence,
    )
    return _wait(hold, excess.code, at)


def _wait(hold: Hold, code: Because, at: datetime) -> Move:
    """Nothing is asked again before a person decides or it is too late."""
    return Move(Trigger.PUT_OFF, at, because=code, detail=_WAITS, look_again_at=max(hold.send_before, at))


def _give_back(excess: Excess | None, at: datetime) -> Move:
    """End a disconnection whose first write is known to have done nothing: left open it would keep the meter taken."""
    code = Because.BULK_LIMIT if excess is None else excess.code
    detail = "its first write had no effect, and a second one would be one too many"
    return Move(Trigger.END, at, outcome=Outcome.BLOCKED, because=code, detail=detail)


def _keep_open(draft: Draft, operation: Operation, excess: Excess, at: datetime) -> Move:
    """The valve of a leak stays open for now: somebody is told at once, and it is asked again soon."""
    detail = excess.says("go within that time, so this leak is not shut yet")
    raise_once(
        draft,
        operation.hold_id,
        at,
        excess.code,
        operation.meter_id,
        decisions=ON_ITS_OWN,
        detail=detail,
    )
    raise_alarm(draft, at, excess.code, detail, meter_id=operation.meter_id, hold_id=operation.hold_id)
    again = at + timedelta(seconds=PUT_OFF_S)
    return Move(Trigger.PUT_OFF, at, because=excess.code, detail=detail, look_again_at=again)
