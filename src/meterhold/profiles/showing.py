"""What every point of a profile showed in one look, for a person who compares it with the meter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from meterhold.domain.words import Quantity
from meterhold.profiles.language.points import ModbusPoint
from meterhold.profiles.profile import Profile
from meterhold.profiles.wire import Reply, Words


@dataclass(frozen=True, slots=True)
class PointShown:
    """One point, as it came and as it is understood."""

    name: str
    raw: object | None
    """As decoded, before scaling; nothing where the point is absent or cannot be read."""
    value: Decimal | None
    """The exact value, of a point that measures a quantity."""
    quantity: Quantity | None
    produced_at: datetime | None
    words: tuple[int, ...] = ()
    """The registers or bits that it was made of."""


def show_points(profile: Profile, replies: Sequence[Reply | None], at: datetime) -> tuple[PointShown, ...]:
    """Every point of the profile as the replies to a look show it, in the order of the file."""
    shown = []
    points = profile.definition.points
    for (name, point), (seen, measured) in zip(points.items(), profile.look.points_in(replies, at), strict=True):
        raw, produced_at = (None, None) if seen is None else (seen.raw, seen.produced_at)
        value = None if measured is None else measured.value
        words = _words(point, replies) if isinstance(point, ModbusPoint) else ()
        shown.append(PointShown(name, raw, value, point.quantity, produced_at, words))
    return tuple(shown)


def _words(point: ModbusPoint, replies: Sequence[Reply | None]) -> tuple[int, ...]:
    for reply in replies:
        if isinstance(reply, Words) and reply.request.table is point.table:
            start = point.address - reply.request.address
            if start >= 0 and start + point.count <= len(reply.values):
                return reply.values[start : start + point.count]
    return ()
