"""From a hold, and what is known around it, to the case that rules judge."""

from collections.abc import Iterator
from datetime import datetime

from meterhold.domain.draft import Draft
from meterhold.domain.hold import Hold, Leg
from meterhold.domain.meter import Meter
from meterhold.domain.policy import Case, Premises
from meterhold.domain.words import OFF_STATES, Action, Mode


def case_of(draft: Draft, hold: Hold, at: datetime, action: Action = Action.SUSPEND) -> Case:
    """Describe a hold as rules see it now."""
    return Case(
        action=action,
        reason=hold.reason,
        received_at=hold.opened_at,
        now=at,
        starts_at=hold.starts_at,
        ends_at=hold.ends_at,
        notice_given_at=hold.notice_given_at,
        vacant_verified=hold.vacant_verified is True,
        customer_present=hold.customer_present is True,
        legs=tuple(_switched(draft, leg) for leg in hold.legs if leg.mode is not Mode.MONITOR_ONLY),
        left_on=tuple(_left_on(draft, hold)),
        forecasts=draft.site.forecasts,
        moratoria=draft.site.moratoria,
    )


def premises_of(meter: Meter, mode: Mode = Mode.PHYSICAL) -> Premises:
    """A meter as rules look at it."""
    place = meter.installation
    return Premises(place.meter_id, place.service, mode, place.area, place.flags, place.time_zone)


def is_left_on(meter: Meter) -> bool:
    """Its supply is not known to be off."""
    return meter.actual.state not in OFF_STATES


def _switched(draft: Draft, leg: Leg) -> Premises:
    place, limit = draft.meter(leg.meter_id).installation, leg.restrict_to
    return Premises(
        leg.meter_id,
        leg.service,
        leg.mode,
        place.area,
        place.flags,
        place.time_zone,
        None if limit is None else (limit.value, limit.unit),
    )


def _left_on(draft: Draft, hold: Hold) -> Iterator[Premises]:
    """What is not switched off by the hold, though it is at the same service point."""
    for leg in hold.legs:
        if leg.mode is not Mode.PHYSICAL:
            yield premises_of(draft.meter(leg.meter_id), leg.mode)
    for meter_id in hold.beside:
        meter = draft.find_meter(meter_id)
        if meter is not None and is_left_on(meter):
            yield premises_of(meter)
