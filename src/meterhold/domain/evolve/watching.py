"""How what the watch saw changes a meter and the legs of its holds."""

from collections.abc import Mapping

from meterhold.domain.draft import Draft
from meterhold.domain.events import LegRead, LegWatched, MeterWatched
from meterhold.domain.evolve.applying import Apply
from meterhold.domain.hold import Hold, Leg
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.replacing import replace
from meterhold.domain.watch import Owed, Watch
from meterhold.domain.words import Mode, Moment

_BEGUN = frozenset({HoldStatus.SUSPENDING, HoldStatus.SUSPENDED, HoldStatus.MONITORING, HoldStatus.RESTORING})


def follow_hold(draft: Draft, hold: Hold, before: HoldStatus) -> None:
    """Let the watch know how a hold went on: what it still owes it, and what is no longer its business."""
    for leg in hold.legs:
        if hold.final or leg.mode is Mode.MONITOR_ONLY:
            meter = draft.meter(leg.meter_id)
            watch = _following(meter.watch, hold, before, leg)
            if watch != meter.watch:
                draft.meters[leg.meter_id] = replace(meter, watch=watch)


def _following(watch: Watch, hold: Hold, before: HoldStatus, leg: Leg) -> Watch:
    if hold.final:
        watch = replace(watch, standing=tuple(one for one in watch.standing if one.hold_id != hold.hold_id))
    if leg.mode is not Mode.MONITOR_ONLY:
        return watch
    if before is HoldStatus.SCHEDULED and hold.status in _BEGUN:
        return replace(watch, owed=(*watch.owed, Owed(hold.hold_id, Moment.AFTER_SUSPEND)))
    if not hold.final or before not in _BEGUN:
        return watch
    if hold.status in {HoldStatus.RESTORED, HoldStatus.CLOSED}:
        return replace(watch, owed=(*watch.owed, Owed(hold.hold_id, Moment.BEFORE_RESTORE)))
    return replace(watch, owed=tuple(owed for owed in watch.owed if owed.hold_id != hold.hold_id))


def _meter_watched(draft: Draft, event: MeterWatched) -> None:
    meter = replace(draft.meter(event.meter_id), watch=event.watch)
    if event.actual is not None:
        meter = replace(
            meter,
            actual=event.actual,
            identity=event.identity or meter.identity,
            last_register=event.register or meter.last_register,
        )
    draft.meters[event.meter_id] = meter


def _leg_watched(draft: Draft, event: LegWatched) -> None:
    leg = draft.hold(event.hold_id).leg(event.meter_id)
    leg = replace(
        leg,
        actual=event.actual,
        proof=event.proof,
        outcome=event.outcome or leg.outcome,
        because=event.because if event.outcome is not None else leg.because,
        reverted_at=event.between or leg.reverted_at,
    )
    _replace_leg(draft, event.hold_id, leg)


def _leg_read(draft: Draft, event: LegRead) -> None:
    leg = draft.hold(event.hold_id).leg(event.meter_id)
    others = tuple(register for register in leg.registers if register.moment is not event.moment)
    leg = replace(
        leg, actual=event.actual, proof=event.proof, identity=event.identity, registers=others + event.registers
    )
    _replace_leg(draft, event.hold_id, leg)
    meter = draft.meter(event.meter_id)
    done = (event.hold_id, event.moment)
    owed = tuple(one for one in meter.watch.owed if (one.hold_id, one.moment) != done)
    draft.meters[event.meter_id] = replace(meter, watch=replace(meter.watch, owed=owed))


def _replace_leg(draft: Draft, hold_id: str, leg: Leg) -> None:
    hold = draft.hold(hold_id)
    legs = tuple(leg if other.meter_id == leg.meter_id else other for other in hold.legs)
    draft.holds[hold_id] = replace(hold, legs=legs)


WATCHING: Mapping[type, Apply] = {
    MeterWatched: _meter_watched,
    LegWatched: _leg_watched,
    LegRead: _leg_read,
}
