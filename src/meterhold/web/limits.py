"""The thresholds: shown to everybody, changed by two persons."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from meterhold.documents.approval import ApprovalView, view_approval
from meterhold.documents.limits import LimitsDocument, LimitsInForceView, UsedView, view_limits
from meterhold.documents.problem import ProblemView
from meterhold.usecases.limiting import LimitsInForce, ask_for_limits, read_limits
from meterhold.usecases.ports import Ports
from meterhold.web.authentication import Caller, Guard
from meterhold.web.bodies import json, read_request
from meterhold.web.openapi import body_of


def limits_router(ports: Ports, guard: Guard) -> APIRouter:
    """Build the routes of the thresholds."""
    router = APIRouter(prefix="/limits", tags=["limits"])

    @router.get("", responses={200: {"model": LimitsInForceView}})
    async def show() -> Response:
        """Read the thresholds, where they come from, and how much of them is used within the window."""
        return json(_view(await read_limits(ports)))

    @router.put(
        "",
        status_code=HTTPStatus.ACCEPTED,
        openapi_extra=body_of(LimitsDocument),
        responses={202: {"model": ApprovalView}, 422: {"model": ProblemView}},
    )
    async def ask(request: Request, caller: Annotated[Caller, Depends(guard.caller)]) -> Response:
        """Ask for other thresholds. They change once a second person grants the approval that this opens."""
        document = await read_request(request, LimitsDocument, "limits")
        now = await read_limits(ports)
        approval = await ask_for_limits(ports, document.changed(now.in_force), caller.name, document.reason)
        return json(view_approval(approval), HTTPStatus.ACCEPTED)

    return router


def _view(limits: LimitsInForce) -> LimitsInForceView:
    used = (
        UsedView(
            one.scope,
            one.asked_off,
            one.sent_off,
            one.most_off,
            one.load_off_w / 1000,
            one.asked_on,
            one.most_on,
        )
        for one in limits.used
    )
    return LimitsInForceView(
        view_limits(limits.in_force),
        view_limits(limits.configured),
        None if limits.agreed is None else view_limits(limits.agreed),
        limits.bulk_orders,
        tuple(used),
    )
