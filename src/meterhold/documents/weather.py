"""Forecasts and moratoria as they cross the border: pushed in through the API, over MQTT, or as a file."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from meterhold.documents.fields import Moment, Name, Phrase, Strict
from meterhold.documents.json_faults import read_document
from meterhold.domain.errors import Fault, Malformed
from meterhold.domain.policy.weather import Forecast, ForecastHour

MOST_FORECAST_BYTES = 4 * 1024 * 1024
_MOST_AREAS = 200
_MOST_HOURS = 16 * 24
_FOUR_PLACES = Decimal("0.0001")

Temperature = Annotated[Decimal, Field(ge=-150, le=150, allow_inf_nan=False)]


class ForecastHourDocument(Strict):
    """The temperature from one moment until the next that is named, in Celsius or in Fahrenheit."""

    at: Moment
    temperature_c: Temperature | None = None
    temperature_f: Temperature | None = None


class AreaForecastDocument(Strict):
    """The hours of one area; ``*`` stands for all areas that have no forecast of their own."""

    area: Name
    hours: Annotated[tuple[ForecastHourDocument, ...], Field(min_length=1, max_length=_MOST_HOURS)]


class ForecastsDocument(Strict):
    """What a weather service says, version 1."""

    schema_version: Literal[1]
    issued_at: Moment
    source: Phrase
    areas: Annotated[tuple[AreaForecastDocument, ...], Field(min_length=1, max_length=_MOST_AREAS)]


class MoratoriumDocument(Strict):
    """Where, until when and why no disconnections are to be made."""

    areas: Annotated[tuple[Name, ...], Field(max_length=_MOST_AREAS)] = ()
    """None: the whole site."""
    from_at: Moment | None = None
    """Without it: now."""
    until_at: Moment
    reason: Phrase


def parse_forecasts(text: bytes | str, received_at: datetime) -> tuple[Forecast, ...]:
    """Read forecasts, or raise ``Malformed`` with all faults at once."""
    document = read_document(text, ForecastsDocument, "forecasts", MOST_FORECAST_BYTES)
    if faults := [*_faults(document)]:
        raise Malformed("forecasts", faults)
    return tuple(
        Forecast(
            area.area,
            document.issued_at,
            received_at,
            document.source,
            tuple(ForecastHour(hour.at, _celsius(hour)) for hour in area.hours),
        )
        for area in document.areas
    )


def _faults(document: ForecastsDocument) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, area in enumerate(document.areas):
        place = f"areas.{number}"
        if area.area in seen:
            yield Fault(f"{place}.area", f"{area.area!r} is named before")
        seen.add(area.area)
        for n, hour in enumerate(area.hours):
            if (hour.temperature_c is None) is (hour.temperature_f is None):
                yield Fault(f"{place}.hours.{n}", "must have exactly one of temperature_c, temperature_f")
            if n and hour.at <= area.hours[n - 1].at:
                yield Fault(f"{place}.hours.{n}.at", "must be later than the hour before")
        if area.hours[-1].at < document.issued_at:
            yield Fault(f"{place}.hours", "must go beyond issued_at: what is over is no forecast")


def _celsius(hour: ForecastHourDocument) -> Decimal:
    if hour.temperature_c is not None:
        return hour.temperature_c.quantize(_FOUR_PLACES)
    fahrenheit = hour.temperature_f or Decimal()
    return ((fahrenheit - 32) * 5 / 9).quantize(_FOUR_PLACES)
