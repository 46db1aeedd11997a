"""Deferred holds are looked at again when what they wait for has changed."""

import asyncio
from collections.abc import Sequence

from meterhold.domain.commands import ReviewHold
from meterhold.domain.hold import Hold
from meterhold.domain.hold_table import HoldStatus
from meterhold.usecases.ports import Ports

_PAGE = 200


async def review_deferred(ports: Ports) -> None:
    """Move each deferral to where the rules now put it; what may begin is found by the next sweep."""
    after: str | None = None
    while page := await _scheduled(ports, after):
        now = ports.clock.now()
        waiting = [hold for hold in page if hold.deferred_until is not None]
        await asyncio.gather(*(ports.journal.submit(ReviewHold(now, hold.hold_id, ports.terms)) for hold in waiting))
        after = page[-1].hold_id


async def _scheduled(ports: Ports, after: str | None) -> Sequence[Hold]:
    return await ports.queries.list_holds(status=HoldStatus.SCHEDULED, meter_id=None, after=after, limit=_PAGE)
