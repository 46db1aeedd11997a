"""Calls that were refused, counted: what a flood of them leaves in the journal."""

from dataclasses import dataclass

from meterhold.domain.words import Because


@dataclass(frozen=True, slots=True)
class RefusedCalls:
    """So many calls of one kind."""

    by: str | None
    """The authenticated caller; ``None``: nobody that we know."""
    code: Because
    count: int
