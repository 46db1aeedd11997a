"""Errors as RFC 9457 problem documents, with a code from the closed list and all faults at once."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from meterhold.documents.meter import FaultView, view_fault
from meterhold.domain.errors import Fault
from meterhold.domain.words import Because

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class ProblemView:
    """What went wrong with a request. ``code`` is null only where the gateway itself is defective."""

    type: str
    title: str
    status: int
    detail: str
    code: Because | None
    faults: tuple[FaultView, ...]


def view_problem(
    status: int, title: str, detail: str, code: Because | None, faults: Sequence[Fault] = ()
) -> ProblemView:
    """Describe a problem."""
    return ProblemView("about:blank", title, status, detail, code, tuple(view_fault(fault) for fault in faults))


def render_problem(problem: ProblemView) -> bytes:
    """Write it in ASCII: a fault may name a field that holds anything."""
    return json.dumps(asdict(problem)).encode()
