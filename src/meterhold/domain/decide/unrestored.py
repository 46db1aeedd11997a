"""What a restore says of a leg that is not back yet, or not back as it should be."""

from datetime import datetime, timedelta

from meterhold.domain.commands import Terms
from meterhold.domain.decide.attention import DESK, ON_ITS_OWN, RESTORE_DECISIONS, STOPS, clear, raise_once
from meterhold.domain.decide.queueing import Work, queue_operation
from meterhold.domain.draft import Draft
from meterhold.domain.events import LegWaits
from meterhold.domain.evolve import emit
from meterhold.domain.hold import Hold, Leg
from meterhold.domain.operation import Operation, OperationKind
from meterhold.domain.operation_table import OperationState
from meterhold.domain.sentences import sentence
from meterhold.domain.words import Because, Decision, Outcome, SupplyState


def wait_behind(draft: Draft, hold_id: str, operation: Operation, at: datetime) -> None:
    """Say of a leg that a carrier still keeps the write that its restore is to reverse, and until when."""
    until = None if operation.intent is None else operation.intent.expires_at
    if operation.state is not OperationState.AT_CARRIER or until is None:
        return
    if draft.hold(hold_id).leg(operation.meter_id).waits_until == until:
        return
    emit(draft, LegWaits(at, hold_id, operation.meter_id, Because.BUS_BUSY, until=until))
    raise_once(
        draft,
        hold_id,
        at,
        Because.BUS_BUSY,
        operation.meter_id,
        decisions=ON_ITS_OWN,
        detail=f"the disconnection is still at its carrier, which may deliver it until {until.isoformat()}",
    )


def wait_for(draft: Draft, hold_id: str, meter_id: str, at: datetime, holder: Hold) -> None:
    """Say of a leg that another hold keeps it off."""
    if draft.hold(hold_id).leg(meter_id).held_by != holder.hold_id:
        emit(draft, LegWaits(at, hold_id, meter_id, Because.HELD_BY, holder.hold_id))
    raise_once(
        draft,
        hold_id,
        at,
        Because.HELD_BY,
        meter_id,
        who=holder.requested_by or DESK,
        decisions=ON_ITS_OWN,
        detail=f"the {holder.reason} hold {holder.hold_id} is open on this meter",
    )


def note_stopped_leg(draft: Draft, operation: Operation, at: datetime, terms: Terms) -> None:
    """Say at once that the device itself stops a restore, and after a while that it cannot be reached."""
    because = operation.because
    if because is None or because in STOPS or because is Because.INTERMEDIATE_POSITION:
        return
    if operation.failed_looks and at < operation.created_at + timedelta(seconds=terms.unreachable_after_s):
        return
    raise_once(
        draft,
        operation.hold_id,
        at,
        because,
        operation.meter_id,
        decisions=ON_ITS_OWN,
        detail=f"supply is not back yet, and is tried on: {operation.detail}",
    )


def note_ended_leg(draft: Draft, hold_id: str, meter_id: str, at: datetime) -> None:
    """Raise attention for a leg that is not proven back; an armed one waits for its button first."""
    hold = draft.hold(hold_id)
    leg = hold.leg(meter_id)
    if leg.outcome is Outcome.VERIFIED:
        clear(draft, hold_id, at, meter_id=meter_id)
        return
    if leg.outcome is Outcome.SUPERSEDED:
        return  # it made room for another hold and begins anew after that
    if leg.because is Because.LEAK_ON_RESTORE and leg.operation is not None and leg.operation.connects:
        _close_again(draft, hold, leg, at)
        return
    if leg.check is not None and not leg.check.ended:
        return
    operation = leg.operation
    detail = operation.detail if operation is not None else ""
    if operation is not None and operation.kind is OperationKind.LEAK_CLOSE:
        clear(draft, hold_id, at, meter_id=meter_id, codes={Because.LEAK_ON_RESTORE})
        detail = f"{sentence(Because.LEAK_ON_RESTORE)} ({operation.outcome}) {detail}".rstrip()
    decisions: tuple[Decision, ...] = RESTORE_DECISIONS
    if leg.outcome in {Outcome.UNVERIFIED, Outcome.ARMED}:
        decisions = (*RESTORE_DECISIONS, Decision.ACCEPT_AS_IS)
    code = leg.because or Because.NO_EVIDENCE
    raise_once(draft, hold_id, at, code, meter_id, decisions=decisions, detail=f"{leg.outcome}: {detail}")


def _close_again(draft: Draft, hold: Hold, leg: Leg, at: datetime) -> None:
    """Disconnect a leg that let water run, as part of its restore. It is never too late for that."""
    code, detail = Because.LEAK_ON_RESTORE, "water flows without a pause since the valve was opened: it is being shut"
    raise_once(draft, hold.hold_id, at, code, leg.meter_id, decisions=ON_ITS_OWN, detail=detail)
    queue_operation(draft, hold, leg.meter_id, at, Work(SupplyState.DISCONNECTED, kind=OperationKind.LEAK_CLOSE))
