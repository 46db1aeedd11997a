"""How a meter changes outside any operation."""

from collections.abc import Mapping
from typing import Any

from meterhold.domain import events as e
from meterhold.domain.draft import Draft
from meterhold.domain.evolve.applying import Apply
from meterhold.domain.evolve.locks import LOCKS
from meterhold.domain.meter import Actual, Meter
from meterhold.domain.replacing import replace
from meterhold.domain.words import Identity


def _meter_registered(draft: Draft, event: e.MeterRegistered) -> None:
    known = draft.find_meter(event.meter_id)
    if known is None:
        draft.meters[event.meter_id] = Meter(event.installation)
        return
    meter = replace(known, installation=event.installation, retired=False)
    if meter.commissioning is not None and meter.commissioning.wiring != meter.wiring:
        meter = replace(meter, commissioning=None)
    draft.meters[event.meter_id] = meter


def _change_meter(draft: Draft, meter_id: str, **changes: Any) -> None:  # noqa: ANN401  as replace()
    draft.meters[meter_id] = replace(draft.meter(meter_id), **changes)


def _meter_observed(draft: Draft, event: e.MeterObserved) -> None:
    register = event.register or draft.meter(event.meter_id).last_register
    _change_meter(draft, event.meter_id, actual=event.actual, identity=event.identity, last_register=register)


def _meter_exchanged(draft: Draft, event: e.MeterExchanged) -> None:
    """Another meter hangs there: nobody has confirmed it, and what the old one showed says nothing of it."""
    meter = draft.meter(event.meter_id)
    _change_meter(
        draft,
        event.meter_id,
        installation=replace(meter.installation, serial=event.exchange.new_serial or meter.installation.serial),
        taken_off=event.exchange.old_serial,
        commissioning=None,
        actual=Actual(),
        identity=Identity.NONE,
        last_register=None,
    )


def _restore_decided(draft: Draft, event: e.RestoreDecided) -> None:
    others = tuple(one for one in draft.meter(event.meter_id).restores if one.sender != event.decision.sender)
    _change_meter(draft, event.meter_id, restores=(*others, event.decision))


METERS: Mapping[type, Apply] = {
    e.MeterRegistered: _meter_registered,
    e.MeterRetired: lambda draft, event: _change_meter(draft, event.meter_id, retired=True),
    **LOCKS,
    e.MeterWitnessed: lambda draft, event: _change_meter(draft, event.meter_id, witnessed=event.witness),
    e.MeterCommissioned: lambda draft, event: _change_meter(
        draft,
        event.meter_id,
        commissioning=event.commissioning,
        identity=event.identity,
        last_register=event.commissioning.baseline,
    ),
    e.RestoreDecided: _restore_decided,
    e.MeterExchanged: _meter_exchanged,
    e.CommissioningVoided: lambda draft, event: _change_meter(draft, event.meter_id, commissioning=None),
    e.MeterObserved: _meter_observed,
}
