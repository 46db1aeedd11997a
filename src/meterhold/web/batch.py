"""Submitting the lines of a batch: many at a time where their order cannot matter, so that they share commits."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from http import HTTPStatus

from meterhold.documents.batch import BatchLine, MalformedLine
from meterhold.documents.batch_result import BatchResultView
from meterhold.documents.meter import FaultView
from meterhold.documents.order import ParsedOrder
from meterhold.documents.problem import ProblemView
from meterhold.documents.render import render
from meterhold.domain.errors import Malformed, MeterholdError
from meterhold.domain.order import Order
from meterhold.domain.words import Action
from meterhold.usecases.bulk import Documents, complete, documents_of
from meterhold.usecases.ports import Ports
from meterhold.web.authentication import Caller
from meterhold.web.errors import problem_of
from meterhold.web.sending import send

NDJSON = "application/x-ndjson"
MOST_AT_ONCE = 100


Keep = Callable[[ProblemView, int], Awaitable[None]]
"""Keeps that a line was refused."""


async def results(ports: Ports, lines: Iterable[BatchLine], caller: Caller, keep: Keep) -> AsyncIterator[bytes]:
    """One line of JSON for each line, in their order, as soon as it is known."""
    everything = list(lines)
    documents = documents_of(ports, caller.name, _orders(everything))
    for window in windows(everything):
        for view in await asyncio.gather(*(_result(ports, line, caller, documents, keep) for line in window)):
            yield render(view) + b"\n"
    await complete(ports, documents)


def _orders(lines: Iterable[BatchLine]) -> list[tuple[Action, str]]:
    return [(line.order.action, line.content_hash) for _, line in lines if isinstance(line, ParsedOrder)]


def windows(lines: Iterable[BatchLine]) -> Iterator[list[BatchLine]]:
    """Group neighbouring lines that cannot depend on each other: the same action, and no name twice."""
    window: list[BatchLine] = []
    names: set[str] = set()
    action = None
    for number, line in lines:
        mine = _names(line.order) if isinstance(line, ParsedOrder) else set()
        other_action = isinstance(line, ParsedOrder) and action not in {None, line.order.action}
        # Signed orders count up: each must be in before the next.
        counts = isinstance(line, ParsedOrder) and line.signature is not None
        if window and (counts or other_action or names & mine or len(window) >= MOST_AT_ONCE):
            yield window
            window, names, action = [], set(), None
        window.append((number, line))
        names |= mine
        action = line.order.action if isinstance(line, ParsedOrder) else action
    if window:
        yield window


def _names(order: Order) -> set[str]:
    """Everything by which an order names itself or what it means."""
    named = {order.order_id, order.service_point, order.hold_id, order.suspend_order_id, *order.meters}
    return {name for name in named if name is not None}


async def _result(
    ports: Ports, numbered: BatchLine, caller: Caller, documents: Documents, keep: Keep
) -> BatchResultView:
    number, line = numbered
    if isinstance(line, Malformed):
        order_id = line.order_id if isinstance(line, MalformedLine) else None
        return await _refused(number, order_id, line, keep)
    try:
        answer = await send(ports, caller, line, documents.get(line.order.action))
    except MeterholdError as error:
        return await _refused(number, line.order.order_id, error, keep)
    record = answer.record
    return BatchResultView(
        line=number,
        status=HTTPStatus.OK if answer.replay else HTTPStatus.ACCEPTED,
        order_id=record.key.order_id,
        result=record.result,
        code=record.code,
        detail=record.detail,
        hold_ids=record.hold_ids,
        faults=(),
        approval_id=record.approval_id,
    )


async def _refused(number: int, order_id: str | None, error: MeterholdError, keep: Keep) -> BatchResultView:
    problem = problem_of(error)
    await keep(problem, number)
    faults = tuple(FaultView(fault.field, fault.rule, fault.code, number) for fault in problem.faults)
    return BatchResultView(number, problem.status, order_id, None, problem.code, problem.detail, (), faults)
