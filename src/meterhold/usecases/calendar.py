"""Do what the calendar makes due on a hold."""

from meterhold.domain.commands import AdvanceHold
from meterhold.usecases.ports import Ports


async def advance_hold(ports: Ports, hold_id: str) -> None:
    """Start, lapse, restore or remind, whichever is due; too early finds nothing to do."""
    await ports.journal.submit(AdvanceHold(ports.clock.now(), hold_id, ports.clock.trusted(), ports.terms))
