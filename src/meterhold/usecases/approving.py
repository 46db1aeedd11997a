"""Let a second person decide, and do with each order of the set as was decided, in portions that survive a crash."""

import asyncio

from meterhold.domain.approval import Approval
from meterhold.domain.commands import DecideApproval, ExpireApproval, FinishApproval, FollowApproval
from meterhold.domain.errors import Refused, UnknownThing
from meterhold.domain.order import OrderRecord
from meterhold.domain.words import Because
from meterhold.usecases.ports import Ports

AT_ONCE = 500
"""Orders that hear of a decision in one portion: restores must not wait long behind thousands of them."""


async def decide_approval(
    ports: Ports, approval_id: str, *, granted: bool, set_hash: str, by: str, comment: str
) -> Approval:
    """Record who decided on which set. Raises ``Refused`` for who may not, and for what is not that set any more.

    Its orders hear of it within the next seconds, also across a restart.
    """
    command = DecideApproval(ports.clock.now(), approval_id, granted, set_hash, by, comment)
    draft = await ports.journal.submit(command)
    return draft.approval(approval_id)


async def read_approval(ports: Ports, approval_id: str) -> Approval:
    """One approval, or ``UnknownThing``."""
    approval = await ports.queries.approval(approval_id)
    if approval is None:
        raise UnknownThing(Because.NOT_FOUND, f"there is no approval {approval_id!r}")
    return approval


async def follow_approvals(ports: Ports) -> None:
    """Take a portion of what follows from decisions, and close what nobody decided in time. Called again and again."""
    now = ports.clock.now()
    for approval_id in await ports.queries.due_approvals(now, AT_ONCE):
        approval = await ports.queries.approval(approval_id)
        if approval is None or approval.waiting:
            await ports.journal.submit(ExpireApproval(now, approval_id))
        else:
            await _follow(ports, approval_id)


async def _follow(ports: Ports, approval_id: str) -> None:
    orders = await ports.queries.approval_orders(approval_id, waiting=True, after=None, limit=AT_ONCE)
    if not orders:
        await ports.journal.submit(FinishApproval(ports.clock.now(), approval_id))
        return
    answers = await asyncio.gather(*(_tell(ports, approval_id, record) for record in orders), return_exceptions=True)
    for answer in answers:
        # What the order as it now stands refuses must not keep the others from hearing.
        if isinstance(answer, BaseException) and not isinstance(answer, Refused):
            raise answer


async def _tell(ports: Ports, approval_id: str, record: OrderRecord) -> None:
    command = FollowApproval(ports.clock.now(), approval_id, record.key, record.hold_ids, ports.terms)
    await ports.journal.submit(command)
