"""Mark a hold as a wrongful cut. Only people do; the statement says where one may want to look."""

from meterhold.domain.commands import MarkWrongful
from meterhold.domain.hold import Hold
from meterhold.usecases.ports import Ports


async def mark_wrongful(ports: Ports, hold_id: str, by: str, reason: str) -> Hold:
    """Record who found that supply should never have been cut. Raises ``Refused`` where nothing was, or twice."""
    draft = await ports.journal.submit(MarkWrongful(ports.clock.now(), hold_id, by, reason))
    return draft.hold(hold_id)
