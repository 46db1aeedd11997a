"""Weather: temperature limits over a look-ahead in the forecast of the area."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import assert_never

from meterhold.domain.policy.case import Case, Premises
from meterhold.domain.policy.conditions.look import Look
from meterhold.domain.policy.verdict import Effect
from meterhold.domain.policy.weather import Forecast
from meterhold.domain.words import Because

_SPEAKS_FOR_AT_MOST = timedelta(hours=6)
"""One value of a forecast holds until the next one, but no longer than this."""
_FAHRENHEIT = Decimal(9) / Decimal(5)
_HUNDREDTH = Decimal("0.01")


class Comparison(StrEnum):
    """How a forecast value is compared with a limit."""

    BELOW = "below"
    AT_OR_BELOW = "at_or_below"
    AT_OR_ABOVE = "at_or_above"
    ABOVE = "above"
    MEAN_AT_OR_ABOVE = "mean_at_or_above"


@dataclass(frozen=True, slots=True)
class Degrees:
    """A temperature in the unit in which the rule's source states it, so that no rounding moves a limit."""

    value: Decimal
    fahrenheit: bool = False

    def same_unit(self, celsius: Decimal) -> Decimal:
        """A forecast value in this unit; one that was made in Fahrenheit comes back as it was."""
        return (celsius * _FAHRENHEIT + 32).quantize(_HUNDREDTH) if self.fahrenheit else celsius

    def __str__(self) -> str:
        return f"{self.value.normalize():f} {'F' if self.fahrenheit else 'C'}"


@dataclass(frozen=True, slots=True)
class _Spell:
    """A temperature and the time for which it is forecast."""

    start: datetime
    end: datetime
    celsius: Decimal


@dataclass(frozen=True, slots=True)
class Temperature:
    """Bites where the forecast passes a limit within the look-ahead, and as ``if_stale`` says where none is fit.

    A moment that lies in the future is judged only by what is forecast for it: it is looked at again when it is there.
    """

    limits: tuple[tuple[Comparison, Degrees], ...]
    ahead: timedelta
    if_stale: Effect
    stale_after: timedelta
    look_again_after: timedelta
    """When a case that waits for a better forecast is looked at again."""
    code: Because = Because.POLICY_WEATHER

    def look(self, case: Case, leg: Premises, at: datetime) -> Look:
        """Look for the worst hour ahead."""
        forecast = case.forecast_for(leg.area)
        facts = self._facts(leg, forecast)
        known = [] if forecast is None else list(_spells(forecast))
        for comparison, limit in self.limits:
            hit = self._passed(known, comparison, limit, at)
            if hit is not None:
                words = f"{_said(limit, hit.celsius)} is forecast for {hit.start:%Y-%m-%dT%H:%MZ}: {comparison} {limit}"
                return Look(bites=True, sentence=words, facts=facts | {"temperature": _said(limit, hit.celsius)})
        doubt = self._doubt(case, known, forecast, at)
        if doubt is None:
            return Look(bites=False, sentence="nothing beyond the limits is forecast", facts=facts)
        if at > case.now:
            return Look(bites=False, sentence=f"{doubt}; it is looked at again when it is due", facts=facts)
        facts["forecast_doubt"] = doubt
        bites = self.if_stale is not Effect.ALLOW
        return Look(bites=bites, sentence=f"the weather is not known: {doubt}", facts=facts, effect=self.if_stale)

    def free_after(self, case: Case, leg: Premises, at: datetime) -> datetime | None:
        """When the forecast no longer passes a limit, or when a better forecast may have come."""
        forecast = case.forecast_for(leg.area)
        known = [] if forecast is None else list(_spells(forecast))
        if not self._passes_any(known, at):
            return at + self.look_again_after
        chances = {spell.end for spell in known} | {spell.start - self.ahead for spell in known}
        return next(moment for moment in sorted(chances) if moment > at and not self._passes_any(known, moment))

    def _passes_any(self, known: list[_Spell], at: datetime) -> bool:
        return any(self._passed(known, comparison, limit, at) is not None for comparison, limit in self.limits)

    def _passed(self, known: list[_Spell], comparison: Comparison, limit: Degrees, at: datetime) -> _Spell | None:
        """The first forecast hour ahead that passes the limit; of a mean, one that stands for all hours ahead."""
        ahead = [spell for spell in known if spell.end > at and spell.start <= at + self.ahead]
        if comparison is Comparison.MEAN_AT_OR_ABOVE:
            if self._uncovered(known, at) or not ahead:
                return None
            hours = sum((Decimal((spell.end - spell.start) / timedelta(hours=1)) for spell in ahead), Decimal())
            total = sum(
                (spell.celsius * Decimal((spell.end - spell.start) / timedelta(hours=1)) for spell in ahead), Decimal()
            )
            ahead = [_Spell(ahead[0].start, ahead[-1].end, total / hours)]
        return next((spell for spell in ahead if _passes(comparison, limit, spell.celsius)), None)

    def _doubt(self, case: Case, known: list[_Spell], forecast: Forecast | None, at: datetime) -> str | None:
        if forecast is None:
            return "there is no forecast for the area"
        if case.now - forecast.issued_at > self.stale_after:
            return f"the newest forecast was issued at {forecast.issued_at:%Y-%m-%dT%H:%MZ}, which is too long ago"
        if self._uncovered(known, at):
            return "the forecast does not cover all of the look-ahead"
        return None

    def _uncovered(self, known: list[_Spell], at: datetime) -> bool:
        reached = at
        for spell in known:
            if spell.start <= reached < spell.end:
                reached = spell.end
        return reached < at + self.ahead

    def _facts(self, leg: Premises, forecast: Forecast | None) -> dict[str, str]:
        limits = ", ".join(f"{comparison} {limit}" for comparison, limit in self.limits)
        facts = {"area": leg.area or "", "limits": limits, "ahead_h": f"{self.ahead / timedelta(hours=1):g}"}
        if forecast is None:
            return facts | {"forecast": "none"}
        return facts | {"forecast": forecast.source, "forecast_issued_at": forecast.issued_at.isoformat()}


def _spells(forecast: Forecast) -> Iterator[_Spell]:
    ends = [hour.at for hour in forecast.hours[1:]]
    previous = timedelta(hours=1)
    for number, hour in enumerate(forecast.hours):
        step = ends[number] - hour.at if number < len(ends) else previous
        previous = min(step, _SPEAKS_FOR_AT_MOST)
        yield _Spell(hour.at, hour.at + previous, hour.temperature_c)


def _passes(comparison: Comparison, limit: Degrees, celsius: Decimal) -> bool:
    value = limit.same_unit(celsius)
    match comparison:
        case Comparison.BELOW:
            return value < limit.value
        case Comparison.AT_OR_BELOW:
            return value <= limit.value
        case Comparison.AT_OR_ABOVE | Comparison.MEAN_AT_OR_ABOVE:
            return value >= limit.value
        case Comparison.ABOVE:
            return value > limit.value
        case _:
            assert_never(comparison)


def _said(limit: Degrees, celsius: Decimal) -> str:
    value = limit.same_unit(celsius).quantize(Decimal("0.1"))
    return str(Degrees(value, limit.fahrenheit))
