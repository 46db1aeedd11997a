"""What waits for a second person."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from meterhold.documents.approval import (
    ApprovalDocument,
    ApprovalPageView,
    ApprovalView,
    view_approval,
    view_member,
)
from meterhold.documents.problem import ProblemView
from meterhold.domain.order import OrderKey
from meterhold.usecases.approving import decide_approval, read_approval
from meterhold.usecases.ports import Ports
from meterhold.web.authentication import Caller, Guard
from meterhold.web.bodies import DEFAULT_PAGE, Cursor, Page, PageSize, json, read_request
from meterhold.web.openapi import body_of

_OrderCursor = Annotated[str | None, Query(max_length=160, description="`next` of the page before")]


def approvals_router(ports: Ports, guard: Guard) -> APIRouter:
    """Build the routes of approvals."""
    router = APIRouter(prefix="/approvals", tags=["approvals"])

    @router.get("", responses={200: {"model": Page[ApprovalView]}})
    async def list_all(after: Cursor = None, limit: PageSize = DEFAULT_PAGE) -> Response:
        """List approvals: those that wait first, then the newest."""
        found = await ports.queries.list_approvals(after=after, limit=limit + 1)
        following = found[limit - 1].approval_id if len(found) > limit else None
        return json(Page(tuple(view_approval(approval) for approval in found[:limit]), following))

    @router.get("/{approval_id}", responses={200: {"model": ApprovalPageView}, 404: {"model": ProblemView}})
    async def show(approval_id: str, after: _OrderCursor = None, limit: PageSize = DEFAULT_PAGE) -> Response:
        """Read an approval and, page by page, the orders of its set."""
        approval = await read_approval(ports, approval_id)
        found = await ports.queries.approval_orders(approval_id, waiting=False, after=_key(after), limit=limit + 1)
        following = _cursor(found[limit - 1].key) if len(found) > limit else None
        members = tuple(view_member(record) for record in found[:limit])
        return json(ApprovalPageView(view_approval(approval), members, following))

    @router.post(
        "/{approval_id}",
        openapi_extra=body_of(ApprovalDocument),
        responses={
            200: {"model": ApprovalView},
            403: {"model": ProblemView, "description": "Who asked may not decide"},
            404: {"model": ProblemView},
            409: {"model": ProblemView, "description": "It is decided already, or another set than was looked at"},
        },
    )
    async def decide(approval_id: str, request: Request, caller: Annotated[Caller, Depends(guard.caller)]) -> Response:
        """Grant or refuse exactly the set that was looked at."""
        document = await read_request(request, ApprovalDocument, "decision")
        approval = await decide_approval(
            ports,
            approval_id,
            granted=document.decision == "grant",
            set_hash=document.set_hash,
            by=caller.name,
            comment=document.comment,
        )
        return json(view_approval(approval))

    return router


def _cursor(key: OrderKey) -> str:
    return f"{key.sender}/{key.order_id}"


def _key(cursor: str | None) -> OrderKey | None:
    """An order's name holds no slash; a sender's may."""
    if cursor is None:
        return None
    sender, _, order_id = cursor.rpartition("/")
    return OrderKey(sender, order_id)
