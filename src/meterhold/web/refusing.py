"""Which answers are refusals that belong in the journal, and what is kept of them."""

from http import HTTPStatus

from fastapi import Request

from meterhold.documents.problem import ProblemView
from meterhold.domain.words import Because
from meterhold.usecases.refusals import Refusal, RefusalLog
from meterhold.web.authentication import Caller

_ALWAYS = frozenset({Because.UNAUTHENTICATED, Because.FORBIDDEN})
"""Kept of reads as well: somebody tried a door that is not theirs."""
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


async def keep_refusal(refusals: RefusalLog, request: Request, problem: ProblemView, line: int | None = None) -> None:
    """Keep a refusal; a read that finds nothing, and what failed on our side, is none. ``line``: of a batch."""
    code = problem.code
    if code is None or problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return
    if request.method in _READS and code not in _ALWAYS:
        return
    caller = getattr(request.state, "caller", None)
    faults = "; ".join(f"{fault.field}: {fault.rule}" if fault.field else fault.rule for fault in problem.faults)
    what = f"{request.method} {request.url.path}" + ("" if line is None else f" line {line}")
    await refusals.note(
        Refusal(
            by=caller.name if isinstance(caller, Caller) else None,
            source="" if request.client is None else request.client.host,
            what=what,
            code=code,
            detail=f"{problem.detail}: {faults}" if faults else problem.detail,
        )
    )
