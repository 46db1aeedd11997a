"""What the calendar does: a hold's next moment has come, or the clock has stepped."""

from datetime import datetime

from meterhold.domain.commands import AdvanceHold, StepClock
from meterhold.domain.decide import operations, restore, suspend, thresholds
from meterhold.domain.decide.attention import DESK, RESTORE_DECISIONS, raise_once
from meterhold.domain.draft import Draft
from meterhold.domain.events import ClockStepped, HoldMoved, HoldReminded
from meterhold.domain.evolve import emit
from meterhold.domain.evolve.tallies import brought_back
from meterhold.domain.hold import Hold
from meterhold.domain.hold_table import HoldStatus, HoldTrigger
from meterhold.domain.words import Because, Decision, OrderResult


def advance(draft: Draft, command: AdvanceHold) -> None:
    """Do what is due on a hold; a wake-up that is early, late or doubled finds nothing to do."""
    hold, at = draft.hold(command.hold_id), command.at
    if hold.next_moment_at is None or hold.next_moment_at > at:
        return
    match hold.status:
        case HoldStatus.SCHEDULED | HoldStatus.AWAITING_APPROVAL:
            _start_or_expire(draft, hold, command)
        case HoldStatus.SUSPENDING:
            _suspending(draft, hold, command)
        case HoldStatus.SUSPENDED | HoldStatus.MONITORING:
            _planned_restore(draft, hold, command)
        case HoldStatus.RESTORING:
            _late_restore(draft, hold, at)
        case _:
            return


def _start_or_expire(draft: Draft, hold: Hold, command: AdvanceHold) -> None:
    at = command.at
    too_late = at >= hold.not_after or (hold.ends_at is not None and at >= hold.ends_at)
    if too_late:
        detail = "it became too late to suspend before anything was written"
        if hold.waits_for:
            detail = f"no second person has agreed in time: approval {', '.join(hold.waits_for)}"
        emit(draft, HoldMoved(at, hold.hold_id, HoldTrigger.EXPIRE, Because.EXPIRED, detail))
        suspend.finish_suspend_order(draft, hold.hold_id, at, OrderResult.EXPIRED, Because.EXPIRED, detail)
        return
    if hold.status is HoldStatus.SCHEDULED and command.clock_trusted and not suspend.meter_taken(draft, hold):
        suspend.begin(draft, hold.hold_id, at, command.terms)


def _late_restore(draft: Draft, hold: Hold, at: datetime) -> None:
    """Alarm for the legs that the restore works on; what was found off already waits for an approver."""
    emit(draft, HoldReminded(at, hold.hold_id))
    for leg in filter(restore.outstanding, hold.legs):
        raise_once(
            draft,
            hold.hold_id,
            at,
            leg.because or Because.OUTCOME_UNKNOWN,
            leg.meter_id,
            decisions=RESTORE_DECISIONS,
            detail="restore_by has passed and supply is not proven back",
        )


def _suspending(draft: Draft, hold: Hold, command: AdvanceHold) -> None:
    at = command.at
    if hold.ends_at is not None and at >= hold.ends_at:
        if hold.intended_once:
            _planned_restore(draft, hold, command)
        else:
            suspend.give_up(draft, hold.hold_id, at, Because.EXPIRED, "ends_at passed before anything was written")
        return
    emit(draft, HoldReminded(at, hold.hold_id))
    suspend.lapse(draft, hold.hold_id, at, command.terms)
    operations.follow(draft, hold.hold_id, at, command.terms, ended=False)


def _planned_restore(draft: Draft, hold: Hold, command: AdvanceHold) -> None:
    at = command.at
    if hold.unpaid:
        emit(draft, HoldReminded(at, hold.hold_id))
        raise_once(
            draft,
            hold.hold_id,
            at,
            Because.PAYMENT_REQUIRED,
            None,
            who=DESK,
            decisions=(Decision.RESTORE,),
            detail="ends_at has passed; this hold needs a payment_ref before supply may come back",
        )
        return
    thresholds.tell_of_many_restores(draft, None, brought_back(draft, hold.legs), at, command.terms)
    suspend.ask_restore(draft, hold.hold_id, at, "calendar")
    operations.follow(draft, hold.hold_id, at, command.terms)


def step_clock(draft: Draft, command: StepClock) -> None:
    """Move the waits of open operations along with the clock, so that a jump neither stalls nor hurries them."""
    emit(draft, ClockStepped(command.at, command.step_s, command.hold_ids))
