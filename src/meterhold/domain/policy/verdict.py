"""What a rule says of an order, and the facts that it saw."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from meterhold.domain.words import Because


class Effect(StrEnum):
    """What a rule says."""

    ALLOW = "allow"
    DEFER = "defer"
    NEEDS_APPROVAL = "needs_approval"
    REFUSE = "refuse"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule said of one order, and the facts that it saw."""

    rule: str
    version: str
    effect: Effect
    at: datetime
    code: Because | None = None
    sentence: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    until: datetime | None = None
    """Of a deferral: the next moment that all deferring rules permit at once."""


def refusals(verdicts: Iterable[Verdict]) -> tuple[Verdict, ...]:
    """Those that say no."""
    return tuple(verdict for verdict in verdicts if verdict.effect is Effect.REFUSE)
