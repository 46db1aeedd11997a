"""The one place where errors become HTTP."""

from collections.abc import Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from meterhold.documents.json_faults import field_of, rule_of
from meterhold.documents.json_text import NotJson, TooBig
from meterhold.documents.problem import MEDIA_TYPE, ProblemView, render_problem, view_problem
from meterhold.domain.errors import (
    Fault,
    Malformed,
    MeterholdError,
    MeterRefused,
    NeverSent,
    NoAnswer,
    NoRoom,
    OutcomeUnknown,
    Refused,
    StoreUnavailable,
    UnknownThing,
    WireError,
)
from meterhold.domain.words import Because
from meterhold.usecases.looking import ProfileMissing
from meterhold.usecases.refusals import RefusalLog
from meterhold.web.refusing import keep_refusal

RETRY_AFTER_S = 5

_STATUS_OF_REFUSAL = {
    Because.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Because.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Because.SIGNATURE: HTTPStatus.FORBIDDEN,
    Because.ISSUER_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Because.MALFORMED: HTTPStatus.UNPROCESSABLE_ENTITY,
}
_CODE_OF_STATUS = {
    HTTPStatus.NOT_FOUND: Because.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: Because.NOT_FOUND,
}


def handle_errors(app: FastAPI, refusals: RefusalLog) -> None:
    """Answer every error with a problem document, and keep every refusal."""

    async def on_ours(request: Request, error: Exception) -> Response:
        return await refuse(request, problem_of(error) if isinstance(error, MeterholdError) else _defect())

    async def on_parameters(request: Request, error: Exception) -> Response:
        return await refuse(request, _problem_of_parameters(error))

    async def on_http(request: Request, error: Exception) -> Response:
        response = await refuse(request, _problem_of_http(error))
        response.headers.update(getattr(error, "headers", None) or {})
        return response

    async def refuse(request: Request, problem: ProblemView) -> Response:
        await keep_refusal(refusals, request, problem)
        return answer(problem)

    app.add_exception_handler(MeterholdError, on_ours)
    app.add_exception_handler(RequestValidationError, on_parameters)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, _on_defect)


def problem_of(error: MeterholdError) -> ProblemView:
    """Describe one of our errors as HTTP has it."""
    match error:
        case Malformed():
            return _problem(_status_of_malformed(error), error.what, _one_code(error.faults), error.faults)
        case UnknownThing():
            return _problem(HTTPStatus.NOT_FOUND, error.detail, error.code)
        case Refused():
            return _problem(_STATUS_OF_REFUSAL.get(error.code, HTTPStatus.CONFLICT), error.detail, error.code)
        case NoRoom():
            return _problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error), Because.STORE_NEARLY_FULL)
        case StoreUnavailable():
            # Its own text may name files and servers.
            detail = "the journal cannot be reached now: nothing was stored and nothing is switched; send it again"
            return _problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, Because.STORE_UNAVAILABLE)
        case NoAnswer() | OutcomeUnknown():
            return _problem(HTTPStatus.GATEWAY_TIMEOUT, error.detail, error.because)
        case NeverSent() | MeterRefused() | WireError():
            return _problem(HTTPStatus.BAD_GATEWAY, error.detail, error.because)
        case ProfileMissing():
            return _problem(HTTPStatus.CONFLICT, str(error), error.because)
        case _:
            return _defect()


def answer(problem: ProblemView) -> Response:
    """Send a problem."""
    headers = {}
    if problem.status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_AFTER_S)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(render_problem(problem), problem.status, headers, MEDIA_TYPE)


def _status_of_malformed(error: Malformed) -> HTTPStatus:
    match error:
        case TooBig():
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        case NotJson():
            return HTTPStatus.BAD_REQUEST
        case _:
            return HTTPStatus.UNPROCESSABLE_ENTITY


def _one_code(faults: Sequence[Fault]) -> Because:
    codes = {fault.code for fault in faults}
    return codes.pop() if len(codes) == 1 else Because.MALFORMED


def _problem(status: HTTPStatus, detail: str, code: Because | None, faults: Sequence[Fault] = ()) -> ProblemView:
    return view_problem(status.value, status.phrase, detail, code, faults)


def _defect() -> ProblemView:
    return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "a defect of the gateway: its log says more", None)


def _problem_of_parameters(error: Exception) -> ProblemView:
    rows = error.errors() if isinstance(error, RequestValidationError) else ()
    faults = [Fault(field_of(tuple(row["loc"])[1:]), rule_of(row)) for row in rows]
    return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, "request", Because.MALFORMED, faults)


def _problem_of_http(error: Exception) -> ProblemView:
    status = HTTPStatus(error.status_code) if isinstance(error, HTTPException) else HTTPStatus.BAD_REQUEST
    detail = str(error.detail) if isinstance(error, HTTPException) else ""
    return _problem(status, detail, _CODE_OF_STATUS.get(status, Because.MALFORMED))


async def _on_defect(_: Request, __: Exception) -> Response:
    return answer(_defect())
