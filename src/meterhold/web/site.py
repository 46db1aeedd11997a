"""The kill switch and the API keys."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from meterhold.documents.problem import ProblemView
from meterhold.documents.requests import InhibitDocument, KeyDocument
from meterhold.documents.site import InhibitView, KeyView, NewKeyView, view_inhibit
from meterhold.usecases.inhibiting import set_inhibit
from meterhold.usecases.keys import create_key, revoke_key
from meterhold.usecases.ports import Ports
from meterhold.web.authentication import Caller, Guard
from meterhold.web.bodies import Page, json, read_request
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


def keys_router(ports: Ports, guard: Guard) -> APIRouter:
    """Build the routes of API keys."""
    router = APIRouter(prefix="/keys", tags=["keys"])

    @router.get("", responses={200: {"model": Page[KeyView]}})
    async def list_all() -> Response:
        """List all keys, revoked ones included."""
        keys = await ports.queries.api_keys()
        views = (KeyView(key.key_id, key.name, key.roles, key.created_at, key.revoked_at) for key in keys)
        return json(Page(tuple(views), None))

    @router.post(
        "",
        status_code=HTTPStatus.CREATED,
        openapi_extra=body_of(KeyDocument),
        responses={201: {"model": NewKeyView}, 422: {"model": ProblemView}},
    )
    async def create(request: Request) -> Response:
        """Make a key. The answer is the only copy of it."""
        document = await read_request(request, KeyDocument, "key")
        key, secret = await create_key(ports, document.name, document.roles)
        guard.keys.forget()
        view = NewKeyView(key.key_id, key.name, key.roles, key.created_at, secret)
        return json(view, HTTPStatus.CREATED, {"Cache-Control": "no-store"})

    @router.delete("/{key_id}", status_code=HTTPStatus.NO_CONTENT, responses={404: {"model": ProblemView}})
    async def revoke(key_id: str, caller: Annotated[Caller, Depends(guard.caller)]) -> Response:
        """Make a key useless, at once and for good."""
        await revoke_key(ports, key_id, caller.name)
        guard.keys.forget()
        return Response(status_code=HTTPStatus.NO_CONTENT)

    return router
