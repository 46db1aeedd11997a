"""Several holds at one meter: which of them keeps it off, and which one brings it back.

The duty to bring supply back lies with the hold that switched it off. When that hold is over while another one still
wants the meter off, nothing is written: the duty goes over to the one that stays.
"""

from collections.abc import Iterator
from datetime import datetime

from meterhold.domain.decide.attention import AS_IT_IS, raise_once
from meterhold.domain.decide.queueing import Work, end_check, queue_operation
from meterhold.domain.draft import Draft
from meterhold.domain.events import LegHandedOver, LegTakenOver
from meterhold.domain.evolve import emit
from meterhold.domain.hold import Hold, Leg
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.operation import OperationKind
from meterhold.domain.words import STACKING_REASONS, Because, Mode, SupplyState

_KEEPS_OFF = frozenset({HoldStatus.SUSPENDING, HoldStatus.SUSPENDED})


def open_at(draft: Draft, meter_id: str) -> Iterator[Hold]:
    """Find the holds that are open at a meter."""
    for hold_id in draft.meter(meter_id).open_holds:
        hold = draft.find_hold(hold_id)
        if hold is not None:
            yield hold


def others_at(draft: Draft, meter_id: str, hold_id: str) -> Iterator[Hold]:
    """Find the other holds that are open at a meter."""
    return (hold for hold in open_at(draft, meter_id) if hold.hold_id != hold_id)


def stacked_over(draft: Draft, meter_id: str, hold_id: str) -> Hold | None:
    """Find an open ``safety`` or ``meter_work`` hold, other than this one, that keeps a meter off."""
    others = others_at(draft, meter_id, hold_id)
    return next((one for one in others if one.reason in STACKING_REASONS and one.status in _KEEPS_OFF), None)


def heir_of(draft: Draft, meter_id: str, hold_id: str) -> Hold | None:
    """Find another hold that has the meter off, and whose own restore nobody has asked for yet."""
    others = others_at(draft, meter_id, hold_id)
    return next((one for one in others if one.status in _KEEPS_OFF and _has_it_off(one.leg(meter_id))), None)


def bringing_back(draft: Draft, meter_id: str, hold_id: str) -> Hold | None:
    """Find another hold whose restore acts on the meter."""
    others = others_at(draft, meter_id, hold_id)
    return next(
        (one for one in others if one.status is HoldStatus.RESTORING and one.leg(meter_id).written),
        None,
    )


def _has_it_off(leg: Leg) -> bool:
    if leg.mode is Mode.MONITOR_ONLY or not leg.settled:
        return False
    return leg.off or leg.found_off or (leg.accepted and leg.actual is SupplyState.UNKNOWN)


def hand_over(draft: Draft, hold_id: str, meter_id: str, heir: Hold, at: datetime) -> None:
    """Leave a meter off for the hold that stays open: it brings it back, and looks after it until then."""
    check = draft.hold(hold_id).leg(meter_id).check
    emit(draft, LegHandedOver(at, hold_id, meter_id, heir.hold_id))
    leg = heir.leg(meter_id)
    if not leg.written:
        emit(draft, LegTakenOver(at, heir.hold_id, meter_id, hold_id))
    if check is not None and not check.ended and check.kind is OperationKind.CHECK and not check.connects:
        end_check(draft, hold_id, draft.hold(hold_id).leg(meter_id), at)
        work = Work(check.target, check.give_up_at, due_at=max(check.due_at, at), kind=OperationKind.CHECK)
        queue_operation(draft, heir, meter_id, at, work)
    if leg.mode is Mode.RESTRICT:
        raise_once(
            draft,
            heir.hold_id,
            at,
            Because.VERIFY_MISMATCH,
            meter_id,
            decisions=AS_IT_IS,
            detail=f"it was to be restricted, and hold {hold_id}, which is over, has left it off altogether",
        )


def take_over(draft: Draft, hold: Hold, at: datetime) -> None:
    """Let restores prove for themselves what this hold, which is over, has brought back for them too."""
    for leg in hold.legs:
        if leg.restored_at is None:
            continue
        for other in others_at(draft, leg.meter_id, hold.hold_id):
            if other.status is HoldStatus.RESTORING and other.leg(leg.meter_id).found_off:
                emit(draft, LegTakenOver(at, other.hold_id, leg.meter_id, hold.hold_id))
