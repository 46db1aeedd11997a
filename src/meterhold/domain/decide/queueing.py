"""Planning the work at one meter, and ending what was planned and never sent."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.draft import Draft
from meterhold.domain.events import OperationMoved, OperationQueued
from meterhold.domain.evolve import emit
from meterhold.domain.hold import Hold, Leg
from meterhold.domain.operation import WATCHES, Move, Operation, OperationKind
from meterhold.domain.operation_table import OperationState, Trigger
from meterhold.domain.words import Because, Outcome, SupplyState


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done at a meter, due at once unless said otherwise."""

    target: SupplyState
    give_up_at: datetime | None = None
    send_before: datetime | None = None
    due_at: datetime | None = None
    kind: OperationKind = OperationKind.SWITCH
    priority: int | None = None
    """Another one than the hold's."""


def queue_operation(draft: Draft, hold: Hold, meter_id: str, at: datetime, work: Work) -> None:
    """Plan an operation. What only looked at the meter until now is over."""
    leg = draft.hold(hold.hold_id).leg(meter_id)
    end_check(draft, hold.hold_id, leg, at)
    n = max((int(former.operation_id.rpartition(":")[2]) for former in leg.operations), default=0) + 1
    meter = draft.meter(meter_id)
    operation = Operation(
        operation_id=f"{hold.hold_id}:{meter_id}:{n}",
        hold_id=hold.hold_id,
        meter_id=meter_id,
        link=meter.installation.link,
        target=work.target,
        priority=hold.priority if work.priority is None else work.priority,
        created_at=at,
        due_at=work.due_at or at,
        give_up_at=work.give_up_at,
        send_before=work.send_before,
        after_a_write=leg.written,
        kind=work.kind,
        after_command=meter.commands if work.kind in WATCHES else None,
    )
    emit(draft, OperationQueued(at, operation))


def end_check(draft: Draft, hold_id: str, leg: Leg, at: datetime) -> None:
    """End a leg's check: something else is done with the meter now."""
    check = leg.check
    if check is not None and not check.ended:
        move = Move(Trigger.END, at, outcome=Outcome.SUPERSEDED)
        emit(draft, OperationMoved(at, hold_id, leg.meter_id, check.operation_id, move))


def end_unsent_suspensions(
    draft: Draft, hold_id: str, at: datetime, outcome: Outcome, because: Because | None = None
) -> None:
    """End every disconnection of a hold of which nothing has been sent; an unresolved write is left to be resolved."""
    for leg in draft.hold(hold_id).legs:
        operation = leg.operation
        if operation is not None and operation.state is OperationState.QUEUED and not operation.restores:
            move = Move(Trigger.END, at, outcome=outcome, because=because)
            emit(draft, OperationMoved(at, hold_id, leg.meter_id, operation.operation_id, move))
