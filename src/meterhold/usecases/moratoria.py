"""Moratoria that operators raise: no suspension begins in their areas while they last, but for reasons they spare."""

from datetime import datetime

from meterhold.domain.commands import LiftMoratorium, RaiseMoratorium
from meterhold.domain.policy.weather import Moratorium
from meterhold.usecases.ports import Ports
from meterhold.usecases.reviewing import review_deferred


async def raise_moratorium(
    ports: Ports, areas: tuple[str, ...], from_at: datetime | None, until_at: datetime, *, reason: str, by: str
) -> Moratorium:
    """Raise one. It is durable before this returns."""
    now = ports.clock.now()
    moratorium = Moratorium(ports.ids.new(), areas, from_at or now, until_at, reason, by)
    await ports.journal.submit(RaiseMoratorium(now, moratorium))
    return moratorium


async def lift_moratorium(ports: Ports, moratorium_id: str, *, by: str, reason: str) -> None:
    """Lift one before its time; what waited for its end alone may begin."""
    await ports.journal.submit(LiftMoratorium(ports.clock.now(), moratorium_id, by, reason))
    await review_deferred(ports)


async def list_moratoria(ports: Ports) -> tuple[Moratorium, ...]:
    """Those that are not over yet."""
    now = ports.clock.now()
    return tuple(one for one in (await ports.queries.site()).moratoria if one.until_at > now)
