"""API keys: made, rotated, revoked, and listed without their secrets."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from meterhold.documents.keys import KeyDocument, KeyView, NewKeyView, RotationDocument, view_scope
from meterhold.documents.problem import ProblemView
from meterhold.domain.errors import Fault, Malformed, Refused
from meterhold.domain.roles import Role
from meterhold.domain.scope import Scope
from meterhold.domain.words import Because
from meterhold.usecases.keys import create_key, find_key, revoke_key, rotate_key
from meterhold.usecases.ports import ApiKey, Ports
from meterhold.web.authentication import Caller, Guard
from meterhold.web.bodies import Page, json, read_request
from meterhold.web.openapi import body_of
from meterhold.web.roles import ENDPOINTS, name_of

_ONCE = {"Cache-Control": "no-store"}


def keys_router(ports: Ports, guard: Guard) -> APIRouter:
    """Build the routes of API keys."""
    router = APIRouter(prefix="/keys", tags=["keys"])

    @router.get("", responses={200: {"model": Page[KeyView]}})
    async def list_all() -> Response:
        """List all keys, revoked ones included."""
        keys = await ports.queries.api_keys()
        return json(Page(tuple(view_key(key, guard.keys.used_at.get(key.key_id)) for key in keys), None))

    @router.post(
        "",
        status_code=HTTPStatus.CREATED,
        openapi_extra=body_of(KeyDocument),
        responses={201: {"model": NewKeyView}, 409: {"model": ProblemView}, 422: {"model": ProblemView}},
    )
    async def create(request: Request, caller: Annotated[Caller, Depends(guard.caller)]) -> Response:
        """Make a key. The answer is the only copy of it."""
        document = await read_request(request, KeyDocument, "key")
        _not_an_approver_s(document.roles)
        scope = document.scope.as_scope()
        check_endpoints(scope, document.roles)
        key, secret = await create_key(
            ports, document.name, document.roles, scope=scope, expires_at=document.expires_at, by=caller.name
        )
        guard.keys.forget()
        return json(view_new_key(key, secret), HTTPStatus.CREATED, _ONCE)

    @router.post(
        "/{key_id}/rotate",
        openapi_extra=body_of(RotationDocument),
        responses={200: {"model": NewKeyView}, 404: {"model": ProblemView}, 422: {"model": ProblemView}},
    )
    async def rotate(key_id: str, request: Request, caller: Annotated[Caller, Depends(guard.caller)]) -> Response:
        """Give a key another secret, of which the answer is the only copy. The old one works until the overlap ends.

        Everybody may rotate their own key, and an admin others'; an approver's is rotated by its bearer alone.
        """
        document = await read_request(request, RotationDocument, "rotation")
        if key_id != caller.key_id:
            if not caller.has(Role.ADMIN):
                raise Refused(Because.FORBIDDEN, "this is another caller's key: who is no admin rotates their own")
            _not_an_approver_s((await find_key(ports, key_id)).roles)
        key, secret = await rotate_key(ports, key_id, timedelta(seconds=document.overlap_s), caller.name)
        guard.keys.forget()
        return json(view_new_key(key, secret), HTTPStatus.OK, _ONCE)

    @router.delete("/{key_id}", status_code=HTTPStatus.NO_CONTENT, responses={404: {"model": ProblemView}})
    async def revoke(key_id: str, caller: Annotated[Caller, Depends(guard.caller)]) -> Response:
        """Make a key useless, at once and for good."""
        await revoke_key(ports, key_id, caller.name)
        guard.keys.forget()
        return Response(status_code=HTTPStatus.NO_CONTENT)

    return router


def _not_an_approver_s(roles: Iterable[str]) -> None:
    """Keep who hands out keys from deciding as well: a stolen admin's key must not become an approver's."""
    if Role.APPROVER in roles:
        raise Refused(
            Because.FORBIDDEN,
            "over the network nobody gets hold of an approver's key: make it on the gateway's machine"
            " (`meterhold key create --in-store`), or let approvers come with tokens",
        )


def check_endpoints(scope: Scope, roles: tuple[str, ...]) -> None:
    """Raise ``Malformed`` where a key would be limited to what there is not, or what its roles do not open."""
    opened = {name_of(*place) for place, opening in ENDPOINTS.items() if opening.intersection(roles)}
    faults = [
        Fault(f"scope.only.{at}", "is no endpoint that these roles open, such as GET /metrics")
        for at, name in enumerate(scope.only)
        if name not in opened
    ]
    if faults:
        raise Malformed("key", faults)


def view_key(key: ApiKey, last_used_at: datetime | None = None) -> KeyView:
    """Show a key."""
    return KeyView(
        key.key_id,
        key.name,
        key.roles,
        view_scope(key.scope),
        key.created_at,
        key.made_by,
        key.expires_at,
        key.rotated_at,
        key.old_until,
        key.revoked_at,
        last_used_at,
    )


def view_new_key(key: ApiKey, secret: str) -> NewKeyView:
    """Show a key with its new secret, once."""
    shown = view_key(key)
    return NewKeyView(**{field.name: getattr(shown, field.name) for field in fields(shown)}, key=secret)
