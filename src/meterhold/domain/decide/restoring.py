"""A ``restore`` order: by hold, by the suspend order, by service point or by meters."""

from datetime import datetime

from meterhold.domain.commands import SubmitOrder
from meterhold.domain.decide import admission, bulk, overtaking, restore, suspend, thresholds
from meterhold.domain.decide.answers import accept, is_stale, refuse, refuse_if_stale
from meterhold.domain.decide.attention import clear
from meterhold.domain.decide.queueing import end_unsent_suspensions
from meterhold.domain.decide.suspending import plan
from meterhold.domain.draft import Draft
from meterhold.domain.events import HoldMoved, HoldOpened, RestoreAsked
from meterhold.domain.evolve import emit
from meterhold.domain.evolve.tallies import brought_back
from meterhold.domain.hold import Hold
from meterhold.domain.hold_table import HoldStatus, HoldTrigger
from meterhold.domain.replacing import replace
from meterhold.domain.words import STACKING_REASONS, Because, OnRestore, OrderResult, Outcome, Reason


def take_in(draft: Draft, command: SubmitOrder) -> None:
    """Bring supply back for every hold that is meant."""
    overtaking.note_restore(draft, command)
    named = [draft.hold(hold_id) for hold_id in _meant(draft, command)]
    if not named:
        _restore_what_nobody_holds(draft, command)
        return
    fresh = [hold for hold in named if not is_stale(command, hold)]
    if not fresh:
        refuse_if_stale(draft, command, named[0])
        return
    live = [hold for hold in fresh if not hold.final]
    if not live:
        _answer_final(draft, command, fresh[0])
        return
    unpaid = [hold for hold in live if _needs_payment(hold, command)]
    if unpaid:
        detail = f"hold {unpaid[0].hold_id} needs a payment_ref before supply may come back"
        refuse(
            draft,
            command,
            Because.PAYMENT_REQUIRED,
            detail,
            hold_ids=tuple(hold.hold_id for hold in live),
        )
        return
    hold_ids = tuple(hold.hold_id for hold in live)
    accept(draft, command, hold_ids, admission.warnings(draft, live, command.at, command.terms))
    if not bulk.wait(draft, command, live):
        carry_out(draft, command, hold_ids)


def carry_out(draft: Draft, command: SubmitOrder, hold_ids: tuple[str, ...]) -> None:
    """Bring supply back for every one of these holds that is still open; another order may have done so since."""
    for hold_id in hold_ids:
        hold = draft.hold(hold_id)
        if hold.final:
            restore.advance_order(draft, command.key, hold_id, command.at)
        elif command.key not in hold.restore_keys:
            _restore(draft, command, hold)
    # All of them have turned round before any of them acts: none is left off for another that comes back too.
    for hold_id in hold_ids:
        if draft.hold(hold_id).status is HoldStatus.RESTORING:
            restore.go_on(draft, hold_id, command.at)


def _meant(draft: Draft, command: SubmitOrder) -> tuple[str, ...]:
    """Name the holds: those that the order names, or all that are open at its meters."""
    if command.hold_ids:
        return command.hold_ids
    return tuple(hold_id for hold_id in _open_there(draft, command) if _ends_by_place(draft.hold(hold_id), command))


def _open_there(draft: Draft, command: SubmitOrder) -> tuple[str, ...]:
    open_holds = (hold_id for meter_id in command.meter_ids for hold_id in draft.meter(meter_id).open_holds)
    return tuple(dict.fromkeys(open_holds))


def _ends_by_place(hold: Hold, command: SubmitOrder) -> bool:
    """Whether an order that names only the place means this hold too.

    A payment must not undo what a crew has cut: another sender's ``safety`` or ``meter_work`` hold is ended by its own
    name, or by an approver.
    """
    own = hold.suspend_key is None or hold.suspend_key.sender == command.key.sender
    return own or command.may_approve or hold.reason not in STACKING_REASONS


def _restore_what_nobody_holds(draft: Draft, command: SubmitOrder) -> None:
    """No hold is meant: a crew's may be open there, else an approver may have the meters connected all the same."""
    kept_by = _open_there(draft, command)
    if not kept_by:
        _restore_only(draft, command)
        return
    hold = draft.hold(kept_by[0])
    detail = f"the {hold.reason} hold {hold.hold_id} of another sender is open there: it is ended by its own name"
    refuse(draft, command, Because.HELD_BY, detail, hold_ids=kept_by)


def _needs_payment(hold: Hold, command: SubmitOrder) -> bool:
    paid = command.order.payment_ref or hold.payment_ref
    return hold.restore_requires_payment and not paid and hold.intended_once


def _answer_final(draft: Draft, command: SubmitOrder, hold: Hold) -> None:
    """Say how a hold that is over stands to a late restore."""
    if hold.status is HoldStatus.CLOSED:
        detail = "the hold was closed with supply off: an approver's restore by service point or meter brings it back"
    else:
        detail = f"the hold is {hold.status} already"
    refuse(
        draft,
        command,
        Because.HOLD_STATUS,
        detail,
        result=OrderResult.TOO_LATE,
        hold_ids=(hold.hold_id,),
    )


def _restore(draft: Draft, command: SubmitOrder, hold: Hold) -> None:
    order, at = command.order, command.at
    if hold.status is not HoldStatus.RESTORING:
        meters = brought_back(draft, hold.legs)
        thresholds.tell_of_many_restores(draft, command.key.sender, meters, at, command.terms)
    emit(
        draft,
        RestoreAsked(
            at,
            hold.hold_id,
            order.requested_by or command.key.sender,
            command.key,
            order.on_restore or hold.on_restore,
            order.restore_by,
            order.payment_ref,
            min(order.issued_at, at),
            order.sequence,
            found_off_too=_found_off(hold, command),
        ),
    )
    not_begun = hold.status in {HoldStatus.SCHEDULED, HoldStatus.AWAITING_APPROVAL}
    if not_begun or (hold.status is HoldStatus.SUSPENDING and not hold.intended_once):
        _cancel_suspension(draft, hold.hold_id, at)
        restore.advance_order(draft, command.key, hold.hold_id, at)
        return
    if hold.status is not HoldStatus.RESTORING:
        emit(draft, HoldMoved(at, hold.hold_id, HoldTrigger.RESTORE))


def _found_off(hold: Hold, command: SubmitOrder) -> tuple[str, ...]:
    """Only an approver who names a meter that was found off brings it back."""
    if not command.may_approve:
        return ()
    return tuple(leg.meter_id for leg in hold.legs if leg.found_off and leg.meter_id in command.order.meters)


def _cancel_suspension(draft: Draft, hold_id: str, at: datetime) -> None:
    """Nothing was intended yet: the suspension is simply not carried out."""
    end_unsent_suspensions(draft, hold_id, at, Outcome.SUPERSEDED)
    clear(draft, hold_id, at)
    emit(draft, HoldMoved(at, hold_id, HoldTrigger.CANCEL, detail="a restore came before anything was written"))
    suspend.finish_suspend_order(
        draft, hold_id, at, OrderResult.SUPERSEDED, detail="a restore came before anything was written"
    )
    restore.release_others(draft, draft.hold(hold_id), at)


def _restore_only(draft: Draft, command: SubmitOrder) -> None:
    """No hold is open there: an approver may have the meters connected all the same."""
    if not command.may_approve or not command.meter_ids:
        detail = "no hold is open there; a restore without a hold takes an approver"
        refuse(draft, command, Because.UNKNOWN_HOLD, detail)
        return
    if bulk.is_bulk(command, 1):
        refuse(draft, command, Because.BULK, "no hold is open there; a restore without a hold is sent by itself")
        return
    order, at = command.order, command.at
    hold_id = command.spare_hold_id or f"{command.key.sender}-{command.key.order_id}-restore"
    meters = [draft.meter(meter_id) for meter_id in command.meter_ids]
    shape = plan(draft, replace(command, hold_ids=(hold_id,)))
    legs = tuple(replace(leg, written=True) for leg in shape.legs)
    hold = replace(
        shape,
        suspend_key=None,
        restore_keys=(command.key,),
        status=HoldStatus.RESTORING,
        legs=legs,
        reason=order.reason or Reason.CUSTOMER_REQUEST,
        service_point=meters[0].installation.service_point,
        on_restore=order.on_restore or OnRestore.CONNECT,
        starts_at=at,
        ends_at=at,
        not_after=at,
        restore_asked_at=at,
    )
    accept(draft, command, (hold_id,))
    emit(draft, HoldOpened(at, hold))
    restore.proceed(draft, hold_id, at)
