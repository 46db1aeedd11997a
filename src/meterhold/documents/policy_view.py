"""What a policy says of a meter, forecasts and moratoria, as every face shows them."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.documents.hold import VerdictView, view_verdict
from meterhold.documents.render import decimal_text
from meterhold.domain.policy import Effect, Explanation, RuleStand, Verdict, worst_effect
from meterhold.domain.policy.weather import Forecast, Moratorium
from meterhold.domain.words import Action, Mode, Reason


@dataclass(frozen=True, slots=True)
class AskedView:
    """What the explanation is of."""

    meter: str
    action: Action
    reason: Reason
    mode: Mode
    at: datetime


@dataclass(frozen=True, slots=True)
class RuleStandView:
    """How one rule stands to what was asked, and why."""

    rule: str
    source: str
    effect: Effect
    bites: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class ExplanationView:
    """Which rules bite, which do not, and when the next permitted window opens."""

    asked: AskedView
    version: str
    effect: Effect
    """What all verdicts come to."""
    next_permitted_at: datetime | None
    """``null`` where waiting does not help, or nothing is permitted within the horizon."""
    verdicts: tuple[VerdictView, ...]
    rules: tuple[RuleStandView, ...]


@dataclass(frozen=True, slots=True)
class ForecastHourView:
    """The temperature from one moment until the next."""

    at: datetime
    temperature_c: str


@dataclass(frozen=True, slots=True)
class ForecastView:
    """The newest forecast of an area."""

    area: str
    issued_at: datetime
    received_at: datetime
    source: str
    hours: tuple[ForecastHourView, ...]


@dataclass(frozen=True, slots=True)
class TakenView:
    """What became of the forecast of an area: one that is older than what is known changes nothing."""

    area: str
    taken: bool
    issued_at: datetime
    """Of the forecast that counts now."""


@dataclass(frozen=True, slots=True)
class MoratoriumView:
    """No disconnections in some areas for a while."""

    moratorium_id: str
    areas: tuple[str, ...]
    from_at: datetime
    until_at: datetime
    reason: str
    by: str


def view_explanation(asked: AskedView, said: Explanation, floor: tuple[Verdict, ...]) -> ExplanationView:
    """Show the floor first, then the rules of the site."""
    verdicts = floor + said.verdicts
    effect = worst_effect(verdicts)
    return ExplanationView(
        asked,
        said.version,
        effect,
        None if effect is Effect.REFUSE else said.next_permitted_at,
        tuple(view_verdict(verdict) for verdict in verdicts),
        tuple(_of_floor(verdict) for verdict in floor) + tuple(_stand(stand) for stand in said.rules),
    )


def view_forecast(forecast: Forecast) -> ForecastView:
    """Show a forecast."""
    hours = tuple(ForecastHourView(hour.at, decimal_text(hour.temperature_c.normalize())) for hour in forecast.hours)
    return ForecastView(forecast.area, forecast.issued_at, forecast.received_at, forecast.source, hours)


def view_moratorium(moratorium: Moratorium) -> MoratoriumView:
    """Show a moratorium."""
    return MoratoriumView(
        moratorium.moratorium_id,
        moratorium.areas,
        moratorium.from_at,
        moratorium.until_at,
        moratorium.reason,
        moratorium.by,
    )


def _of_floor(verdict: Verdict) -> RuleStandView:
    return RuleStandView(verdict.rule, "the floor, in the code", verdict.effect, bites=True, sentence=verdict.sentence)


def _stand(stand: RuleStand) -> RuleStandView:
    return RuleStandView(stand.rule, stand.source, stand.effect, stand.bites, stand.sentence)
