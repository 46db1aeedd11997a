"""The ways in which an order can be answered at intake."""

from meterhold.domain.commands import SubmitOrder
from meterhold.domain.draft import Draft
from meterhold.domain.events import OrderAccepted, OrderFinished, OrderRefused
from meterhold.domain.evolve import emit
from meterhold.domain.hold import Hold
from meterhold.domain.policy import Verdict
from meterhold.domain.words import Because, OrderResult


def refuse(
    draft: Draft,
    command: SubmitOrder,
    code: Because,
    detail: str,
    *,
    result: OrderResult = OrderResult.REJECTED,
    hold_ids: tuple[str, ...] = (),
    verdicts: tuple[Verdict, ...] = (),
) -> None:
    """Record that an order will not be carried out, and why."""
    emit(
        draft,
        OrderRefused(
            command.at, command.key, command.order, command.content_hash, result, code, detail, hold_ids, verdicts
        ),
    )


def accept(draft: Draft, command: SubmitOrder, hold_ids: tuple[str, ...], verdicts: tuple[Verdict, ...] = ()) -> None:
    """Record an order that is being carried out."""
    emit(draft, OrderAccepted(command.at, command.key, command.order, command.content_hash, hold_ids, verdicts))


def done(draft: Draft, command: SubmitOrder, hold_id: str, detail: str = "") -> None:
    """Say that the order has had its effect."""
    emit(draft, OrderFinished(command.at, command.key, hold_id, OrderResult.DONE, detail=detail))


def is_stale(command: SubmitOrder, hold: Hold) -> bool:
    """Whether its sender decided an order before one that was applied to the hold already; else arrival decides."""
    order = command.order
    if hold.decided_by not in {None, command.key.sender}:
        return False  # their clocks are their own, and none may keep another's restore from the hold
    return (order.issued_at, order.sequence) < (hold.issued_at, hold.sequence)


def refuse_if_stale(draft: Draft, command: SubmitOrder, hold: Hold) -> bool:
    """Refuse an order that its sender decided before one that was applied to the hold already."""
    if not is_stale(command, hold):
        return False
    refuse(
        draft,
        command,
        Because.CONFLICTING_ORDER,
        "an order that was decided later has been applied to this hold already",
        result=OrderResult.SUPERSEDED,
        hold_ids=(hold.hold_id,),
    )
    return True
