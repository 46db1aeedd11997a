"""Whether an order may be carried out: a floor in code, and above it the rules of a place and a season as data."""

from meterhold.domain.policy.calendars import WEEKENDS_ONLY, Calendar
from meterhold.domain.policy.case import EVERYWHERE, Case, Premises
from meterhold.domain.policy.explaining import Explanation, RuleStand, explain
from meterhold.domain.policy.floor import FLOOR_VERSION, MONEY_REASONS, Override, floor
from meterhold.domain.policy.judging import HORIZON, inspections_from, judge, next_permitted, rules_for, worst_effect
from meterhold.domain.policy.rule import NO_POLICY, Exceptions, Policy, Rule, Scope
from meterhold.domain.policy.verdict import Effect, Verdict, refusals

__all__ = [
    "EVERYWHERE",
    "FLOOR_VERSION",
    "HORIZON",
    "MONEY_REASONS",
    "NO_POLICY",
    "WEEKENDS_ONLY",
    "Calendar",
    "Case",
    "Effect",
    "Exceptions",
    "Explanation",
    "Override",
    "Policy",
    "Premises",
    "Rule",
    "RuleStand",
    "Scope",
    "Verdict",
    "explain",
    "floor",
    "inspections_from",
    "judge",
    "next_permitted",
    "refusals",
    "rules_for",
    "worst_effect",
]
