"""Statements of holds in every form, and the mark of a wrongful cut."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from meterhold.documents.hold import HoldView
from meterhold.documents.problem import ProblemView
from meterhold.documents.render import render
from meterhold.documents.requests import WrongfulDocument
from meterhold.documents.statement import Statement
from meterhold.documents.statement_csv import statement_csv
from meterhold.documents.statement_page import statement_page
from meterhold.documents.statement_text import statement_text
from meterhold.domain.errors import UnknownThing
from meterhold.domain.words import Because
from meterhold.usecases.ports import Ports
from meterhold.usecases.statement import read_statement
from meterhold.usecases.wrongful import mark_wrongful
from meterhold.web.authentication import Caller, Guard
from meterhold.web.bodies import json, read_request
from meterhold.web.hold_views import hold_view
from meterhold.web.openapi import body_of
from meterhold.web.sight import sees


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to write a statement."""

    media_type: str
    write: Callable[[Statement], str | bytes]
    kept_as_file: bool = False
    """A browser saves it instead of showing it."""


_FORMS: Mapping[str, _Form] = {
    "json": _Form("application/json", render),
    "csv": _Form("text/csv", statement_csv, kept_as_file=True),
    "html": _Form("text/html", statement_page),
    "txt": _Form("text/plain", statement_text),
}
_BY_TYPE = {form.media_type: form for form in _FORMS.values()}
_NOTHING_RUNS = "default-src 'none'; style-src 'unsafe-inline'"
"""The page has its own style and nothing else: whatever stands in a comment, a browser runs none of it."""
_CONTENT: dict[str, dict[str, str]] = {
    form.media_type: {} for form in _FORMS.values() if form.media_type != "application/json"
}


def add_statements(router: APIRouter, ports: Ports, guard: Guard) -> None:
    """Add the routes of statements to those of holds."""

    @router.get(
        "/{hold_id}/statement",
        responses={200: {"model": Statement, "content": _CONTENT}, 404: {"model": ProblemView}},
    )
    async def statement(hold_id: str, request: Request, caller: Annotated[Caller, Depends(guard.caller)]) -> Response:
        """Read what a hold amounts to for billing and for a dispute, in the form that Accept says, else as JSON."""
        asked = (part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(","))
        form = next((_BY_TYPE[kind] for kind in asked if kind in _BY_TYPE), _FORMS["json"])
        return await _drawn_up(ports, hold_id, caller, form)

    for suffix, form in _FORMS.items():
        _add_form(router, ports, guard, suffix, form)

    @router.post(
        "/{hold_id}/wrongful",
        openapi_extra=body_of(WrongfulDocument),
        responses={200: {"model": HoldView}, 404: {"model": ProblemView}, 409: {"model": ProblemView}},
    )
    async def wrongful(hold_id: str, request: Request, caller: Annotated[Caller, Depends(guard.caller)]) -> Response:
        """Mark a hold as a wrongful cut: no fee is charged for it."""
        document = await read_request(request, WrongfulDocument, "mark")
        return json(await hold_view(ports, await mark_wrongful(ports, hold_id, caller.name, document.reason)))


def _add_form(router: APIRouter, ports: Ports, guard: Guard, suffix: str, form: _Form) -> None:
    @router.get(
        f"/{{hold_id}}/statement.{suffix}",
        name=f"statement as {suffix}",
        responses={200: {"content": {form.media_type: {}}}, 404: {"model": ProblemView}},
        response_class=Response,
    )
    async def written(hold_id: str, caller: Annotated[Caller, Depends(guard.caller)]) -> Response:
        """Read what a hold amounts to for billing and for a dispute, in this form."""
        return await _drawn_up(ports, hold_id, caller, form)


async def _drawn_up(ports: Ports, hold_id: str, caller: Caller, form: _Form) -> Response:
    hold = await ports.queries.hold(hold_id)
    if hold is None or not sees(caller, hold):
        raise UnknownThing(Because.UNKNOWN_HOLD, f"there is no hold {hold_id!r}")
    headers = {"Content-Security-Policy": _NOTHING_RUNS}
    if form.kept_as_file:
        headers["Content-Disposition"] = f'attachment; filename="statement-{hold.hold_id}.csv"'
    return Response(form.write(await read_statement(ports, hold_id)), headers=headers, media_type=form.media_type)
