"""Rules and what they look at: why something is permitted or not, forecasts, and moratoria of operators."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from meterhold.documents.policy_view import (
    AskedView,
    ExplanationView,
    ForecastView,
    MoratoriumView,
    TakenView,
    view_explanation,
    view_forecast,
    view_moratorium,
)
from meterhold.documents.problem import ProblemView
from meterhold.documents.weather import MOST_FORECAST_BYTES, ForecastsDocument, MoratoriumDocument, parse_forecasts
from meterhold.domain.errors import Fault, Malformed
from meterhold.domain.words import Action, Mode, Reason
from meterhold.usecases.explaining import Inquiry, explain_policy
from meterhold.usecases.forecasting import receive_forecasts
from meterhold.usecases.moratoria import lift_moratorium, list_moratoria, raise_moratorium
from meterhold.usecases.ports import Ports
from meterhold.web.authentication import Caller, Guard
from meterhold.web.bodies import Page, json, read_body, read_request
from meterhold.web.openapi import body_of

Why = Annotated[Reason, Query(description="Why supply is to be cut")]
Moment = Annotated[datetime | None, Query(description="RFC 3339 with an offset; without it: now")]


def policy_router(ports: Ports) -> APIRouter:
    """Build the route that explains the rules."""
    router = APIRouter(prefix="/policy", tags=["policy"])

    @router.get(
        "/explain",
        responses={200: {"model": ExplanationView}, 404: {"model": ProblemView}, 422: {"model": ProblemView}},
    )
    async def explain(  # noqa: PLR0913 - each fact that a rule may ask for is a parameter of its own
        *,
        meter: Annotated[str, Query(min_length=1, max_length=64)],
        reason: Why = Reason.NON_PAYMENT,
        at: Moment = None,
        action: Annotated[Action, Query(description="suspend or restore")] = Action.SUSPEND,
        mode: Mode = Mode.PHYSICAL,
        ends_at: Annotated[datetime | None, Query()] = None,
        notice_given_at: Annotated[datetime | None, Query()] = None,
        vacant_verified: bool = False,
        customer_present: bool = False,
    ) -> Response:
        """Say for a meter and a moment which rules bite, why the others do not, and when it is next permitted."""
        if action not in {Action.SUSPEND, Action.RESTORE}:
            raise Malformed("parameters", [Fault("action", "must be suspend or restore: no rule looks at the others")])
        _with_offset({"at": at, "ends_at": ends_at, "notice_given_at": notice_given_at})
        inquiry = Inquiry(
            meter_id=meter,
            action=action,
            reason=reason,
            mode=mode,
            at=at,
            ends_at=ends_at,
            notice_given_at=notice_given_at,
            vacant_verified=vacant_verified,
            customer_present=customer_present,
        )
        answer = await explain_policy(ports, inquiry)
        asked = AskedView(meter, action, reason, mode, answer.at)
        return json(view_explanation(asked, answer.rules, answer.floor))

    return router


def forecasts_router(ports: Ports) -> APIRouter:
    """Build the routes of forecasts."""
    router = APIRouter(prefix="/forecasts", tags=["policy"])

    @router.get("", responses={200: {"model": Page[ForecastView]}})
    async def list_all() -> Response:
        """List the newest forecast of each area."""
        forecasts = (await ports.queries.site()).forecasts
        return json(Page(tuple(view_forecast(forecasts[area]) for area in sorted(forecasts)), None))

    @router.post(
        "",
        openapi_extra=body_of(ForecastsDocument),
        responses={200: {"model": Page[TakenView]}, 422: {"model": ProblemView}},
    )
    async def receive(request: Request) -> Response:
        """Send forecasts; for each area the newest counts, however late an older one comes."""
        body = await read_body(request, "forecasts", MOST_FORECAST_BYTES)
        taken = await receive_forecasts(ports, parse_forecasts(body, ports.clock.now()))
        return json(Page(tuple(TakenView(one.area, one.taken, one.issued_at) for one in taken), None))

    return router


def moratoria_router(ports: Ports, guard: Guard) -> APIRouter:
    """Build the routes of moratoria."""
    router = APIRouter(prefix="/moratoria", tags=["policy"])

    @router.get("", responses={200: {"model": Page[MoratoriumView]}})
    async def list_all() -> Response:
        """List those that are not over."""
        return json(Page(tuple(view_moratorium(one) for one in await list_moratoria(ports)), None))

    @router.post(
        "",
        status_code=HTTPStatus.CREATED,
        openapi_extra=body_of(MoratoriumDocument),
        responses={201: {"model": MoratoriumView}, 422: {"model": ProblemView}},
    )
    async def begin(request: Request, caller: Annotated[Caller, Depends(guard.caller)]) -> Response:
        """Let no suspension begin in some areas for a while. What has begun goes on: the inhibit stops that."""
        document = await read_request(request, MoratoriumDocument, "moratorium")
        raised = await raise_moratorium(
            ports, document.areas, document.from_at, document.until_at, reason=document.reason, by=caller.name
        )
        return json(view_moratorium(raised), HTTPStatus.CREATED)

    @router.delete("/{moratorium_id}", status_code=HTTPStatus.NO_CONTENT, responses={404: {"model": ProblemView}})
    async def lift(
        moratorium_id: str,
        caller: Annotated[Caller, Depends(guard.caller)],
        reason: Annotated[str, Query(min_length=1, max_length=500)],
    ) -> Response:
        """Lift one before its time; what waited for its end alone may begin."""
        await lift_moratorium(ports, moratorium_id, by=caller.name, reason=reason)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    return router


def _with_offset(moments: dict[str, datetime | None]) -> None:
    faults = [
        Fault(name, "must carry an offset such as Z or +01:00: a time without one names no moment")
        for name, moment in moments.items()
        if moment is not None and moment.tzinfo is None
    ]
    if faults:
        raise Malformed("parameters", faults)
