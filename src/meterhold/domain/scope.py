"""The limits of a key beyond its roles: what it may order, of which meters, and at which endpoints."""

from collections.abc import Iterator
from dataclasses import dataclass

from meterhold.domain.meter import Installation
from meterhold.domain.order import Order


@dataclass(frozen=True, slots=True)
class Scope:
    """What a key is limited to; nothing where nothing is said."""

    actions: tuple[str, ...] = ()
    """Of orders."""
    contexts: tuple[str, ...] = ()
    """Of orders and meters: ``production``, ``test``."""
    areas: tuple[str, ...] = ()
    """Of meters; one that has no area lies in none of them."""
    only: tuple[str, ...] = ()
    """Endpoints such as ``POST /forecasts``, of those that its roles open."""

    @property
    def limits_meters(self) -> bool:
        """Whether some meters lie outside."""
        return bool(self.contexts or self.areas)

    def beyond_order(self, order: Order) -> str | None:
        """Say why an order lies outside, before anybody looks at its meters."""
        if self.actions and order.action not in self.actions:
            return f"this key may send {', '.join(self.actions)}, not {order.action}"
        if self.contexts and order.context not in self.contexts:
            return f"this key is for {', '.join(self.contexts)} orders, not for {order.context}"
        return None

    def beyond_meter(self, place: Installation) -> str | None:
        """Say why a meter lies outside."""
        if self.contexts and place.context not in self.contexts:
            return f"this key is for {', '.join(self.contexts)} meters, and {place.meter_id} is a {place.context} meter"
        if self.areas and place.area not in self.areas:
            return f"this key is for the area {', '.join(self.areas)}, and {place.meter_id} does not lie there"
        return None

    def __iter__(self) -> Iterator[str]:
        """Every limit as one says it."""
        yield from (f"action {name}" for name in self.actions)
        yield from (f"context {name}" for name in self.contexts)
        yield from (f"area {name}" for name in self.areas)
        yield from (f"only {name}" for name in self.only)


EVERYTHING = Scope()
"""No limits but the roles."""
