"""The kill switch."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from meterhold.documents.requests import InhibitDocument
from meterhold.documents.site import InhibitView, view_inhibit
from meterhold.usecases.inhibiting import set_inhibit
from meterhold.usecases.ports import Ports
from meterhold.web.authentication import Caller, Guard
from meterhold.web.bodies import json, read_request
from meterhold.web.openapi import body_of


def inhibit_router(ports: Ports, guard: Guard) -> APIRouter:
    """Build the routes of the kill switch."""
    router = APIRouter(prefix="/inhibit", tags=["inhibit"])

    @router.get("", responses={200: {"model": InhibitView}})
    async def show() -> Response:
        """Ask whether disconnects may leave."""
        return json(view_inhibit(await ports.queries.site()))

    @router.put("", openapi_extra=body_of(InhibitDocument), responses={200: {"model": InhibitView}})
    async def throw(request: Request, caller: Annotated[Caller, Depends(guard.caller)]) -> Response:
        """Let no disconnect leave the gateway; reconnects still do. It survives a restart."""
        document = await read_request(request, InhibitDocument, "inhibit")
        return json(view_inhibit(await set_inhibit(ports, on=True, by=caller.name, reason=document.reason)))

    @router.delete("", responses={200: {"model": InhibitView}})
    async def lift(
        caller: Annotated[Caller, Depends(guard.caller)],
        reason: Annotated[str, Query(min_length=1, max_length=500)],
    ) -> Response:
        """Let disconnects leave again."""
        return json(view_inhibit(await set_inhibit(ports, on=False, by=caller.name, reason=reason)))

    return router
