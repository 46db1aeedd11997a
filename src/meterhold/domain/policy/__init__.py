"""Whether an order may be carried out: a floor in code, and above it the rules of a place and a season as data."""

from meterhold.domain.policy.floor import FLOOR_VERSION, floor
from meterhold.domain.policy.verdict import Effect, Verdict, refusals

__all__ = ["FLOOR_VERSION", "Effect", "Verdict", "floor", "refusals"]
