"""What became of one line of a batch."""

from dataclasses import dataclass

from meterhold.documents.meter import FaultView
from meterhold.domain.words import Because, OrderResult


@dataclass(frozen=True, slots=True)
class BatchResultView:
    """One line's answer; ``status`` is what the order would have got alone."""

    line: int
    status: int
    order_id: str | None
    result: OrderResult | None
    code: Because | None
    detail: str
    hold_ids: tuple[str, ...]
    faults: tuple[FaultView, ...]
    approval_id: str | None = None
    """What a second person must grant before anything of it happens."""
