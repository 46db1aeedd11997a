"""How an order changes."""

from collections.abc import Mapping

from meterhold.domain import events as e
from meterhold.domain.draft import Draft
from meterhold.domain.evolve.applying import Apply
from meterhold.domain.order import OrderRecord
from meterhold.domain.replacing import replace


def _order_accepted(draft: Draft, event: e.OrderAccepted) -> None:
    draft.orders[event.key] = OrderRecord(
        event.key,
        event.order,
        event.content_hash,
        event.at,
        hold_ids=event.hold_ids,
        waiting_for=event.hold_ids,
        verdicts=event.verdicts,
    )


def _order_refused(draft: Draft, event: e.OrderRefused) -> None:
    draft.orders[event.key] = OrderRecord(
        event.key,
        event.order,
        event.content_hash,
        event.at,
        hold_ids=event.hold_ids,
        waiting_for=(),
        result=event.result,
        code=event.code,
        detail=event.detail,
        verdicts=event.verdicts,
        finished_at=event.at,
    )


def _order_advanced(draft: Draft, event: e.OrderAdvanced) -> None:
    record = draft.order(event.key)
    left = tuple(hold_id for hold_id in record.waiting_for if hold_id != event.hold_id)
    draft.orders[event.key] = replace(record, waiting_for=left)


def _order_finished(draft: Draft, event: e.OrderFinished) -> None:
    draft.orders[event.key] = replace(
        draft.order(event.key),
        result=event.result,
        code=event.code,
        detail=event.detail,
        finished_at=event.at,
        waiting_for=(),
    )


ORDERS: Mapping[type, Apply] = {
    e.OrderAccepted: _order_accepted,
    e.OrderRefused: _order_refused,
    e.OrderAdvanced: _order_advanced,
    e.OrderFinished: _order_finished,
}
