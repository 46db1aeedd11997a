"""Carry out a person's decision on an attention item."""

from meterhold.domain.commands import DecideAttention
from meterhold.domain.hold import Hold
from meterhold.domain.words import Decision
from meterhold.usecases.ports import Ports


async def decide_attention(
    ports: Ports, hold_id: str, n: int, decision: Decision, by: str, comment: str, *, may_approve: bool
) -> Hold:
    """Record who decided what, and let the hold go on. Raises ``Refused`` for what the item does not permit."""
    command = DecideAttention(ports.clock.now(), hold_id, n, decision, by, comment, ports.terms, may_approve)
    draft = await ports.journal.submit(command)
    return draft.hold(hold_id)
