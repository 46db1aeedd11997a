"""How a restore proceeds. Only a closed list of causes may stop it, and each stop names who can clear it."""

from collections.abc import Iterator
from datetime import datetime

from meterhold.domain.decide import inspecting, pacing
from meterhold.domain.decide.attention import AS_IT_IS, clear, raise_once
from meterhold.domain.decide.handing_over import bringing_back, hand_over, heir_of, others_at, stacked_over, take_over
from meterhold.domain.decide.queueing import Work, end_unsent_suspensions, queue_operation
from meterhold.domain.decide.sequence import stages
from meterhold.domain.decide.unrestored import wait_behind, wait_for
from meterhold.domain.draft import Draft
from meterhold.domain.errors import Refused
from meterhold.domain.events import HoldMoved, LegWaits, OrderAdvanced, OrderFinished
from meterhold.domain.evolve import emit
from meterhold.domain.hold import Hold, Leg
from meterhold.domain.hold_table import HoldStatus, HoldTrigger
from meterhold.domain.order import OrderKey
from meterhold.domain.words import Because, OnRestore, OrderResult, Outcome, SupplyState


def begin(draft: Draft, hold_id: str, at: datetime, detail: str = "") -> None:
    """Turn a hold round: its supply is wanted back."""
    emit(draft, HoldMoved(at, hold_id, HoldTrigger.RESTORE, detail=detail))
    go_on(draft, hold_id, at)


def go_on(draft: Draft, hold_id: str, at: datetime) -> None:
    """Take the next step of a restore, and keep no other restores waiting any more."""
    proceed(draft, hold_id, at)
    if draft.hold(hold_id).status is HoldStatus.RESTORING:
        release_others(draft, draft.hold(hold_id), at)


def proceed(draft: Draft, hold_id: str, at: datetime) -> None:
    """Queue what a restoring hold may do next, or conclude when supply is back on every leg."""
    end_unsent_suspensions(draft, hold_id, at, Outcome.SUPERSEDED)
    _hand_over(draft, hold_id, at)
    legs = [leg for leg in draft.hold(hold_id).legs if needs_restore(leg)]
    for stage in stages(draft, legs, restoring=True):
        for leg in stage:
            _queue_if_possible(draft, draft.hold(hold_id), leg, at)
        if any(_still_first_try(draft.hold(hold_id).leg(leg.meter_id)) for leg in stage):
            return
    found_off = [leg for leg in draft.hold(hold_id).legs if leg.found_off and not leg.accepted and not leg.handed_to]
    waiting = [leg for leg in found_off if _found_off_waits(draft, hold_id, leg, at)]
    if not waiting and all(_restored(draft.hold(hold_id).leg(leg.meter_id)) for leg in legs):
        _conclude(draft, hold_id, at)


def _hand_over(draft: Draft, hold_id: str, at: datetime) -> None:
    """Leave to another hold what that one wants off still."""
    for leg in draft.hold(hold_id).legs:
        if not needs_restore(leg) or leg.busy or stacked_over(draft, leg.meter_id, hold_id) is not None:
            continue
        heir = heir_of(draft, leg.meter_id, hold_id)
        if heir is not None:
            clear(draft, hold_id, at, meter_id=leg.meter_id)
            hand_over(draft, hold_id, leg.meter_id, heir, at)


def _found_off_waits(draft: Draft, hold_id: str, leg: Leg, at: datetime) -> bool:
    """Say of a leg that was off before this hold what it waits for: another hold, or an approver."""
    other = stacked_over(draft, leg.meter_id, hold_id) or bringing_back(draft, leg.meter_id, hold_id)
    if other is not None:
        wait_for(draft, hold_id, leg.meter_id, at, other)
        return True
    if leg.held_by is not None:
        clear(draft, hold_id, at, meter_id=leg.meter_id, codes={Because.HELD_BY})
        emit(draft, LegWaits(at, hold_id, leg.meter_id, Because.FOUND_OFF))
    owner = next((one for one in others_at(draft, leg.meter_id, hold_id) if one.leg(leg.meter_id).written), None)
    if owner is not None:
        # The hold that switched it off wants it off still, and brings it back.
        hand_over(draft, hold_id, leg.meter_id, owner, at)
        return False
    raise_once(
        draft,
        hold_id,
        at,
        Because.FOUND_OFF,
        leg.meter_id,
        who="an approver",
        decisions=AS_IT_IS,
        detail="it was off before this hold: only an approver's restore that names it connects it",
    )
    return True


def needs_restore(leg: Leg) -> bool:
    """A write of the hold may have taken effect there, or still may."""
    return (leg.written and not leg.found_off) or (leg.operation is not None and leg.operation.unresolved)


def outstanding(leg: Leg) -> bool:
    """The restore is not done with the leg."""
    return needs_restore(leg) and not _restored(leg)


def _queue_if_possible(draft: Draft, hold: Hold, leg: Leg, at: datetime) -> None:
    operation = leg.operation
    if operation is not None and not operation.ended and not operation.restores:
        wait_behind(draft, hold.hold_id, operation, at)
        return  # what was written is resolved first
    made_room = operation is not None and operation.outcome is Outcome.SUPERSEDED
    if operation is not None and (not operation.ended or operation.restores) and not made_room:
        return  # a restore that ended is a person's to decide on
    queue_unless_stopped(draft, hold, leg, at)


def queue_unless_stopped(draft: Draft, hold: Hold, leg: Leg, at: datetime) -> None:
    """Plan to bring a leg's supply back, or say what it waits for."""
    holder = stacked_over(draft, leg.meter_id, hold.hold_id)
    if holder is not None:
        wait_for(draft, hold.hold_id, leg.meter_id, at, holder)
        return
    if inspecting.is_due(hold, leg, at):
        inspecting.wait(draft, hold, leg, at)
        return
    queue_restore(draft, hold, leg, at)


def queue_restore(draft: Draft, hold: Hold, leg: Leg, at: datetime) -> None:
    """Plan to bring a leg's supply back. It is never too late for that, and never given up."""
    if not needs_restore(leg):
        raise Refused(Because.FOUND_OFF, f"meter {leg.meter_id} was not switched off by this hold")
    if inspecting.is_due(hold, leg, at):
        raise Refused(Because.INSPECTION_DUE, f"meter {leg.meter_id} was off for so long that it is inspected first")
    clear(draft, hold.hold_id, at, meter_id=leg.meter_id)
    arms = leg.only_arms or hold.on_restore is OnRestore.ARM
    target = SupplyState.ARMED if arms else SupplyState.CONNECTED
    meter = draft.meter(leg.meter_id)
    due_at = pacing.when(draft, hold, meter, at, f"{hold.hold_id}:{leg.meter_id}")
    queue_operation(draft, hold, leg.meter_id, at, Work(target, due_at=due_at, priority=pacing.urgency(hold, meter)))
    if due_at > at:
        pacing.note_paced(draft, hold.hold_id, meter, at, due_at)


def _still_first_try(leg: Leg) -> bool:
    """A leg that waits for its first answer holds the next stage up; one that failed backs off alone."""
    operation = leg.operation
    if operation is None or operation.ended:
        return False
    return operation.failed_looks == 0 and operation.because in {None, Because.PACED}


def _restored(leg: Leg) -> bool:
    operation = leg.operation
    verified = operation is not None and operation.connects and leg.outcome is Outcome.VERIFIED
    return verified or (leg.accepted and not leg.busy)


def _conclude(draft: Draft, hold_id: str, at: datetime) -> None:
    """End a restore: with supply back, or with a meter left off for another hold."""
    clear(draft, hold_id, at)
    handed = [leg for leg in draft.hold(hold_id).legs if leg.handed_to]
    emit(draft, HoldMoved(at, hold_id, HoldTrigger.HAND_OVER if handed else HoldTrigger.RESTORED))
    hold = draft.hold(hold_id)
    if hold.suspend_key is not None and draft.order(hold.suspend_key).result is OrderResult.OPEN:
        detail = "a restore came before it was complete"
        emit(draft, OrderFinished(at, hold.suspend_key, hold_id, OrderResult.SUPERSEDED, detail=detail))
    for key in hold.restore_keys:
        if {leg.handed_to for leg in handed} <= {*draft.order(key).hold_ids}:
            advance_order(draft, key, hold_id, at)
        elif draft.order(key).result is OrderResult.OPEN:
            detail = "; ".join(f"{leg.meter_id} stays off for hold {leg.handed_to}" for leg in handed)
            emit(draft, OrderFinished(at, key, hold_id, OrderResult.SUPERSEDED, Because.HELD_BY, detail))
    take_over(draft, hold, at)
    release_others(draft, hold, at)


def advance_order(draft: Draft, key: OrderKey, hold_id: str, at: datetime) -> None:
    """Note that one of an order's holds got there; when all did, the order is done."""
    if draft.order(key).result is not OrderResult.OPEN:
        return
    emit(draft, OrderAdvanced(at, key, hold_id))
    if not draft.order(key).waiting_for:
        emit(draft, OrderFinished(at, key, hold_id, OrderResult.DONE, detail="; ".join(_unproven(draft, key))))


def _unproven(draft: Draft, key: OrderKey) -> Iterator[str]:
    """Name the meters that a person accepted as they are: the order is done with them, and they are not proven back."""
    for hold in filter(None, map(draft.find_hold, draft.order(key).hold_ids)):
        for leg in hold.legs:
            if leg.accepted and hold.status is HoldStatus.RESTORED and leg.restored_at is None:
                yield f"{leg.meter_id} is not proven back: a person has accepted it as it is"


def release_others(draft: Draft, hold: Hold, at: datetime) -> None:
    """Let the restores go on that this hold kept from connecting."""
    for leg in hold.legs:
        for other_id in draft.meter(leg.meter_id).open_holds:
            other = draft.find_hold(other_id)
            if other is not None and other.status is HoldStatus.RESTORING:
                proceed(draft, other_id, at)
