"""Reading what was sent, within a limit, and answering."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query, Request, Response
from pydantic import BaseModel

from meterhold.documents.json_faults import read_document
from meterhold.documents.json_text import MOST_ORDER_BYTES, TooBig
from meterhold.documents.render import render

MOST_BATCH_BYTES = 32 * 1024 * 1024
DEFAULT_PAGE = 50
LARGEST_PAGE = 500

M = TypeVar("M", bound=BaseModel)
V = TypeVar("V")

PageSize = Annotated[int, Query(ge=1, le=LARGEST_PAGE)]
Cursor = Annotated[str | None, Query(max_length=64, description="`next` of the page before")]


@dataclass(frozen=True, slots=True)
class Page(Generic[V]):
    """A part of a list; ``next`` is the cursor of the following one, null at the end."""

    items: tuple[V, ...]
    next: str | None


async def read_body(request: Request, what: str, most_bytes: int = MOST_ORDER_BYTES) -> bytes:
    """Read the body, and no more than the limit of it."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > most_bytes:
        raise TooBig(what, most_bytes)
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most_bytes:
            raise TooBig(what, most_bytes)
        chunks.append(chunk)
    return b"".join(chunks)


async def read_request(request: Request, model: type[M], what: str) -> M:
    """Read a body as a document of this model; no body at all is an empty one."""
    return read_document(await read_body(request, what) or b"{}", model, what)


def json(view: Any, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None) -> Response:  # noqa: ANN401
    """Answer with a view."""
    return Response(render(view), status, headers, "application/json")
