"""Orders that come in another order than their sender decided them.

What a sender decided later counts, whichever came first. Where a hold is open it remembers the newest order that was
applied to it. A restore by place may come before the suspension that it is to end: the meters remember it.
"""

from meterhold.domain.commands import SubmitOrder
from meterhold.domain.draft import Draft
from meterhold.domain.events import RestoreDecided
from meterhold.domain.evolve import emit
from meterhold.domain.meter import Meter, RestoreDecision


def note_restore(draft: Draft, command: SubmitOrder) -> None:
    """Remember a restore by service point or meters. One by hold speaks of that hold alone."""
    order = command.order
    if order.hold_id is not None or order.suspend_order_id is not None:
        return
    # A clock that runs ahead must not overtake suspensions that are yet to be decided.
    issued_at = min(order.issued_at, command.at)
    decision = RestoreDecision(
        command.key.sender, order.order_id, issued_at, order.sequence, order.payment_ref is not None
    )
    for meter_id in command.meter_ids:
        known = _of(draft.meter(meter_id), decision.sender)
        if known is None or (known.issued_at, known.sequence) < (issued_at, order.sequence):
            emit(draft, RestoreDecided(command.at, meter_id, decision))


def newer_restore(draft: Draft, command: SubmitOrder) -> RestoreDecision | None:
    """Find a restore of the same sender that was decided after this suspension, and that would have ended it."""
    order = command.order
    for meter_id in command.meter_ids:
        known = _of(draft.meter(meter_id), command.key.sender)
        if known is None or (known.issued_at, known.sequence) <= (order.issued_at, order.sequence):
            continue
        if known.paid or not order.restore_requires_payment or order.payment_ref is not None:
            return known
    return None


def _of(meter: Meter, sender: str) -> RestoreDecision | None:
    return next((one for one in meter.restores if one.sender == sender), None)
