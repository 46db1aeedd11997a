"""How a hold and its legs change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from meterhold.domain import events as e
from meterhold.domain.draft import Draft
from meterhold.domain.evolve.applying import Apply
from meterhold.domain.evolve.watching import follow_hold
from meterhold.domain.hold import Hold, Leg
from meterhold.domain.hold_table import HoldStatus, next_status
from meterhold.domain.meter import Meter
from meterhold.domain.replacing import replace
from meterhold.domain.words import Because, Identity, Proof, SupplyState


def _hold_opened(draft: Draft, event: e.HoldOpened) -> None:
    hold = event.hold
    draft.holds[hold.hold_id] = hold
    for leg in hold.legs:
        meter = draft.meter(leg.meter_id)
        draft.meters[leg.meter_id] = replace(meter, open_holds=(*meter.open_holds, hold.hold_id))
        if meter.lock is not None:
            _change_leg(draft, hold.hold_id, leg.meter_id, lock=meter.lock)


def _hold_amended(draft: Draft, event: e.HoldAmended) -> None:
    order, hold = event.order, draft.hold(event.hold_id)
    given = {
        name: getattr(order, name)
        for name in ("starts_at", "ends_at", "on_restore", "priority", "comment", "restore_by")
        if name in order.given
    }
    hold = replace(
        hold,
        **given,
        not_after=event.not_after,
        deferred_until=None,
        reminded=False,
        issued_at=min(order.issued_at, event.at),
        sequence=order.sequence,
        decided_by=event.sender,
    )
    draft.holds[event.hold_id] = replace(hold, legs=tuple(_with_limit(leg, hold.send_before) for leg in hold.legs))


def _with_limit(leg: Leg, send_before: datetime) -> Leg:
    """Let a disconnection that is under way end where the hold's own dates now say."""
    operation = leg.operation
    if operation is None or operation.ended or operation.send_before is None:
        return leg
    # What its carrier keeps too long is to be taken back then.
    due_at = min(operation.due_at, send_before) if operation.outlives(send_before) else operation.due_at
    return replace(leg, operation=replace(operation, send_before=send_before, due_at=due_at))


def _hold_moved(draft: Draft, event: e.HoldMoved) -> None:
    hold = draft.hold(event.hold_id)
    hold = replace(hold, status=next_status(hold.status, event.trigger), reminded=False)
    if hold.status is HoldStatus.RESTORING:
        # What a person accepted of the suspension says nothing of the restore.
        hold = replace(hold, legs=tuple(replace(leg, accepted=False) for leg in hold.legs))
    if hold.status is HoldStatus.RESTORED:
        hold = replace(hold, chargeable_from=_chargeable_from(hold, event))
    if hold.final:
        hold = replace(hold, ended_at=event.at, legs=tuple(map(_without_lock, hold.legs)))
        for leg in hold.legs:
            meter = draft.meter(leg.meter_id)
            open_holds = tuple(hold_id for hold_id in meter.open_holds if hold_id != hold.hold_id)
            draft.meters[leg.meter_id] = replace(
                meter, open_holds=open_holds, left_off_by=_left_off_by(hold, leg, meter)
            )
    follow_hold(draft, hold, draft.hold(event.hold_id).status)
    draft.holds[event.hold_id] = hold


def _without_lock(leg: Leg) -> Leg:
    """A lock says nothing of a hold that is over, and its end would not be told to it."""
    return leg if leg.lock is None else replace(leg, lock=None)


def _left_off_by(hold: Hold, leg: Leg, meter: Meter) -> str | None:
    """A closed hold leaves its meter off until supply is proven back."""
    mine = (leg.written or leg.found_off) and leg.handed_to is None
    if hold.status is HoldStatus.CLOSED and mine and not leg.on:
        return hold.hold_id
    # What this hold once brought back may have been switched off by another one since.
    back = leg.restored_at is not None and meter.actual.state is SupplyState.CONNECTED
    return None if hold.status is HoldStatus.RESTORED and back else meter.left_off_by


def _chargeable_from(hold: Hold, event: e.HoldMoved) -> datetime | None:
    """Charges resume at proven supply: when the last leg that was written is proven back, else not yet."""
    ends = [leg.restored_at for leg in hold.legs if leg.written or leg.found_off]
    if any(window is None for window in ends):
        return None
    return max((window.not_after for window in ends if window is not None), default=event.at)


def _hold_judged(draft: Draft, event: e.HoldJudged) -> None:
    hold, due = draft.hold(event.hold_id), event.inspect_from
    draft.holds[event.hold_id] = replace(
        hold,
        verdicts=hold.verdicts + event.verdicts,
        legs=tuple(replace(leg, inspect_from=due.get(leg.meter_id, leg.inspect_from)) for leg in hold.legs),
    )


def _hold_reminded(draft: Draft, event: e.HoldReminded) -> None:
    draft.holds[event.hold_id] = replace(draft.hold(event.hold_id), reminded=True)


def _restore_asked(draft: Draft, event: e.RestoreAsked) -> None:
    hold = draft.hold(event.hold_id)
    legs = tuple(
        replace(leg, found_off=False, handed_to=None, written=True) if leg.meter_id in event.found_off_too else leg
        for leg in hold.legs
    )
    draft.holds[event.hold_id] = replace(
        hold,
        legs=legs,
        restore_keys=hold.restore_keys if event.key is None else (*hold.restore_keys, event.key),
        on_restore=event.on_restore,
        restore_by=event.restore_by or hold.restore_by,
        payment_ref=event.payment_ref or hold.payment_ref,
        restore_asked_at=hold.restore_asked_at or event.at,
        issued_at=event.issued_at or hold.issued_at,
        sequence=hold.sequence if event.issued_at is None else event.sequence,
        decided_by=hold.decided_by if event.key is None else event.key.sender,
    )


def _leg_waits(draft: Draft, event: e.LegWaits) -> None:
    operation = draft.hold(event.hold_id).leg(event.meter_id).operation
    at_carrier = event.because is Because.BUS_BUSY and event.until is not None
    if at_carrier and operation is not None and not operation.ended:
        # It keeps its own restore waiting: its next turn comes at once, and may take it back.
        operation = replace(operation, due_at=event.at)
    _change_leg(
        draft,
        event.hold_id,
        event.meter_id,
        because=event.because,
        held_by=event.held_by,
        waits_until=event.until,
        operation=operation,
    )


def _leg_accepted(draft: Draft, event: e.LegAccepted) -> None:
    _change_leg(draft, event.hold_id, event.meter_id, accepted=True)


def _leg_handed_over(draft: Draft, event: e.LegHandedOver) -> None:
    _change_leg(draft, event.hold_id, event.meter_id, written=False, held_by=None, handed_to=event.to_hold)


def _leg_taken_over(draft: Draft, event: e.LegTakenOver) -> None:
    _change_leg(draft, event.hold_id, event.meter_id, written=True, found_off=False, held_by=None)
    meter = draft.meter(event.meter_id)
    if meter.intended.hold_id == event.from_hold:
        draft.meters[event.meter_id] = replace(meter, intended=replace(meter.intended, hold_id=event.hold_id))


def _leg_exchanged(draft: Draft, event: e.LegExchanged) -> None:
    """Nothing is known of the new meter yet."""
    leg = draft.hold(event.hold_id).leg(event.meter_id)
    _change_leg(
        draft,
        event.hold_id,
        event.meter_id,
        exchanges=(*leg.exchanges, event.exchange),
        # What the old meter was set to says nothing of the new one.
        settings=(),
        expected_serial=None if leg.expected_serial is None else event.exchange.new_serial,
        accepted=False,
        actual=SupplyState.UNKNOWN,
        proof=Proof.NONE,
        identity=Identity.NONE,
    )


def _change_leg(draft: Draft, hold_id: str, meter_id: str, **changes: Any) -> None:  # noqa: ANN401  as replace()
    hold = draft.hold(hold_id)
    legs = tuple(replace(leg, **changes) if leg.meter_id == meter_id else leg for leg in hold.legs)
    draft.holds[hold_id] = replace(hold, legs=legs)


def _hold_deferred(draft: Draft, event: e.HoldDeferred) -> None:
    draft.holds[event.hold_id] = replace(draft.hold(event.hold_id), deferred_until=event.until)


def _hold_waits_for_approval(draft: Draft, event: e.HoldWaitsForApproval) -> None:
    hold = draft.hold(event.hold_id)
    draft.holds[event.hold_id] = replace(hold, waits_for=(*hold.waits_for, event.approval_id))


def _hold_approved(draft: Draft, event: e.HoldApproved) -> None:
    hold = draft.hold(event.hold_id)
    left = tuple(approval_id for approval_id in hold.waits_for if approval_id != event.approval_id)
    legs = hold.legs if left else tuple(_released(leg, event.at) for leg in hold.legs)
    draft.holds[event.hold_id] = replace(hold, waits_for=left, approved=(*hold.approved, event.approval_id), legs=legs)


def _released(leg: Leg, at: datetime) -> Leg:
    """A disconnection that waited for a second person has its turn at once."""
    operation = leg.operation
    if operation is None or operation.ended or operation.because not in {Because.BULK_LIMIT, Because.LOAD_CAP}:
        return leg
    return replace(leg, operation=replace(operation, due_at=at))


def _leg_witnessed(draft: Draft, event: e.LegWitnessed) -> None:
    leg = draft.hold(event.hold_id).leg(event.meter_id)
    _change_leg(draft, event.hold_id, event.meter_id, witnessed=(*leg.witnessed, event.witness))
    draft.meters[event.meter_id] = replace(draft.meter(event.meter_id), witnessed=event.witness)


HOLDS: Mapping[type, Apply] = {
    e.HoldOpened: _hold_opened,
    e.HoldAmended: _hold_amended,
    e.HoldMoved: _hold_moved,
    e.HoldJudged: _hold_judged,
    e.HoldReminded: _hold_reminded,
    e.RestoreAsked: _restore_asked,
    e.LegWaits: _leg_waits,
    e.LegAccepted: _leg_accepted,
    e.LegHandedOver: _leg_handed_over,
    e.LegTakenOver: _leg_taken_over,
    e.LegExchanged: _leg_exchanged,
    e.HoldDeferred: _hold_deferred,
    e.HoldWaitsForApproval: _hold_waits_for_approval,
    e.HoldApproved: _hold_approved,
    e.LegWitnessed: _leg_witnessed,
}
