"""What rules judge: one order or hold, the meters that it is to switch, and what is known around them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from decimal import Decimal

from meterhold.domain.policy.local import zone_of
from meterhold.domain.policy.weather import Forecast, Moratorium
from meterhold.domain.words import Action, Flag, Mode, Reason, Service

EVERYWHERE = "*"
"""The area of a forecast that speaks for all areas which have none of their own."""


@dataclass(frozen=True, slots=True)
class Premises:
    """One meter, as rules look at it."""

    meter_id: str
    service: Service
    mode: Mode = Mode.PHYSICAL
    area: str | None = None
    flags: frozenset[Flag] = frozenset()
    time_zone: str = "UTC"
    restrict_to: tuple[Decimal, str] | None = None
    """Of a restricted leg: value and unit."""

    @property
    def zone(self) -> tzinfo:
        """The zone of the service point: every clock time of a rule is its time."""
        return zone_of(self.time_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is asked for, and what is known when it is judged."""

    action: Action
    reason: Reason
    received_at: datetime
    """When the order came in."""
    now: datetime
    """When the question is put: what lies later is only forecast."""
    starts_at: datetime
    ends_at: datetime | None = None
    notice_given_at: datetime | None = None
    vacant_verified: bool = False
    customer_present: bool = False
    legs: tuple[Premises, ...] = ()
    """The meters that are to be switched; those that are only watched are no business of policy."""
    left_on: tuple[Premises, ...] = ()
    """The other meters of the service point whose supply is not known to be off."""
    forecasts: Mapping[str, Forecast] = field(default_factory=dict)
    moratoria: tuple[Moratorium, ...] = ()

    def forecast_for(self, area: str | None) -> Forecast | None:
        """The forecast of an area, else the one for everywhere."""
        own = None if area is None else self.forecasts.get(area)
        return own or self.forecasts.get(EVERYWHERE)
