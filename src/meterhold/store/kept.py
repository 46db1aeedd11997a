"""Rows as they were last committed: the one process that writes a store need not read its own rows again.

Only for an embedded store, whose lock file says that nobody else changes them. On a server nothing is kept.
"""

from meterhold.domain.approval import Approval
from meterhold.domain.draft import World
from meterhold.domain.hold import Hold
from meterhold.domain.limits import Tally
from meterhold.domain.meter import Meter
from meterhold.domain.order import OrderKey, OrderRecord
from meterhold.domain.originator import Originator
from meterhold.domain.site import Site

MOST_ROWS = 10_000
"""Beyond this all is forgotten, and read again as it is needed."""


class Kept:
    """Written by the writer after each commit; read from any thread, one row at a time."""

    def __init__(self, most: int = MOST_ROWS) -> None:
        self._most = most
        self.orders: dict[OrderKey, OrderRecord] = {}
        self.holds: dict[str, Hold] = {}
        self.meters: dict[str, Meter] = {}
        self.approvals: dict[str, Approval] = {}
        self.originators: dict[str, Originator] = {}
        self.tallies: dict[str, Tally] = {}
        self.site: Site | None = None

    def take_over(self, world: World) -> None:
        """Keep what a batch read, as the batch left it. Only once that is committed."""
        fresh = len(world.orders) + len(world.holds) + len(world.meters)
        if len(self.orders) + len(self.holds) + len(self.meters) + fresh > self._most:
            self.forget()
        if fresh <= self._most:
            self.orders.update(world.orders)
            self.holds.update(world.holds)
            self.meters.update(world.meters)
            self.approvals.update(world.approvals)
            self.originators.update(world.originators)
            self.tallies.update(world.tallies)
            self.site = world.site

    def forget(self) -> None:
        """Know nothing: what the store says may be another thing."""
        self.orders.clear()
        self.holds.clear()
        self.meters.clear()
        self.approvals.clear()
        self.originators.clear()
        self.tallies.clear()
        self.site = None
