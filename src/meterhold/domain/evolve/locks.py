"""How a technician's lock shows at the meter and at every open hold there."""

from collections.abc import Mapping

from meterhold.domain.draft import Draft
from meterhold.domain.events.meters import LockReviewDue, MeterLocked, MeterUnlocked
from meterhold.domain.evolve.applying import Apply
from meterhold.domain.hold import Hold
from meterhold.domain.meter import Lock
from meterhold.domain.replacing import replace


def _locked(draft: Draft, event: MeterLocked) -> None:
    _show(draft, event.meter_id, event.lock)


def _unlocked(draft: Draft, event: MeterUnlocked) -> None:
    _show(draft, event.meter_id, None)


def _show(draft: Draft, meter_id: str, lock: Lock | None) -> None:
    meter = draft.meter(meter_id)
    draft.meters[meter_id] = replace(meter, lock=lock)
    for hold_id in meter.open_holds:
        hold = draft.find_hold(hold_id)
        if hold is not None:
            draft.holds[hold_id] = _with_lock(hold, meter_id, lock)


def _with_lock(hold: Hold, meter_id: str, lock: Lock | None) -> Hold:
    return replace(hold, legs=tuple(replace(leg, lock=lock) if leg.meter_id == meter_id else leg for leg in hold.legs))


def _review_due(draft: Draft, event: LockReviewDue) -> None:
    meter = draft.meter(event.meter_id)
    if meter.lock is not None:
        draft.meters[event.meter_id] = replace(meter, lock=replace(meter.lock, reviewed=True))


LOCKS: Mapping[type, Apply] = {
    MeterLocked: _locked,
    MeterUnlocked: _unlocked,
    LockReviewDue: _review_due,
}
