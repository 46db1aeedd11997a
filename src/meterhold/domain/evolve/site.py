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
    return replace(
        operation,
        created_at=operation.created_at + step,
        due_at=operation.due_at + step,
        written_at=operation.written_at and operation.written_at + step,
        written_by=operation.written_by and operation.written_by + step,
        give_up_at=operation.give_up_at and operation.give_up_at + step,
        confirmed_at=operation.confirmed_at and operation.confirmed_at + step,
    )


SITE: Mapping[type, Apply] = {
    e.InhibitSet: lambda draft, event: setattr(draft, "site", replace(draft.site, inhibit=event.inhibit)),
    e.InhibitLifted: lambda draft, _event: setattr(draft, "site", replace(draft.site, inhibit=None)),
    e.ClockStepped: _clock_stepped,
}
