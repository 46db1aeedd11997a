"""Holds, what happened to them, what they amount to, and what waits for a person there."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from meterhold.documents.event import EventView, view_event
from meterhold.documents.hold import HoldView
from meterhold.documents.problem import ProblemView
from meterhold.documents.requests import AttentionDocument
from meterhold.domain.errors import UnknownThing
from meterhold.domain.hold import Hold
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.roles import Role
from meterhold.domain.words import Because
from meterhold.usecases.attention import decide_attention
from meterhold.usecases.ports import Ports
from meterhold.web.authentication import Caller, Guard
from meterhold.web.bodies import DEFAULT_PAGE, Cursor, Page, PageSize, json, read_request
from meterhold.web.hold_views import hold_view
from meterhold.web.openapi import body_of
from meterhold.web.sight import sees
from meterhold.web.statements import add_statements


def holds_router(ports: Ports, guard: Guard) -> APIRouter:
    """Build the routes of holds."""
    router = APIRouter(prefix="/holds", tags=["holds"])

    @router.get("", responses={200: {"model": Page[HoldView]}})
    async def list_all(
        caller: Annotated[Caller, Depends(guard.caller)],
        status: HoldStatus | None = None,
        meter_id: str | None = None,
        after: Cursor = None,
        limit: PageSize = DEFAULT_PAGE,
    ) -> Response:
        """List holds, newest first. A dispatcher finds its own; a page may then hold fewer than were asked for."""
        found = await ports.queries.list_holds(status=status, meter_id=meter_id, after=after, limit=limit + 1)
        following = found[limit - 1].hold_id if len(found) > limit else None
        seen = [await hold_view(ports, hold) for hold in found[:limit] if sees(caller, hold)]
        return json(Page(tuple(seen), following))

    @router.get("/{hold_id}", responses={200: {"model": HoldView}, 404: {"model": ProblemView}})
    async def show(hold_id: str, caller: Annotated[Caller, Depends(guard.caller)]) -> Response:
        """Read a hold."""
        return json(await hold_view(ports, await _hold(ports, hold_id, caller)))

    @router.get("/{hold_id}/events", responses={200: {"model": Page[EventView]}, 404: {"model": ProblemView}})
    async def events(hold_id: str, caller: Annotated[Caller, Depends(guard.caller)]) -> Response:
        """Read everything that happened to a hold, in order."""
        await _hold(ports, hold_id, caller)
        told = await ports.queries.hold_events(hold_id)
        return json(Page(tuple(view_event(seq, at, event) for seq, at, event in told), None))

    @router.post(
        "/{hold_id}/attention/{n}",
        openapi_extra=body_of(AttentionDocument),
        responses={200: {"model": HoldView}, 404: {"model": ProblemView}, 409: {"model": ProblemView}},
    )
    async def decide(
        hold_id: str, n: int, request: Request, caller: Annotated[Caller, Depends(guard.caller)]
    ) -> Response:
        """Decide what to do about an attention item."""
        document = await read_request(request, AttentionDocument, "decision")
        decision, comment, may_approve = document.decision, document.comment, caller.has(Role.APPROVER)
        hold = await decide_attention(ports, hold_id, n, decision, caller.name, comment, may_approve=may_approve)
        return json(await hold_view(ports, hold))

    add_statements(router, ports, guard)
    return router


async def _hold(ports: Ports, hold_id: str, caller: Caller) -> Hold:
    hold = await ports.queries.hold(hold_id)
    if hold is None or not sees(caller, hold):
        raise UnknownThing(Because.UNKNOWN_HOLD, f"there is no hold {hold_id!r}")
    return hold
