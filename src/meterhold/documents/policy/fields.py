"""The kinds of value that rules are made of, each with the form in which a file writes it."""

import re
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from meterhold.domain.policy import Effect
from meterhold.domain.policy.conditions import Degrees
from meterhold.domain.policy.local import Span
from meterhold.domain.words import Action, Flag, Mode, Reason, Service

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00", re.ASCII)
_DAY = re.compile(r"(\d\d)-(\d\d)", re.ASCII)
_DEGREES = re.compile(r"(-?\d{1,3}(?:\.\d)?) ([CF])", re.ASCII)
_SPAN = re.compile(r"([1-9]\d{0,3}) (day|week|month|year)s?", re.ASCII)
_QUANTITY = re.compile(r"(\d{1,9}(?:\.\d{1,6})?) ([A-Za-z][A-Za-z0-9/]{0,15})", re.ASCII)
_A_LEAP_YEAR = 2000
_MONTHS_A_YEAR = 12
_DAYS_A_WEEK = 7
END_OF_DAY = "24:00"


class Weekday(StrEnum):
    """Days as files write them, Monday first."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"

    @property
    def number(self) -> int:
        """Monday is 0."""
        return list(Weekday).index(self)


def _clock(text: str) -> str:
    if not _CLOCK.fullmatch(text):
        raise ValueError('must be a clock time in quotes, such as "08:00"')
    return text


def _exists(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True


def _day_of_year(text: str) -> str:
    if not _DAY.fullmatch(text) or not _exists(f"{_A_LEAP_YEAR}-{text}"):
        raise ValueError('must be a month and a day in quotes, such as "11-15"')
    return text


def _degrees(text: str) -> str:
    if not _DEGREES.fullmatch(text):
        raise ValueError('must be degrees with C or F in quotes, such as "32 F"')
    return text


def _span(text: str) -> str:
    if not _SPAN.fullmatch(text):
        raise ValueError('must be a length such as "6 months" or "30 days"')
    return text


def _quantity(text: str) -> str:
    if not _QUANTITY.fullmatch(text):
        raise ValueError('must be a number and a unit, such as "10 l/min"')
    return text


def _day(text: str) -> str:
    if not _exists(text):
        raise ValueError('must be a day in quotes, such as "2026-12-24"')
    return text


def _said(effect: Effect) -> Effect:
    if effect is Effect.ALLOW:
        raise ValueError("allow is what holds without any rule: leave the rule out")
    return effect


def _shape(pattern: "re.Pattern[str]") -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^(?:{pattern.pattern})$"})


RuleId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,62}$")]
Source = Annotated[str, Field(min_length=1, max_length=500)]
ClockTime = Annotated[str, AfterValidator(_clock), _shape(_CLOCK)]
DayOfYear = Annotated[str, AfterValidator(_day_of_year), _shape(_DAY)]
Day = Annotated[str, AfterValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
DegreesText = Annotated[str, AfterValidator(_degrees), _shape(_DEGREES)]
SpanText = Annotated[str, AfterValidator(_span), _shape(_SPAN)]
QuantityText = Annotated[str, AfterValidator(_quantity), _shape(_QUANTITY)]
HoursCount = Annotated[int, Field(ge=0, le=24 * 31)]

# Strict data has no enum values yet: a word of a closed list is the one thing that may be converted.
AnyEffect = Annotated[Effect, Field(strict=False)]
RuleEffect = Annotated[Effect, Field(strict=False), AfterValidator(_said)]
AnAction = Annotated[Action, Field(strict=False)]
AReason = Annotated[Reason, Field(strict=False)]
AService = Annotated[Service, Field(strict=False)]
AFlag = Annotated[Flag, Field(strict=False)]
AMode = Annotated[Mode, Field(strict=False)]
AWeekday = Annotated[Weekday, Field(strict=False)]


def clock_of(text: str) -> time | None:
    """A clock time; ``None`` for the end of the day."""
    return None if text == END_OF_DAY else time.fromisoformat(text)


def day_of_year_of(text: str) -> tuple[int, int]:
    """Month and day."""
    month, day = text.split("-")
    return int(month), int(day)


def degrees_of(text: str) -> Degrees:
    """Degrees in the unit in which the file has them."""
    value, unit = text.split(" ")
    return Degrees(Decimal(value), unit == "F")


def span_of(text: str) -> Span:
    """A length on the calendar."""
    number, unit = text.split(" ")
    count = int(number)
    match unit.removesuffix("s"):
        case "year":
            return Span(months=count * _MONTHS_A_YEAR)
        case "month":
            return Span(months=count)
        case "week":
            return Span(days=count * _DAYS_A_WEEK)
        case _:
            return Span(days=count)


def quantity_of(text: str) -> tuple[Decimal, str]:
    """A number and its unit."""
    value, unit = text.split(" ")
    return Decimal(value), unit
