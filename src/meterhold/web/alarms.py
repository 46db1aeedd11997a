"""Alarms: what is wrong, with its evidence, until a person says that they know."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from meterhold.documents.alarm import AlarmView, view_alarm
from meterhold.documents.problem import ProblemView
from meterhold.documents.requests import AcknowledgeDocument
from meterhold.domain.alarm import Alarm
from meterhold.domain.errors import Fault, Malformed, UnknownThing
from meterhold.domain.words import Because
from meterhold.usecases.alarming import acknowledge_alarm
from meterhold.usecases.ports import Ports
from meterhold.web.authentication import Caller, Guard
from meterhold.web.bodies import DEFAULT_PAGE, Page, PageSize, json, read_request
from meterhold.web.openapi import body_of
from meterhold.web.sight import sees, sees_all

_AlarmCursor = Annotated[str | None, Query(max_length=160, description="`next` of the page before")]


def alarms_router(ports: Ports, guard: Guard) -> APIRouter:
    """Build the routes of alarms."""
    router = APIRouter(prefix="/alarms", tags=["alarms"])

    @router.get("", responses={200: {"model": Page[AlarmView]}})
    async def list_all(
        caller: Annotated[Caller, Depends(guard.caller)],
        *,
        still_open: Annotated[bool, Query(alias="open", description="only those nobody has acknowledged")] = False,
        meter: Annotated[str | None, Query(max_length=64)] = None,
        after: _AlarmCursor = None,
        limit: PageSize = DEFAULT_PAGE,
    ) -> Response:
        """List alarms, newest first. A dispatcher finds those of its own holds; a page may then hold fewer."""
        found = await ports.queries.list_alarms(
            still_open=still_open, meter_id=meter, after=await _position(ports, after), limit=limit + 1
        )
        following = found[limit - 1].alarm_id if len(found) > limit else None
        seen = await _seen_by(ports, caller, found[:limit])
        return json(Page(tuple(view_alarm(alarm) for alarm in seen), following))

    @router.get("/{alarm_id}", responses={200: {"model": AlarmView}, 404: {"model": ProblemView}})
    async def show(alarm_id: str, caller: Annotated[Caller, Depends(guard.caller)]) -> Response:
        """Read an alarm."""
        alarm = await ports.queries.alarm(alarm_id)
        if alarm is None or not await _seen_by(ports, caller, [alarm]):
            raise UnknownThing(Because.NOT_FOUND, f"there is no alarm {alarm_id!r}")
        return json(view_alarm(alarm))

    @router.post(
        "/{alarm_id}",
        openapi_extra=body_of(AcknowledgeDocument),
        responses={
            200: {"model": AlarmView},
            404: {"model": ProblemView},
            409: {"model": ProblemView, "description": "Somebody has acknowledged it already"},
        },
    )
    async def acknowledge(
        alarm_id: str, request: Request, caller: Annotated[Caller, Depends(guard.caller)]
    ) -> Response:
        """Say that one knows of it. Nothing at a meter changes, and it is said again only when it newly happens."""
        document = await read_request(request, AcknowledgeDocument, "acknowledgement")
        return json(view_alarm(await acknowledge_alarm(ports, alarm_id, caller.name, document.comment)))

    return router


async def _position(ports: Ports, after: str | None) -> tuple[datetime, str] | None:
    if after is None:
        return None
    alarm = await ports.queries.alarm(after)
    if alarm is None:
        raise Malformed("request", [Fault("after", "names no alarm; take `next` of the page before")])
    return alarm.raised_at, alarm.alarm_id


async def _seen_by(ports: Ports, caller: Caller, alarms: Sequence[Alarm]) -> list[Alarm]:
    """A dispatch system sees the alarms of its own holds; what else is wrong at the site is not its business."""
    if sees_all(caller):
        return list(alarms)
    seen = []
    for alarm in alarms:
        hold = None if alarm.hold_id is None else await ports.queries.hold(alarm.hold_id)
        if hold is not None and sees(caller, hold):
            seen.append(alarm)
    return seen
