"""Orders: one, many, or only the question what would become of one."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException

from meterhold.documents.batch import read_csv, read_ndjson
from meterhold.documents.batch_result import BatchResultView
from meterhold.documents.hold import OrderView, view_order
from meterhold.documents.order import OrderDocument, parse_order
from meterhold.documents.problem import ProblemView
from meterhold.domain.errors import Refused, UnknownThing
from meterhold.domain.order import OrderKey
from meterhold.domain.words import Because
from meterhold.usecases.ports import Ports
from meterhold.usecases.refusals import RefusalLog
from meterhold.web.authentication import Caller, Guard
from meterhold.web.batch import NDJSON, results
from meterhold.web.bodies import MOST_BATCH_BYTES, json, read_body
from meterhold.web.openapi import body_of, body_of_text
from meterhold.web.refusing import keep_refusal
from meterhold.web.sending import send, try_out
from meterhold.web.sight import sees_all

_READERS = {"application/x-ndjson": read_ndjson, "text/csv": read_csv}


def orders_router(ports: Ports, guard: Guard, refusals: RefusalLog) -> APIRouter:
    """Build the routes of orders."""
    router = APIRouter(prefix="/orders", tags=["orders"])

    @router.post(
        "",
        status_code=HTTPStatus.ACCEPTED,
        openapi_extra=body_of(OrderDocument),
        responses={
            202: {"model": OrderView},
            200: {"model": OrderView, "description": "A replay: the same content under the same order_id"},
            409: {"model": ProblemView, "description": "Other content under an order_id that was used before"},
            422: {"model": ProblemView, "description": "All faults of the order at once"},
            503: {"model": ProblemView, "description": "The journal cannot be written: send it again"},
        },
    )
    async def submit(request: Request, caller: Annotated[Caller, Depends(guard.caller)]) -> Response:
        """Send an order. It is durably recorded before the answer; the answer says what becomes of it."""
        parsed = parse_order(await read_body(request, "order"))
        answer = await send(ports, caller, parsed)
        status = HTTPStatus.OK if answer.replay else HTTPStatus.ACCEPTED
        location = f"{request.url.path.rstrip('/')}/{parsed.order.order_id}"
        return json(view_order(answer.record), status, {"Location": location})

    @router.post(
        "/batch",
        openapi_extra=body_of_text(*_READERS),
        responses={200: {"model": BatchResultView, "description": "A line of JSON for each line, in their order"}},
    )
    async def batch(request: Request, caller: Annotated[Caller, Depends(guard.caller)]) -> Response:
        """Send many orders, as lines of JSON or as CSV. One bad line spoils no other."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        reader = _READERS.get(kind)
        if reader is None:
            raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the content-type must be {' or '.join(_READERS)}")
        lines = reader(await read_body(request, "batch", MOST_BATCH_BYTES))

        async def keep(problem: ProblemView, line: int) -> None:
            await keep_refusal(refusals, request, problem, line)

        return StreamingResponse(results(ports, lines, caller, keep), media_type=NDJSON)

    @router.post("/dry-run", openapi_extra=body_of(OrderDocument), responses={200: {"model": OrderView}})
    async def ask(request: Request, caller: Annotated[Caller, Depends(guard.caller)]) -> Response:
        """Ask what would become of an order now. Nothing is stored."""
        parsed = parse_order(await read_body(request, "order"))
        answer = await try_out(ports, caller, parsed)
        return json(view_order(answer.record))

    @router.get("/{order_id}", responses={200: {"model": OrderView}, 404: {"model": ProblemView}})
    async def show(
        order_id: str,
        caller: Annotated[Caller, Depends(guard.caller)],
        sender: Annotated[str | None, Query(description="whose order; without it, the caller's own")] = None,
    ) -> Response:
        """Read an order and what became of it. A dispatcher reads its own."""
        if sender not in {None, caller.name} and not sees_all(caller):
            raise Refused(Because.FORBIDDEN, "a dispatcher reads its own orders")
        record = await ports.queries.order(OrderKey(sender or caller.name, order_id))
        if record is None:
            raise UnknownThing(Because.UNKNOWN_ORDER, f"there is no order {order_id!r} of {sender or caller.name!r}")
        return json(view_order(record))

    return router
