"""Explain a policy for a case: every rule, whether it bites and why, or why it does not."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.policy.case import Case
from meterhold.domain.policy.judging import judge, next_permitted, rules_for, worst_effect
from meterhold.domain.policy.rule import Policy, Rule
from meterhold.domain.policy.verdict import Effect, Verdict


@dataclass(frozen=True, slots=True)
class RuleStand:
    """How one rule stands to a case."""

    rule: str
    source: str
    effect: Effect
    bites: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a policy says of a case, and why."""

    version: str
    effect: Effect
    """What all verdicts come to."""
    verdicts: tuple[Verdict, ...]
    next_permitted_at: datetime | None
    """The first moment that no rule defers; ``None``: not within the horizon."""
    rules: tuple[RuleStand, ...]


def explain(policy: Policy, case: Case, at: datetime) -> Explanation:
    """Say how every rule stands to the case at this moment."""
    rules = rules_for(policy, case)
    verdicts = judge(policy, case, at)
    return Explanation(
        policy.version,
        worst_effect(verdicts),
        verdicts,
        next_permitted(rules, case, at),
        tuple(_stand(rule, case, at, verdicts) for rule in rules),
    )


def _stand(rule: Rule, case: Case, at: datetime, verdicts: tuple[Verdict, ...]) -> RuleStand:
    bitten = next((verdict for verdict in verdicts if verdict.rule == rule.rule_id), None)
    if bitten is not None:
        return RuleStand(rule.rule_id, rule.source, bitten.effect, bites=True, sentence=bitten.sentence)
    reasons = dict.fromkeys(rule.not_for(case, leg) or rule.condition.look(case, leg, at).sentence for leg in case.legs)
    sentence = "; ".join(reasons) or "nothing is to be switched"
    return RuleStand(rule.rule_id, rule.source, rule.effect, bites=False, sentence=sentence)
