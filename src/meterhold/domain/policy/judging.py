"""Judge a case by all rules at once. Pure: the moment, the weather and the moratoria are arguments."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from meterhold.domain.policy.case import Case, Premises
from meterhold.domain.policy.conditions import Absence, Look, Raised
from meterhold.domain.policy.rule import Policy, Rule, Scope
from meterhold.domain.policy.verdict import Effect, Verdict
from meterhold.domain.words import Action, Reason

HORIZON = timedelta(days=400)
"""How far ahead a permitted moment is looked for: any rule of a year comes round within it."""

_SEVERITY = {
    effect: rank
    for rank, effect in enumerate((Effect.ALLOW, Effect.WARN, Effect.DEFER, Effect.NEEDS_APPROVAL, Effect.REFUSE))
}
_RAISED = "moratorium."


@dataclass(frozen=True, slots=True)
class Bite:
    """A rule that bites at a meter, with what follows."""

    rule: Rule
    leg: Premises
    look: Look
    effect: Effect


def rules_for(policy: Policy, case: Case) -> tuple[Rule, ...]:
    """The rules of the file, and the moratoria that operators have raised."""
    spared = frozenset(Reason) - policy.moratoria_spare
    raised = tuple(
        Rule(
            f"{_RAISED}{moratorium.moratorium_id}",
            f"raised by {moratorium.by}",
            Effect.DEFER,
            Raised(moratorium),
            Scope(reasons=spared),
        )
        for moratorium in case.moratoria
        if spared
    )
    return policy.rules + raised


def judge(policy: Policy, case: Case, at: datetime) -> tuple[Verdict, ...]:
    """Say what every rule that bites makes of the case at this moment; nothing bites: no verdict, which allows it.

    A deferral carries the next moment that all deferring rules permit at once; where there is none within the horizon
    it is a refusal, so that nothing is put off without an end. A restore is never stopped: the worst is a warning.
    """
    rules = rules_for(policy, case)
    until = next_permitted(rules, case, at)
    return tuple(
        _verdict(policy, case, worst, at, until)
        for rule in rules
        if (worst := max(_bites(rule, case, at), key=_severity, default=None)) is not None
    )


def worst_effect(verdicts: tuple[Verdict, ...]) -> Effect:
    """What all verdicts come to."""
    return max((verdict.effect for verdict in verdicts), key=_SEVERITY.__getitem__, default=Effect.ALLOW)


def next_permitted(rules: tuple[Rule, ...], case: Case, at: datetime) -> datetime | None:
    """The first moment from ``at`` on that no rule defers; ``None``: not within the horizon.

    Each rule that still bites moves the moment on to where it lets go, until none does.
    """
    moment, end = at, at + HORIZON
    while moment <= end:
        deferring = [bite for rule in rules for bite in _bites(rule, case, moment) if bite.effect is Effect.DEFER]
        if not deferring:
            return moment
        chances = [bite.rule.condition.free_after(case, bite.leg, moment) for bite in deferring]
        if any(chance is None for chance in chances):
            return None
        moment = max(chance for chance in chances if chance is not None)
    return None


def inspections_from(policy: Policy, case: Case, off_since: datetime) -> dict[str, datetime]:
    """The meters whose restore waits for an inspection once they are off for long, and from when on."""
    due: dict[str, datetime] = {}
    for rule in policy.rules:
        if isinstance(rule.condition, Absence):
            for leg in case.legs:
                if rule.not_for(case, leg) is None:
                    moment = rule.condition.due_at(leg, off_since)
                    due[leg.meter_id] = min(moment, due.get(leg.meter_id, moment))
    return due


def _bites(rule: Rule, case: Case, at: datetime) -> Iterator[Bite]:
    for leg in case.legs:
        if rule.not_for(case, leg) is None:
            look = rule.condition.look(case, leg, at)
            if look.bites:
                yield Bite(rule, leg, look, _effect_on(case, look.effect or rule.effect))


def _effect_on(case: Case, effect: Effect) -> Effect:
    """Of a restore only a warning is left of any rule."""
    return Effect.WARN if case.action is Action.RESTORE and effect is not Effect.ALLOW else effect


def _severity(bite: Bite) -> int:
    return _SEVERITY[bite.effect]


def _verdict(policy: Policy, case: Case, bite: Bite, at: datetime, until: datetime | None) -> Verdict:
    rule, look, effect = bite.rule, bite.look, bite.effect
    meters = ", ".join(other.leg.meter_id for other in _bites(rule, case, at))
    facts = {**look.facts, "meters": meters, "judged_for": at.isoformat(), "source": rule.source}
    sentence = look.sentence
    if effect is Effect.DEFER and until is None:
        effect, sentence = Effect.REFUSE, f"{sentence}; no moment is permitted within {HORIZON.days} days"
    return Verdict(
        rule.rule_id,
        policy.version,
        effect,
        case.now,
        rule.condition.code,
        sentence,
        facts,
        until if effect is Effect.DEFER else None,
    )
