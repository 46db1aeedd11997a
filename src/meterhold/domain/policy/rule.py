"""A rule: whom it is for, whom it spares, what it looks at and what follows. The rules of a place are data."""

from dataclasses import dataclass, field

from meterhold.domain.policy.case import Case, Premises
from meterhold.domain.policy.conditions import Condition, LeftOn, Temperature
from meterhold.domain.policy.verdict import Effect
from meterhold.domain.words import Action, Flag, Mode, Reason, Service

SWITCHING = frozenset({Mode.PHYSICAL, Mode.RESTRICT})
NO_VERSION = "none"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a rule is for. An empty set means all; what is named must be met all at once."""

    action: Action = Action.SUSPEND
    reasons: frozenset[Reason] = frozenset()
    services: frozenset[Service] = frozenset()
    areas: frozenset[str] = frozenset()
    flags: frozenset[Flag] = frozenset()
    """At least one of them."""
    modes: frozenset[Mode] = SWITCHING

    def misses(self, case: Case, leg: Premises) -> str | None:
        """Why the rule is not for this meter in this case; ``None`` where it is."""
        if case.action is not self.action:
            return f"it is for orders to {self.action}"
        if self.reasons and case.reason not in self.reasons:
            return f"it is for {', '.join(sorted(self.reasons))}, not for {case.reason}"
        if self.services and leg.service not in self.services:
            return f"it is for {', '.join(sorted(self.services))}, not for {leg.service}"
        if self.areas and leg.area not in self.areas:
            return f"it is for {', '.join(sorted(self.areas))}, not for {leg.area or 'a meter without an area'}"
        if self.flags and not self.flags & leg.flags:
            return f"it is for meters flagged {', '.join(sorted(self.flags))}"
        if leg.mode not in self.modes:
            return f"it is for mode {', '.join(sorted(self.modes))}, not for {leg.mode}"
        return None


@dataclass(frozen=True, slots=True)
class Exceptions:
    """Whom a rule spares: one of these is enough."""

    vacant_verified: bool = False
    customer_present: bool = False
    flags: frozenset[Flag] = frozenset()

    def spares(self, case: Case, leg: Premises) -> str | None:
        """Why the rule spares this meter in this case; ``None`` where it does not."""
        if self.vacant_verified and case.vacant_verified:
            return "the premises are verified vacant"
        if self.customer_present and case.customer_present:
            return "the customer is present"
        if self.flags & leg.flags:
            return f"the meter is flagged {', '.join(sorted(self.flags & leg.flags))}"
        return None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a policy."""

    rule_id: str
    source: str
    """Where it stands: a statute, a tariff, a decision of the utility."""
    effect: Effect
    condition: Condition
    scope: Scope = Scope()
    unless: Exceptions = Exceptions()

    def not_for(self, case: Case, leg: Premises) -> str | None:
        """Why the rule does not concern this meter in this case; ``None`` where it does."""
        return self.scope.misses(case, leg) or self.unless.spares(case, leg)


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of a site. Without any, everything that the floor lets through is allowed."""

    version: str = NO_VERSION
    rules: tuple[Rule, ...] = ()
    moratoria_spare: frozenset[Reason] = field(default=frozenset({Reason.SAFETY}))
    """The reasons that no moratorium of an operator stops."""

    @property
    def looks_at_weather(self) -> bool:
        """Whether a rule looks at forecasts."""
        return any(isinstance(rule.condition, LeftOn | Temperature) for rule in self.rules)

    @property
    def looks_beside(self) -> bool:
        """Whether a rule looks at the other meters of a service point."""
        return any(isinstance(rule.condition, LeftOn) for rule in self.rules)


NO_POLICY = Policy()
