"""Senders that sign their orders: their public keys, registered and revoked."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from meterhold.documents.keys import LONGEST_SENDER, OriginatorView, SigningKeyDocument, view_originator
from meterhold.documents.problem import ProblemView
from meterhold.usecases.ports import Ports
from meterhold.usecases.signatures import LONGEST_ID, register_signing_key, revoke_signing_key
from meterhold.web.authentication import Caller, Guard
from meterhold.web.bodies import Page, json, read_request
from meterhold.web.openapi import body_of


def originators_router(ports: Ports, guard: Guard) -> APIRouter:
    """Build the routes of senders that sign."""
    router = APIRouter(prefix="/originators", tags=["keys"])

    @router.get("", responses={200: {"model": Page[OriginatorView]}})
    async def list_all() -> Response:
        """List the senders whose orders must be signed, with their public keys, revoked ones included."""
        return json(Page(tuple(view_originator(one) for one in await ports.queries.signers()), None))

    @router.post(
        "",
        status_code=HTTPStatus.CREATED,
        openapi_extra=body_of(SigningKeyDocument),
        responses={201: {"model": OriginatorView}, 409: {"model": ProblemView}, 422: {"model": ProblemView}},
    )
    async def register(request: Request, caller: Annotated[Caller, Depends(guard.caller)]) -> Response:
        """Register a sender's public key. From now on each of its orders must be signed: see docs/signed-orders.md."""
        document = await read_request(request, SigningKeyDocument, "signing key")
        originator = await register_signing_key(
            ports, document.sender, document.key_id, document.public_key, counter=document.counter, by=caller.name
        )
        return json(view_originator(originator), HTTPStatus.CREATED)

    @router.delete("", responses={200: {"model": OriginatorView}, 404: {"model": ProblemView}})
    async def revoke(
        caller: Annotated[Caller, Depends(guard.caller)],
        sender: Annotated[str, Query(min_length=1, max_length=LONGEST_SENDER)],
        key_id: Annotated[str, Query(min_length=1, max_length=LONGEST_ID)],
    ) -> Response:
        """Revoke a sender's public key. Its orders must be signed all the same, with another one."""
        return json(view_originator(await revoke_signing_key(ports, sender, key_id, caller.name)))

    return router
