"""The rows that a decision reads, and the draft of what it changes.

A decision works on a ``Draft``: each event that it emits is applied at once, so that what follows sees it, and
nothing of it touches the ``World`` until the whole decision has gone through.
"""

from dataclasses import dataclass, field

from meterhold.domain.alarm import Alarm
from meterhold.domain.approval import Approval
from meterhold.domain.commands.terms import DEFAULT_TERMS, Terms
from meterhold.domain.errors import UnknownThing
from meterhold.domain.events import Event
from meterhold.domain.hold import Hold
from meterhold.domain.limits import Tally
from meterhold.domain.meter import Meter
from meterhold.domain.order import OrderKey, OrderRecord
from meterhold.domain.originator import Originator
from meterhold.domain.site import Site
from meterhold.domain.words import Because


@dataclass(slots=True)
class World:
    """Rows as they stand: what is committed, plus what earlier commands of the same batch changed."""

    orders: dict[OrderKey, OrderRecord] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    meters: dict[str, Meter] = field(default_factory=dict)
    site: Site = field(default_factory=Site)
    approvals: dict[str, Approval] = field(default_factory=dict)
    originators: dict[str, Originator] = field(default_factory=dict)
    """By sender."""
    tallies: dict[str, Tally] = field(default_factory=dict)
    """By scope."""

    def take_over(self, draft: "Draft") -> None:
        """Make a draft's changes visible to the commands that follow."""
        self.orders |= draft.orders
        self.holds |= draft.holds
        self.meters |= draft.meters
        self.site = draft.site
        self.approvals |= draft.approvals
        self.originators |= draft.originators
        self.tallies |= draft.tallies


@dataclass(slots=True)
class Draft:
    """What a decision says: events in order, and the rows as they stand after them (only those that changed)."""

    world: World
    terms: Terms = DEFAULT_TERMS
    """What the site has set, as the command brought it."""
    events: list[Event] = field(default_factory=list)
    orders: dict[OrderKey, OrderRecord] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    meters: dict[str, Meter] = field(default_factory=dict)
    site: Site = field(init=False)
    approvals: dict[str, Approval] = field(default_factory=dict)
    originators: dict[str, Originator] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)
    alarms: dict[str, Alarm] = field(default_factory=dict)
    """Those raised or acknowledged; the open ones stand with their meter or the site."""

    def __post_init__(self) -> None:
        """Start from the world as it is."""
        self.site = self.world.site

    def find_order(self, key: OrderKey) -> OrderRecord | None:
        """Read an order, if there is one."""
        return self.orders.get(key) or self.world.orders.get(key)

    def order(self, key: OrderKey) -> OrderRecord:
        """Read an order."""
        record = self.find_order(key)
        if record is None:
            raise UnknownThing(Because.UNKNOWN_ORDER, f"there is no order {key.order_id!r} of {key.sender!r}")
        return record

    def find_hold(self, hold_id: str) -> Hold | None:
        """Read a hold, if there is one."""
        return self.holds.get(hold_id) or self.world.holds.get(hold_id)

    def hold(self, hold_id: str) -> Hold:
        """Read a hold."""
        hold = self.find_hold(hold_id)
        if hold is None:
            raise UnknownThing(Because.UNKNOWN_HOLD, f"there is no hold {hold_id!r}")
        return hold

    def find_meter(self, meter_id: str) -> Meter | None:
        """Read a meter, if there is one."""
        return self.meters.get(meter_id) or self.world.meters.get(meter_id)

    def meter(self, meter_id: str) -> Meter:
        """Read a meter."""
        meter = self.find_meter(meter_id)
        if meter is None:
            raise UnknownThing(Because.UNKNOWN_METER, f"there is no meter {meter_id!r}")
        return meter

    def find_approval(self, approval_id: str) -> Approval | None:
        """Read an approval, if there is one."""
        return self.approvals.get(approval_id) or self.world.approvals.get(approval_id)

    def approval(self, approval_id: str) -> Approval:
        """Read an approval."""
        approval = self.find_approval(approval_id)
        if approval is None:
            raise UnknownThing(Because.NOT_FOUND, f"there is no approval {approval_id!r}")
        return approval

    def originator(self, sender: str) -> Originator:
        """Read what is known of a sender; a new one has no keys and has counted nothing."""
        return self.originators.get(sender) or self.world.originators.get(sender) or Originator(sender)

    def tally(self, scope: str) -> Tally:
        """Read what was counted for a scope."""
        return self.tallies.get(scope) or self.world.tallies.get(scope) or Tally(scope)
