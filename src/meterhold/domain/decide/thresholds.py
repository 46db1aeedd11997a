"""Whether more would be switched within the window than is let through without a second person."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.commands import Terms
from meterhold.domain.counting import legs_by_scope, load_w
from meterhold.domain.decide.alarming import raise_alarm
from meterhold.domain.draft import Draft
from meterhold.domain.limits import FLEET, Bucket, Limits, Tally, within
from meterhold.domain.meter import Meter
from meterhold.domain.policy import Effect, Verdict
from meterhold.domain.words import Because

CountsOf = Callable[[Tally], tuple[Bucket, ...]]
"""Picks what is compared with a threshold."""


@dataclass(frozen=True, slots=True)
class Excess:
    """A threshold that would be passed."""

    code: Because
    scope: str
    wanted: float
    most: float
    unit: str
    limits: Limits
    agreed: bool
    """Two persons agreed on these thresholds; otherwise they are those of the configuration."""

    def says(self, of_the_most: str) -> str:
        """Say it to a person."""
        minutes = self.limits.window_s / 60
        counts = f"{self.wanted:g} {self.unit} within {minutes:g} minutes {_where(self.scope)}"
        return f"it would be {counts}; {self.most:g} {of_the_most}"

    @property
    def facts(self) -> dict[str, str]:
        """What was compared."""
        return {
            "scope": self.scope,
            "wanted": f"{self.wanted:g} {self.unit}",
            "limit": f"{self.most:g} {self.unit}",
            "window_s": f"{self.limits.window_s:g}",
        }

    def verdict(self, at: datetime) -> Verdict:
        """Say it as a rule does."""
        version = "agreed" if self.agreed else "configured"
        sentence = self.says("go without a second person")
        return Verdict(f"limits.{self.scope}", version, Effect.NEEDS_APPROVAL, at, self.code, sentence, self.facts)


def _where(scope: str) -> str:
    if scope == FLEET:
        return "in the whole fleet"
    kind, _, name = scope.partition(":")
    return f"in {name}" if kind == "area" else f"from {name}"


def limits_of(draft: Draft, terms: Terms) -> Limits:
    """The thresholds that count: those that two persons agreed on, else the configured ones."""
    return draft.site.limits or terms.limits


def excess_off(
    draft: Draft, sender: str | None, meters: list[Meter], at: datetime, terms: Terms, counts_of: CountsOf
) -> Excess | None:
    """Find a threshold that would be passed if these meters were switched off too."""
    limits, agreed = limits_of(draft, terms), draft.site.limits is not None
    moment = draft.site.on_a_steady_clock(at)
    for scope, legs in legs_by_scope(sender, meters).items():
        before, _ = within(counts_of(draft.tally(scope)), moment, limits.window_s)
        if before + legs > limits.most_off(scope):
            most = limits.most_off(scope)
            return Excess(Because.BULK_LIMIT, scope, before + legs, most, "disconnections", limits, agreed)
    load = load_w(meters)
    _, before_w = within(counts_of(draft.tally(FLEET)), moment, limits.window_s)
    if load and before_w + load > limits.load_off_kw * 1000:
        wanted_kw = (before_w + load) / 1000
        return Excess(Because.LOAD_CAP, FLEET, wanted_kw, limits.load_off_kw, "kW of rated load", limits, agreed)
    return None


def tell_of_many_restores(draft: Draft, sender: str | None, meters: list[Meter], at: datetime, terms: Terms) -> None:
    """Raise an alarm where more comes back within the window than usual. No restore waits because of it."""
    limits, agreed = limits_of(draft, terms), draft.site.limits is not None
    moment = draft.site.on_a_steady_clock(at)
    for scope, legs in legs_by_scope(sender, meters).items():
        before, _ = within(draft.tally(scope).asked_on, moment, limits.window_s)
        most = limits.most_on(scope)
        if before + legs > most:
            excess = Excess(Because.BULK_LIMIT, scope, before + legs, most, "restores", limits, agreed)
            detail = excess.says("are usual: none of them waits for this")
            raise_alarm(draft, at, Because.BULK_LIMIT, detail, subject=f"restores {scope}", evidence=excess.facts)
