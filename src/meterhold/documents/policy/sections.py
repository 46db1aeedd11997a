"""What stands in ``policy.yaml``: calendars, rules, and whom each rule is for."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from meterhold.documents.config_fields import Name, StrictSection
from meterhold.documents.policy.conditions import (
    BackdatedSection,
    Calendars,
    DatesSection,
    HolidaysSection,
    LeftOnSection,
    LengthSection,
    NoticeSection,
    SameDaySection,
    WeatherSection,
    WindowSection,
)
from meterhold.documents.policy.fields import (
    AFlag,
    AMode,
    AnAction,
    AReason,
    AService,
    Day,
    QuantityText,
    RuleEffect,
    RuleId,
    Source,
    SpanText,
    quantity_of,
    span_of,
)
from meterhold.documents.policy.holiday_days import holidays_of
from meterhold.domain.policy import Calendar, Exceptions, Policy, Rule, Scope
from meterhold.domain.policy.conditions import Absence, Always, Condition, Hours, LeastLeft, Protected
from meterhold.domain.policy.rule import SWITCHING
from meterhold.domain.words import Action, Mode, Reason

AreaName = Annotated[str, Field(min_length=1, max_length=64)]


class CalendarSection(StrictSection):
    """The public holidays of a place, and what the site adds to them or takes away."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    subdivision: Annotated[str, Field(min_length=1, max_length=10)] | None = None
    also: dict[Day, Annotated[str, Field(min_length=1, max_length=100)]] = Field(default_factory=dict)
    never: list[Day] = Field(default_factory=list)

    @model_validator(mode="after")
    def _names_days(self) -> "CalendarSection":
        if self.country is None and not self.also:
            raise ValueError("needs a country, or days of its own under also")
        if self.subdivision is not None and self.country is None:
            raise ValueError("a subdivision needs its country")
        return self

    def as_calendar(self, name: str) -> Calendar:
        """All of its days."""
        days = {} if self.country is None else dict(holidays_of(self.country, self.subdivision))
        days |= {date.fromisoformat(day): called for day, called in self.also.items()}
        for day in self.never:
            days.pop(date.fromisoformat(day), None)
        return Calendar(name, days)


class MoratoriaSection(StrictSection):
    """What the moratoria that operators raise do not stop."""

    not_for: list[AReason] = Field(default_factory=lambda: [Reason.SAFETY])


class ScopeSection(StrictSection):
    """Whom a rule is for; what is not named is not asked."""

    action: AnAction = Action.SUSPEND
    reason: Annotated[list[AReason], Field(min_length=1)] | None = None
    service: Annotated[list[AService], Field(min_length=1)] | None = None
    area: Annotated[list[AreaName], Field(min_length=1)] | None = None
    flags: Annotated[list[AFlag], Field(min_length=1)] | None = None
    mode: Annotated[list[AMode], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _can_be_met(self) -> "ScopeSection":
        if self.action not in {Action.SUSPEND, Action.RESTORE}:
            raise ValueError("action must be suspend or restore: no rule looks at the other orders")
        if self.mode is not None and Mode.MONITOR_ONLY in self.mode:
            raise ValueError("mode cannot be monitor_only: nothing is written there, and no rule looks at it")
        return self

    def as_scope(self) -> Scope:
        """In the words of the domain."""
        return Scope(
            self.action,
            frozenset(self.reason or ()),
            frozenset(self.service or ()),
            frozenset(self.area or ()),
            frozenset(self.flags or ()),
            SWITCHING if self.mode is None else frozenset(self.mode),
        )


class UnlessSection(StrictSection):
    """Whom a rule spares: one of these is enough."""

    vacant_verified: Literal[True] | None = None
    customer_present: Literal[True] | None = None
    flags: list[AFlag] = Field(default_factory=list)

    def as_exceptions(self) -> Exceptions:
        """In the words of the domain."""
        return Exceptions(self.vacant_verified is True, self.customer_present is True, frozenset(self.flags))


class RuleSection(StrictSection):
    """One rule: whom it is for, exactly one condition, what follows, and where it comes from."""

    id: RuleId
    source: Source
    effect: RuleEffect
    applies_to: ScopeSection = ScopeSection()
    unless: UnlessSection = UnlessSection()
    hours: Annotated[list[WindowSection], Field(min_length=1)] | None = None
    holidays: HolidaysSection | None = None
    dates: DatesSection | None = None
    weather: WeatherSection | None = None
    notice: NoticeSection | None = None
    length: LengthSection | None = None
    same_day: SameDaySection | None = None
    backdated: BackdatedSection | None = None
    protected: Annotated[list[AFlag], Field(min_length=1)] | None = None
    always: Literal[True] | None = None
    least_left: QuantityText | None = None
    inspect_after: SpanText | None = None
    left_on: LeftOnSection | None = None

    def as_rule(self, calendars: Calendars) -> Rule:
        """In the words of the domain."""
        condition = self._condition(calendars)
        return Rule(
            self.id, self.source, self.effect, condition, self.applies_to.as_scope(), self.unless.as_exceptions()
        )

    def _condition(self, calendars: Calendars) -> Condition:
        """The one condition that the rule has."""
        of_several_fields = (
            self.holidays,
            self.dates,
            self.weather,
            self.notice,
            self.length,
            self.same_day,
            self.backdated,
            self.left_on,
        )
        for section in of_several_fields:
            if section is not None:
                return section.as_condition(calendars)
        if self.hours is not None:
            return Hours(tuple(window.as_window() for window in self.hours))
        if self.protected is not None:
            return Protected(frozenset(self.protected))
        if self.least_left is not None:
            return LeastLeft(*quantity_of(self.least_left))
        return Always() if self.inspect_after is None else Absence(span_of(self.inspect_after))


class PolicyDocument(StrictSection):
    """A whole policy."""

    schema_version: Literal[1]
    version: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    """By which verdicts name it; without one, a hash of what the file says."""
    calendars: dict[Name, CalendarSection] = Field(default_factory=dict)
    moratoria: MoratoriaSection = MoratoriaSection()
    rules: list[RuleSection] = Field(default_factory=list)

    def as_policy(self, version: str) -> Policy:
        """In the words of the domain; ``version`` where the file names none."""
        calendars = {name: section.as_calendar(name) for name, section in self.calendars.items()}
        rules = tuple(rule.as_rule(calendars) for rule in self.rules)
        return Policy(self.version or version, rules, frozenset(self.moratoria.not_for))


CONDITIONS = (
    "hours",
    "holidays",
    "dates",
    "weather",
    "notice",
    "length",
    "same_day",
    "backdated",
    "protected",
    "always",
    "least_left",
    "inspect_after",
    "left_on",
)
"""The keys of which a rule has exactly one."""
WAITING_HELPS = frozenset({"hours", "holidays", "dates", "weather", "notice", "same_day", "left_on"})
"""The conditions that pass with time: only these can defer."""
