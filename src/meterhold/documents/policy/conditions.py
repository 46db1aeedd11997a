"""The conditions of rules as the file writes them, each with what it is in the domain."""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Annotated

from pydantic import Field, model_validator

from meterhold.documents.config_fields import Name, StrictSection
from meterhold.documents.policy.fields import (
    END_OF_DAY,
    AnyEffect,
    AService,
    AWeekday,
    ClockTime,
    DayOfYear,
    DegreesText,
    HoursCount,
    SpanText,
    clock_of,
    day_of_year_of,
    degrees_of,
    span_of,
)
from meterhold.domain.policy import WEEKENDS_ONLY, Calendar
from meterhold.domain.policy.conditions import (
    Backdated,
    Comparison,
    Holidays,
    LeftOn,
    Length,
    Notice,
    SameDay,
    Season,
    Temperature,
    Window,
)

Calendars = Mapping[str, Calendar]
_HOUR = timedelta(hours=1)


class WindowSection(StrictSection):
    """Permitted hours of some weekdays, by the clock of the service point."""

    days: Annotated[list[AWeekday], Field(min_length=1)]
    start: Annotated[ClockTime, Field(alias="from")]
    end: Annotated[ClockTime, Field(alias="to")]

    @model_validator(mode="after")
    def _in_order(self) -> "WindowSection":
        if self.start >= self.end:
            raise ValueError("to must be later than from; write a night as two windows")
        return self

    def as_window(self) -> Window:
        """In the words of the domain."""
        return Window(frozenset(day.number for day in self.days), time.fromisoformat(self.start), clock_of(self.end))


class HolidaysSection(StrictSection):
    """The holidays of a calendar, with or without their eves."""

    calendar: Name
    eves: bool = False

    def as_condition(self, calendars: Calendars) -> Holidays:
        """In the words of the domain."""
        return Holidays(calendars[self.calendar], self.eves)


class DatesSection(StrictSection):
    """From one day of every year to another, both included; over new year where the first lies behind the second."""

    first: Annotated[DayOfYear, Field(alias="from")]
    last: Annotated[DayOfYear, Field(alias="to")]

    def as_condition(self, _calendars: Calendars) -> Season:
        """In the words of the domain."""
        return Season(day_of_year_of(self.first), day_of_year_of(self.last))


class WeatherSection(StrictSection):
    """Temperature limits over a look-ahead in the forecast, and what follows where no forecast is fit."""

    below: DegreesText | None = None
    at_or_below: DegreesText | None = None
    at_or_above: DegreesText | None = None
    above: DegreesText | None = None
    mean_at_or_above: DegreesText | None = None
    ahead_h: Annotated[int, Field(ge=1, le=24 * 14)]
    if_stale: AnyEffect
    stale_after_h: Annotated[int, Field(ge=1, le=24 * 14)] = 24
    look_again_h: Annotated[int, Field(ge=1, le=24 * 7)] = 1
    """When what waits for a better forecast is looked at again."""

    @model_validator(mode="after")
    def _has_a_limit(self) -> "WeatherSection":
        limits = (self.below, self.at_or_below, self.at_or_above, self.above, self.mean_at_or_above)
        if all(limit is None for limit in limits):
            raise ValueError("needs a limit: below, at_or_below, at_or_above, above or mean_at_or_above")
        return self

    def as_condition(self, _calendars: Calendars) -> Temperature:
        """In the words of the domain."""
        limits = (
            (Comparison.BELOW, self.below),
            (Comparison.AT_OR_BELOW, self.at_or_below),
            (Comparison.AT_OR_ABOVE, self.at_or_above),
            (Comparison.ABOVE, self.above),
            (Comparison.MEAN_AT_OR_ABOVE, self.mean_at_or_above),
        )
        return Temperature(
            tuple((comparison, degrees_of(text)) for comparison, text in limits if text is not None),
            self.ahead_h * _HOUR,
            self.if_stale,
            self.stale_after_h * _HOUR,
            self.look_again_h * _HOUR,
        )


class NoticeSection(StrictSection):
    """How long before a suspension notice must have been given: the longer of hours and whole business days."""

    hours: HoursCount = 0
    business_days: Annotated[int, Field(ge=0, le=60)] = 0
    calendar: Name | None = None
    """Whose holidays are no business days; without one only weekends are none."""

    @model_validator(mode="after")
    def _is_some(self) -> "NoticeSection":
        if not self.hours and not self.business_days:
            raise ValueError("needs hours or business_days")
        return self

    def as_condition(self, calendars: Calendars) -> Notice:
        """In the words of the domain."""
        return Notice(self.hours, self.business_days, _named(self.calendar, calendars))


class LengthSection(StrictSection):
    """The shortest and the longest hold."""

    shortest: SpanText | None = None
    longest: SpanText | None = None

    @model_validator(mode="after")
    def _is_some(self) -> "LengthSection":
        if self.shortest is None and self.longest is None:
            raise ValueError("needs a shortest or a longest")
        return self

    def as_condition(self, _calendars: Calendars) -> Length:
        """In the words of the domain."""
        shortest = None if self.shortest is None else span_of(self.shortest)
        return Length(shortest, None if self.longest is None else span_of(self.longest))


class SameDaySection(StrictSection):
    """By when an order must have come in to be carried out the same day, and when the next business day begins."""

    before: ClockTime
    then: ClockTime
    calendar: Name | None = None

    @model_validator(mode="after")
    def _are_clock_times(self) -> "SameDaySection":
        if END_OF_DAY in {self.before, self.then}:
            raise ValueError(f"{END_OF_DAY} is no time at which work begins or orders come in")
        return self

    def as_condition(self, calendars: Calendars) -> SameDay:
        """In the words of the domain."""
        return SameDay(time.fromisoformat(self.before), time.fromisoformat(self.then), _named(self.calendar, calendars))


class BackdatedSection(StrictSection):
    """How far in the past a suspension may have been meant to begin."""

    by_more_than_s: Annotated[int, Field(ge=0, le=86_400)] = 0

    def as_condition(self, _calendars: Calendars) -> Backdated:
        """In the words of the domain."""
        return Backdated(timedelta(seconds=self.by_more_than_s))


class LeftOnSection(StrictSection):
    """A service that stays on at the same service point, and the weather in which that does harm."""

    service: AService
    weather: WeatherSection

    def as_condition(self, calendars: Calendars) -> LeftOn:
        """In the words of the domain."""
        return LeftOn(self.service, self.weather.as_condition(calendars))


def _named(name: str | None, calendars: Calendars) -> Calendar:
    return WEEKENDS_ONLY if name is None else calendars[name]
