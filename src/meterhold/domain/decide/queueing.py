"""Planning the work at one meter, and ending what was planned and never sent."""

from datetime import datetime

from meterhold.domain.draft import Draft
from meterhold.domain.events import OperationMoved, OperationQueued
from meterhold.domain.evolve import emit
from meterhold.domain.hold import Hold
from meterhold.domain.operation import Move, Operation
from meterhold.domain.operation_table import OperationState, Trigger
from meterhold.domain.words import Because, Outcome, SupplyState


def queue_operation(
    draft: Draft,
    hold: Hold,
    meter_id: str,
    target: SupplyState,
    at: datetime,
    *,
    give_up_at: datetime | None,
    send_before: datetime | None,
) -> None:
    """Plan an operation, due at once."""
    leg = draft.hold(hold.hold_id).leg(meter_id)
    former = leg.operation
    n = 1 if former is None else int(former.operation_id.rpartition(":")[2]) + 1
    operation = Operation(
        operation_id=f"{hold.hold_id}:{meter_id}:{n}",
        hold_id=hold.hold_id,
        meter_id=meter_id,
        link=draft.meter(meter_id).installation.link,
        target=target,
        priority=hold.priority,
        created_at=at,
        due_at=at,
        give_up_at=give_up_at,
        send_before=send_before,
        after_a_write=leg.written,
    )
    emit(draft, OperationQueued(at, operation))


def end_unsent_suspensions(
    draft: Draft, hold_id: str, at: datetime, outcome: Outcome, because: Because | None = None
) -> None:
    """End every disconnection of a hold of which nothing has been sent; an unresolved write is left to be resolved."""
    for leg in draft.hold(hold_id).legs:
        operation = leg.operation
        if operation is not None and operation.state is OperationState.QUEUED and not operation.connects:
            move = Move(Trigger.END, at, outcome=outcome, because=because)
            emit(draft, OperationMoved(at, hold_id, leg.meter_id, operation.operation_id, move))
