"""How the site changes."""

from collections.abc import Mapping
from datetime import timedelta

from meterhold.domain import events as e
from meterhold.domain.draft import Draft
from meterhold.domain.evolve.applying import Apply
from meterhold.domain.operation import Operation
from meterhold.domain.replacing import replace


def _clock_stepped(draft: Draft, event: e.ClockStepped) -> None:
    step = timedelta(seconds=event.step_s)
    draft.site = replace(draft.site, clock_stepped_s=draft.site.clock_stepped_s + event.step_s)
    for hold_id in event.clock_holds:
        hold = draft.hold(hold_id)
        legs = []
        for leg in hold.legs:
            operation = leg.operation and _stepped(leg.operation, step)
            legs.append(replace(leg, operation=operation, check=leg.check and _stepped(leg.check, step)))
        draft.holds[hold_id] = replace(hold, legs=tuple(legs))


def _stepped(operation: Operation, step: timedelta) -> Operation:
    """An operation whose waits take as long as they were meant to."""
    if operation.ended:
        return operation
    intent, written_by = operation.intent, operation.written_by and operation.written_by + step
    if intent is not None and intent.expires_at is not None:
        # A carrier goes by its own clock, which may be the old one or the new: the later moment is the safe one.
        kept_until = max(intent.expires_at, intent.expires_at + step)
        if operation.written_by is not None and operation.written_by >= intent.expires_at:
            written_by = max(kept_until, operation.written_by + step)
        intent = replace(intent, expires_at=kept_until)
    return replace(
        operation,
        intent=intent,
        created_at=operation.created_at + step,
        due_at=operation.due_at + step,
        written_at=operation.written_at and operation.written_at + step,
        written_by=written_by,
        rests_at=operation.rests_at and operation.rests_at + step,
        give_up_at=operation.give_up_at and operation.give_up_at + step,
        confirmed_at=operation.confirmed_at and operation.confirmed_at + step,
    )


def _forecast_received(draft: Draft, event: e.ForecastReceived) -> None:
    forecasts = {**draft.site.forecasts, event.forecast.area: event.forecast}
    draft.site = replace(draft.site, forecasts=forecasts)


def _moratorium_raised(draft: Draft, event: e.MoratoriumRaised) -> None:
    draft.site = replace(draft.site, moratoria=(*draft.site.moratoria, event.moratorium))


def _moratorium_lifted(draft: Draft, event: e.MoratoriumLifted) -> None:
    left = tuple(one for one in draft.site.moratoria if one.moratorium_id != event.moratorium_id)
    draft.site = replace(draft.site, moratoria=left)


def _limits_changed(draft: Draft, event: e.LimitsChanged) -> None:
    draft.site = replace(draft.site, limits=event.limits)


SITE: Mapping[type, Apply] = {
    e.StoreFounded: lambda draft, event: setattr(draft, "site", replace(draft.site, store_id=event.store_id)),
    e.InhibitSet: lambda draft, event: setattr(draft, "site", replace(draft.site, inhibit=event.inhibit)),
    e.InhibitLifted: lambda draft, _event: setattr(draft, "site", replace(draft.site, inhibit=None)),
    e.ClockStepped: _clock_stepped,
    e.ForecastReceived: _forecast_received,
    e.MoratoriumRaised: _moratorium_raised,
    e.MoratoriumLifted: _moratorium_lifted,
    e.LimitsChanged: _limits_changed,
}
