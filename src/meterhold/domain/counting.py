"""Which meters count for whom: by the sender that asks, by feeder or zone, and for the whole fleet."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from meterhold.domain.hold import Hold
from meterhold.domain.limits import FLEET, UNRATED_LOAD_W, area_scope, sender_scope
from meterhold.domain.meter import Meter
from meterhold.domain.words import Service


def legs_by_scope(sender: str | None, meters: Iterable[Meter]) -> Mapping[str, int]:
    """How many of these meters fall to each scope that is counted for."""
    areas = [meter.installation.area for meter in meters]
    found = {} if sender is None else {sender_scope(sender): len(areas)}
    for area in areas:
        if area is not None:
            scope = area_scope(area)
            found[scope] = found.get(scope, 0) + 1
    return {**found, FLEET: len(areas)} if areas else {}


def load_w(meters: Iterable[Meter]) -> int:
    """The rated load that is cut with these meters."""
    return sum(_load_w(meter) for meter in meters)


def _load_w(meter: Meter) -> int:
    place = meter.installation
    if place.service is not Service.ELECTRICITY:
        return 0
    return UNRATED_LOAD_W if place.rated_load_kw is None else int(place.rated_load_kw * Decimal(1000))


def sender_of(hold: Hold) -> str | None:
    """Who asked for the suspension."""
    return None if hold.suspend_key is None else hold.suspend_key.sender
