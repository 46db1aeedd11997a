"""The thresholds: as the configuration and two persons set them, and as every face shows them."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from meterhold.documents.config_fields import StrictSection
from meterhold.documents.fields import Phrase, Strict
from meterhold.domain.limits import BOUNDS, DEFAULT_LIMITS, LONGEST_WINDOW_S, Limits

Seconds = Annotated[float, Field(ge=BOUNDS["window_s"][0], le=LONGEST_WINDOW_S, allow_inf_nan=False)]
OffLocally = Annotated[int, Field(ge=BOUNDS["off_by_sender"][0], le=BOUNDS["off_by_sender"][1])]
OffInFleet = Annotated[int, Field(ge=BOUNDS["off_by_fleet"][0], le=BOUNDS["off_by_fleet"][1])]
On = Annotated[int, Field(ge=BOUNDS["on_by_fleet"][0], le=BOUNDS["on_by_fleet"][1])]
LoadKw = Annotated[float, Field(ge=BOUNDS["load_off_kw"][0], le=BOUNDS["load_off_kw"][1], allow_inf_nan=False)]
BulkOrders = Annotated[int, Field(ge=2, le=500)]


class LimitsSection(StrictSection):
    """How much may be switched within a window without a second person. It can be set, and not be switched off."""

    window_s: Seconds = DEFAULT_LIMITS.window_s
    off_by_sender: OffLocally = DEFAULT_LIMITS.off_by_sender
    off_by_area: OffLocally = DEFAULT_LIMITS.off_by_area
    off_by_fleet: OffInFleet = DEFAULT_LIMITS.off_by_fleet
    on_by_sender: On = DEFAULT_LIMITS.on_by_sender
    on_by_area: On = DEFAULT_LIMITS.on_by_area
    on_by_fleet: On = DEFAULT_LIMITS.on_by_fleet
    load_off_kw: LoadKw = DEFAULT_LIMITS.load_off_kw
    """Rated load that may be cut in the whole fleet within the window."""

    def as_limits(self) -> Limits:
        """In the words of the domain."""
        return Limits(**self.model_dump())


class LimitsDocument(Strict):
    """Other thresholds, for a second person to agree on. What is left out stays as it is now."""

    reason: Phrase
    configured: bool = False
    """Go back to those of the configuration."""
    window_s: Seconds | None = None
    off_by_sender: OffLocally | None = None
    off_by_area: OffLocally | None = None
    off_by_fleet: OffInFleet | None = None
    on_by_sender: On | None = None
    on_by_area: On | None = None
    on_by_fleet: On | None = None
    load_off_kw: LoadKw | None = None

    def changed(self, now: Limits) -> Limits | None:
        """The thresholds that are asked for; ``None``: those of the configuration."""
        if self.configured:
            return None
        given = self.model_dump(exclude={"reason", "configured"}, exclude_none=True)
        return Limits(**{name: given.get(name, getattr(now, name)) for name in BOUNDS})


@dataclass(frozen=True, slots=True)
class LimitsView:
    """Thresholds."""

    window_s: float
    off_by_sender: int
    off_by_area: int
    off_by_fleet: int
    on_by_sender: int
    on_by_area: int
    on_by_fleet: int
    load_off_kw: float


@dataclass(frozen=True, slots=True)
class UsedView:
    """What one scope has used within the window: ``fleet``, ``area:…`` or ``from:…`` (a sender)."""

    scope: str
    asked_off: int
    sent_off: int
    most_off: int
    load_off_kw: float
    asked_on: int
    most_on: int


@dataclass(frozen=True, slots=True)
class LimitsInForceView:
    """The thresholds that count, where they come from, and how much of them is used."""

    in_force: LimitsView
    configured: LimitsView
    agreed: LimitsView | None
    bulk_orders: int
    used: tuple[UsedView, ...]


def view_limits(limits: Limits) -> LimitsView:
    """Show thresholds."""
    return LimitsView(**{name: getattr(limits, name) for name in BOUNDS})
