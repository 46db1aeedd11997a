"""How a suspension proceeds: start, one stage of legs after the other, and what it comes to."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from meterhold.domain.approval import ApprovalStatus
from meterhold.domain.commands import Terms
from meterhold.domain.decide import admission, inspecting, restore
from meterhold.domain.decide.attention import AS_IT_IS, EVERY_DECISION, clear, clear_passing, raise_once
from meterhold.domain.decide.queueing import Work, end_unsent_suspensions, queue_operation
from meterhold.domain.decide.sequence import stages
from meterhold.domain.draft import Draft
from meterhold.domain.events import HoldMoved, OrderFinished, RestoreAsked
from meterhold.domain.evolve import emit
from meterhold.domain.hold import Hold, Leg
from meterhold.domain.hold_table import HoldStatus, HoldTrigger
from meterhold.domain.policy import refusals
from meterhold.domain.sentences import sentence
from meterhold.domain.words import STACKING_REASONS, Because, Mode, OnPartial, OrderResult, Outcome, SupplyState

_OF_THRESHOLDS = frozenset({Because.BULK_LIMIT, Because.LOAD_CAP})


def begin(draft: Draft, hold_id: str, at: datetime, terms: Terms, *, judged: bool = False) -> None:
    """Start a suspension that is due. Unless that was done just now, all rules run again, on the meters as they are."""
    if not judged and not _admitted(draft, hold_id, at, terms):
        return
    inspecting.note(draft, hold_id, at, terms)
    emit(draft, HoldMoved(at, hold_id, HoldTrigger.START))
    proceed(draft, hold_id, at, terms)


def _admitted(draft: Draft, hold_id: str, at: datetime, terms: Terms) -> bool:
    verdicts = admission.judge(draft, draft.hold(hold_id), at, terms)
    admission.keep(draft, hold_id, at, verdicts)
    refused = refusals(verdicts)
    if refused:
        code = refused[0].code or Because.PROTECTED_CUSTOMER
        emit(draft, HoldMoved(at, hold_id, HoldTrigger.REFUSE, code, refused[0].sentence))
        finish_suspend_order(draft, hold_id, at, OrderResult.REJECTED, code, refused[0].sentence)
        return False
    return not admission.put_off(draft, hold_id, at, verdicts)


def meter_taken(draft: Draft, hold: Hold) -> bool:
    """Another hold is not done with one of the meters: wait, or its restore would connect what this one cut.

    ``safety`` and ``meter_work`` wait for nobody: it is they who keep the others from connecting.
    """
    if hold.reason in STACKING_REASONS:
        return False
    for leg in hold.legs:
        for other_id in draft.meter(leg.meter_id).open_holds:
            other = draft.find_hold(other_id)
            if other is None or other_id == hold.hold_id:
                continue
            begun = other.status not in {HoldStatus.SCHEDULED, HoldStatus.AWAITING_APPROVAL}
            if other.leg(leg.meter_id).busy or (begun and other.reason not in STACKING_REASONS):
                return True
    return False


def proceed(draft: Draft, hold_id: str, at: datetime, terms: Terms) -> None:
    """Queue the next stage, or conclude when every leg's part has ended."""
    hold = draft.hold(hold_id)
    switched = [leg for leg in hold.legs if leg.mode is not Mode.MONITOR_ONLY]
    if not switched:
        emit(draft, HoldMoved(at, hold_id, HoldTrigger.MONITORING))
        finish_suspend_order(draft, hold_id, at, OrderResult.DONE)
        return
    for stage in stages(draft, switched, restoring=False):
        # What was cancelled has made way for a later start.
        fresh = [leg for leg in stage if leg.operation is None or leg.outcome is Outcome.CANCELLED]
        for leg in fresh:
            queue_suspension(draft, hold, leg, at, terms)
        if fresh or any(not leg.settled for leg in stage):
            return
    _conclude(draft, hold_id, at)


def queue_suspension(draft: Draft, hold: Hold, leg: Leg, at: datetime, terms: Terms) -> None:
    """Plan a leg's disconnection, within the hold's own limits."""
    target = SupplyState.RESTRICTED if leg.mode is Mode.RESTRICT else SupplyState.DISCONNECTED
    give_up_at = min(hold.not_after, at + timedelta(seconds=terms.unreachable_after_s))
    queue_operation(draft, hold, leg.meter_id, at, Work(target, give_up_at, hold.send_before))


def _conclude(draft: Draft, hold_id: str, at: datetime) -> None:
    """Every leg's part has ended: say what the suspension came to."""
    hold = draft.hold(hold_id)
    switched = [leg for leg in hold.legs if leg.mode is not Mode.MONITOR_ONLY]
    all_off = all(leg.off for leg in switched)
    if any(leg.off or (leg.accepted and _may_be_off(leg)) for leg in switched):
        emit(draft, HoldMoved(at, hold_id, HoldTrigger.SUSPENDED))
        detail = "; ".join(_shortcomings(switched))
        code = next((leg.because for leg in switched if not leg.off), None)
        finish_suspend_order(draft, hold_id, at, OrderResult.DONE, code, detail)
        if not all_off and hold.on_partial is OnPartial.REVERSE:
            ask_restore(draft, hold_id, at, "on_partial: reverse")
        return
    if all(leg.outcome is Outcome.EXPIRED for leg in switched):
        give_up(draft, hold_id, at, Because.EXPIRED, "it became too late to send what was still to be sent")
    elif all(leg.accepted or leg.outcome is Outcome.EXPIRED for leg in switched):
        decided = next(leg for leg in switched if leg.accepted)
        give_up(draft, hold_id, at, decided.because or Because.EXPIRED, "left as it is by a person's decision")


def _shortcomings(switched: list[Leg]) -> Iterator[str]:
    """What the order's result must not hide."""
    if not all(leg.off for leg in switched):
        yield "not every leg could be suspended: see the hold"
    armed = [leg.meter_id for leg in switched if leg.outcome is Outcome.ARMED]
    if armed:
        yield f"{', '.join(armed)}: {sentence(Because.ARMED)}"


def _undecided(draft: Draft, hold: Hold) -> bool:
    """It waited for a second person, and nobody has said no."""
    return any(draft.approval(name).status is not ApprovalStatus.REFUSED for name in hold.waits_for)


def give_up(draft: Draft, hold_id: str, at: datetime, code: Because, detail: str) -> None:
    """End a suspension that came to nothing; where a write may have taken effect, bring supply back."""
    hold = draft.hold(hold_id)
    expired = code is Because.EXPIRED or (code in _OF_THRESHOLDS and _undecided(draft, hold))
    result = OrderResult.EXPIRED if expired else OrderResult.FAILED
    if hold.intended_once:
        finish_suspend_order(draft, hold_id, at, result, code, detail)
        ask_restore(draft, hold_id, at, "suspension given up")
        return
    ended = Outcome.EXPIRED if code is Because.EXPIRED else Outcome.CANCELLED
    end_unsent_suspensions(draft, hold_id, at, ended, code)
    clear(draft, hold_id, at)
    emit(draft, HoldMoved(at, hold_id, HoldTrigger.EXPIRE, code, detail))
    finish_suspend_order(draft, hold_id, at, result, code, detail)
    restore.release_others(draft, hold, at)


def ask_restore(draft: Draft, hold_id: str, at: datetime, by: str) -> None:
    """Begin a restore that no order asked for."""
    hold = draft.hold(hold_id)
    emit(draft, RestoreAsked(at, hold_id, by, None, hold.on_restore))
    restore.begin(draft, hold_id, at, by)


def _may_be_off(leg: Leg) -> bool:
    return leg.outcome in {Outcome.UNVERIFIED, Outcome.UNRESOLVED} and leg.actual is SupplyState.UNKNOWN


def note_ended_leg(draft: Draft, hold_id: str, meter_id: str, at: datetime) -> None:
    """Raise attention for a leg whose suspension did not end well."""
    clear_passing(draft, hold_id, at, meter_id)
    hold = draft.hold(hold_id)
    leg = hold.leg(meter_id)
    if leg.outcome in {Outcome.VERIFIED, Outcome.SUPERSEDED, Outcome.CANCELLED}:
        return
    if leg.outcome is Outcome.EXPIRED and hold.status is HoldStatus.SUSPENDING:
        return
    detail = leg.operation.detail if leg.operation is not None else ""
    code, detail = leg.because or Because.OUTCOME_UNKNOWN, f"{leg.outcome}: {detail}"
    # What the device has no better command for need not be tried again.
    decisions = AS_IT_IS if leg.outcome is Outcome.ARMED else EVERY_DECISION
    raise_once(draft, hold_id, at, code, meter_id, decisions=decisions, detail=detail)


def finish_suspend_order(
    draft: Draft,
    hold_id: str,
    at: datetime,
    result: OrderResult,
    code: Because | None = None,
    detail: str = "",
) -> None:
    """Give the suspend order its result, if it has none yet."""
    key = draft.hold(hold_id).suspend_key
    if key is None or draft.order(key).result is not OrderResult.OPEN:
        return
    emit(draft, OrderFinished(at, key, hold_id, result, code, detail))


def lapse(draft: Draft, hold_id: str, at: datetime, terms: Terms) -> None:
    """``not_after`` has passed: what was not sent is never sent."""
    hold = draft.hold(hold_id)
    if hold.status is not HoldStatus.SUSPENDING:
        return
    if not hold.intended_once:
        worst = next((leg for leg in hold.legs if leg.because is not None), None)
        code = worst.because if worst is not None and worst.because is not None else Because.EXPIRED
        give_up(draft, hold_id, at, code, "not_after passed before anything was sent")
        return
    proceed(draft, hold_id, at, terms)
