"""Read the rows that a batch of commands needs, set by set and in key order, into one ``World``."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from sqlalchemy.engine.interfaces import DBAPICursor

from meterhold.domain.commands import Needs
from meterhold.domain.draft import World
from meterhold.domain.limits import FLEET, Tally, area_scope, sender_scope
from meterhold.domain.order import OrderKey
from meterhold.domain.originator import Originator
from meterhold.domain.site import Site
from meterhold.store import codec
from meterhold.store.kept import Kept
from meterhold.store.selecting import Selects

K = TypeVar("K")
V = TypeVar("V")


def load(cursor: DBAPICursor, selects: Selects, kept: Kept, needs: Sequence[Needs]) -> World:
    """Read everything that these needs name, and what follows from that."""
    loading = _Loading(cursor, selects, kept)
    loading.fetch_orders(key for need in needs for key in need.orders)
    loading.fetch_holds(hold_id for need in needs for hold_id in need.holds)
    loading.fetch_meters(meter_id for need in needs for meter_id in need.meters)
    loading.fetch_holds(loading.open_at(m for need in needs if need.holds_of_meters for m in need.meters))
    whole = [need for need in needs if need.whole_holds]
    loading.follow(
        {hold_id for need in whole for hold_id in need.holds},
        {meter_id for need in whole if need.holds_of_meters for meter_id in need.meters},
    )
    loading.fetch_people(
        {approval_id for need in needs for approval_id in need.approvals},
        {sender for need in needs for sender in need.originators}
        | {key.sender for need in needs for key in need.orders},
    )
    return loading.world


class _Loading:
    """A ``World`` being filled; what was looked for once is not looked for again."""

    def __init__(self, cursor: DBAPICursor, selects: Selects, kept: Kept) -> None:
        self._cursor = cursor
        self._selects = selects
        self._kept = kept
        self._asked_orders: set[OrderKey] = set()
        self._asked_holds: set[str] = set()
        self._asked_meters: set[str] = set()
        self.world = World(site=kept.site or self._read_site())

    def fetch_orders(self, keys: Iterable[OrderKey]) -> None:
        """Read orders; there may be none by that key."""
        by_sender: defaultdict[str, list[str]] = defaultdict(list)
        wanted = set(keys) - self._asked_orders
        self._asked_orders |= wanted
        for key in _not_among(self._kept.orders, wanted, self.world.orders):
            by_sender[key.sender].append(key.order_id)
        for sender in sorted(by_sender):
            for doc in self._selects.orders.docs(self._cursor, sorted(by_sender[sender]), sender):
                record = codec.decode(codec.ORDER, doc, "an order")
                self.world.orders[record.key] = record

    def fetch_holds(self, hold_ids: Iterable[str]) -> None:
        """Read holds; there may be none by that name."""
        wanted = set(hold_ids) - self._asked_holds
        self._asked_holds |= wanted
        missing = _not_among(self._kept.holds, wanted, self.world.holds)
        for doc in self._selects.holds.docs(self._cursor, sorted(missing)):
            hold = codec.decode(codec.HOLD, doc, "a hold")
            self.world.holds[hold.hold_id] = hold

    def fetch_meters(self, meter_ids: Iterable[str]) -> None:
        """Read meters; there may be none by that name."""
        wanted = set(meter_ids) - self._asked_meters
        self._asked_meters |= wanted
        missing = _not_among(self._kept.meters, wanted, self.world.meters)
        for doc in self._selects.meters.docs(self._cursor, sorted(missing)):
            meter = codec.decode(codec.METER, doc, "a meter")
            self.world.meters[meter.meter_id] = meter

    def follow(self, holds: set[str], meters: set[str]) -> None:
        """Read whole holds, what else is open at their meters, whole again, and so on until nothing new turns up.

        Stopping sooner is not safe: a hold that lets another one's restore go on must see what else keeps that one's
        other meters off.
        """
        seen_holds: set[str] = set()
        seen_meters: set[str] = set()
        while holds or meters:
            seen_meters |= meters
            holds = (holds | set(self.open_at(meters))) - seen_holds
            seen_holds |= holds
            self.fetch_holds(holds)
            meters = self.fetch_belongings(holds) - seen_meters
            holds = set()

    def fetch_belongings(self, hold_ids: Iterable[str]) -> set[str]:
        """Read the orders and meters of holds; return those meters."""
        holds = [hold for hold_id in hold_ids if (hold := self.world.holds.get(hold_id)) is not None]
        self.fetch_orders(key for hold in holds for key in (hold.suspend_key, *hold.restore_keys) if key is not None)
        meters = {name for hold in holds for name in (*(leg.meter_id for leg in hold.legs), *hold.beside)}
        self.fetch_meters(meters)
        return meters

    def fetch_people(self, approval_ids: Iterable[str], senders: set[str]) -> None:
        """Read who sends, what waits for a second person, and what was counted for all that was read."""
        world = self.world
        self._fetch_approvals(set(approval_ids))
        senders |= {approval.asked_by for approval in world.approvals.values()}
        senders |= {hold.suspend_key.sender for hold in world.holds.values() if hold.suspend_key is not None}
        missing = sorted(_not_among(self._kept.originators, senders, world.originators))
        # Who is not there has no keys and has counted nothing: that is known, and kept, like any other row.
        world.originators.update((sender, Originator(sender)) for sender in missing)
        for doc in self._selects.originators.docs(self._cursor, missing):
            originator = codec.decode(codec.ORIGINATOR, doc, "a sender")
            world.originators[originator.sender] = originator
        self._fetch_approvals(
            {name for originator in world.originators.values() for name in originator.approvals.values()}
            | {name for hold in world.holds.values() for name in (*hold.waits_for, *hold.approved)}
            | {record.approval_id for record in world.orders.values() if record.approval_id is not None}
        )
        self._fetch_tallies({FLEET, *map(sender_scope, senders)})

    def _fetch_approvals(self, wanted: set[str]) -> None:
        world = self.world
        missing = sorted(_not_among(self._kept.approvals, wanted, world.approvals))
        for doc in self._selects.approvals.docs(self._cursor, missing):
            approval = codec.decode(codec.APPROVAL, doc, "an approval")
            world.approvals[approval.approval_id] = approval

    def _fetch_tallies(self, scopes: set[str]) -> None:
        world = self.world
        scopes.update(area_scope(m.installation.area) for m in world.meters.values() if m.installation.area is not None)
        missing = sorted(_not_among(self._kept.tallies, scopes, world.tallies))
        world.tallies.update((scope, Tally(scope)) for scope in missing)
        for doc in self._selects.tallies.docs(self._cursor, missing):
            tally = codec.decode(codec.TALLY, doc, "a count")
            world.tallies[tally.scope] = tally

    def open_at(self, meter_ids: Iterable[str]) -> Iterator[str]:
        """Name the holds that are open at meters that were read."""
        for meter_id in meter_ids:
            meter = self.world.meters.get(meter_id)
            if meter is not None:
                yield from meter.open_holds

    def _read_site(self) -> Site:
        site = self._selects.site(self._cursor)
        return Site() if site is None else codec.decode(codec.SITE, site, "the site's state")


def _not_among(kept: Mapping[K, V], wanted: Iterable[K], found: dict[K, V]) -> list[K]:
    """Take over what is kept; say what must be read."""
    missing = []
    for name in wanted:
        row = kept.get(name)
        if row is None:
            missing.append(name)
        else:
            found[name] = row
    return missing
