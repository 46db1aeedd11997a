"""What waits for a second person, as the stores in memory answer for it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from meterhold.domain.approval import Approval
from meterhold.domain.draft import World
from meterhold.domain.events import ApprovalFollowed, ApprovalJoined, Event
from meterhold.domain.limits import Tally
from meterhold.domain.order import OrderKey, OrderRecord
from meterhold.domain.originator import Originator


class MemoryApprovals:
    """Reads over a world, and over the events that made it."""

    world: World

    def told(self) -> Iterator[Event]:
        """All events, in order."""
        raise NotImplementedError

    async def due_approvals(self, now: datetime, limit: int) -> Sequence[str]:
        """What must be followed or has come to its end."""
        late = (a for a in self.world.approvals.values() if a.expires_at is not None and a.expires_at <= now)
        due = [a.approval_id for a in self.world.approvals.values() if a.unfinished]
        return [*due, *(approval.approval_id for approval in late if approval.waiting)][:limit]

    async def approval(self, approval_id: str) -> Approval | None:
        """One approval."""
        return self.world.approvals.get(approval_id)

    async def list_approvals(self, *, after: str | None, limit: int) -> Sequence[Approval]:
        """A page of approvals."""
        found = sorted(self.world.approvals.values(), key=lambda a: a.approval_id)
        found.sort(key=lambda a: (not a.waiting, -a.opened_at.timestamp()))
        names = [approval.approval_id for approval in found]
        start = 0 if after is None else names.index(after) + 1
        return found[start : start + limit]

    async def approval_orders(
        self, approval_id: str, *, waiting: bool, after: OrderKey | None, limit: int
    ) -> Sequence[OrderRecord]:
        """A page of a set's orders."""
        waits: dict[OrderKey, bool] = {}
        for event in self.told():
            if isinstance(event, ApprovalJoined | ApprovalFollowed) and event.approval_id == approval_id:
                waits[event.key] = isinstance(event, ApprovalJoined)
        keys = sorted((key for key, still in waits.items() if still or not waiting), key=_place)
        rest = [key for key in keys if after is None or _place(key) > _place(after)]
        return [self.world.orders[key] for key in rest[:limit]]

    async def originator(self, sender: str) -> Originator:
        """A sender."""
        return self.world.originators.get(sender) or Originator(sender)

    async def signers(self) -> Sequence[Originator]:
        """Who signs."""
        return [one for _, one in sorted(self.world.originators.items()) if one.signs]

    async def tallies(self) -> Sequence[Tally]:
        """All counts."""
        return [tally for _, tally in sorted(self.world.tallies.items())]


def _place(key: OrderKey) -> tuple[str, str]:
    return key.sender, key.order_id
