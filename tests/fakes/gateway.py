"""A whole gateway in memory: the real use cases over a memory journal and fake meters, driven by hand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeAlias

from meterhold.domain.commands import RegisterMeters, SetInhibit, Terms
from meterhold.domain.errors import Refused
from meterhold.domain.events import Event, HoldMoved, OperationMoved, OperationQueued
from meterhold.domain.hold import Attention, Hold, Leg
from meterhold.domain.hold_table import HoldTrigger
from meterhold.domain.meter import Installation, Meter
from meterhold.domain.operation_table import OperationState
from meterhold.domain.order import Order, OrderKey, OrderRecord
from meterhold.domain.words import Action, Decision, Outcome, Reason
from meterhold.profiles import Profile, load_profiles
from meterhold.usecases.advance import advance
from meterhold.usecases.attention import decide_attention
from meterhold.usecases.calendar import advance_hold
from meterhold.usecases.locking import lock_meter, unlock_meter
from meterhold.usecases.ports import Ports
from meterhold.usecases.settled import Settled
from meterhold.usecases.submit import submit_order
from meterhold.usecases.verifying import verify_meter
from tests.fakes.metering import SHELLY, XINTAI, FakeMeter, MeterLinks, place
from tests.fakes.world import Fuse, MemoryJournal, NumberedIds, VirtualClock, run

Field: TypeAlias = Any
"""Whatever an order's or an installation's own field takes."""
SENDER = "cis"
_MANY = 50_000


@cache
def built_in() -> Mapping[str, Profile]:
    """The built-in profiles, read once."""
    return load_profiles()


@dataclass(slots=True)
class Gateway:
    """What a process is: ports, and the little engine of a test that takes what is due."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    fuse: Fuse = field(default_factory=Fuse)
    ids: NumberedIds = field(default_factory=NumberedIds)
    terms: Terms = field(default_factory=Terms)
    profiles: Mapping[str, Profile] = field(default_factory=built_in)
    journal: MemoryJournal = field(init=False)
    links: MeterLinks = field(init=False)
    wanted: dict[str, bool] = field(default_factory=dict)
    """By operation: whether it is to connect."""
    by_hand: set[str] = field(default_factory=set)
    """Meters that a test switched, exchanged or decided about outside the plain course."""
    sent: int = 0
    """Orders that were submitted."""

    def __post_init__(self) -> None:
        """Come up empty."""
        self.fuse.clock = self.clock
        self.journal = MemoryJournal(fuse=self.fuse, watch=self._watch_event)
        self.links = MeterLinks(self.clock, fuse=self.fuse, referee=self._watch_write)

    @property
    def ports(self) -> Ports:
        """The world outside, as the use cases are handed it."""
        return Ports(self.journal, self.journal, self.links, self.clock, self.ids, Settled(self.profiles, self.terms))

    def _watch_write(self, meter: FakeMeter, connect: bool) -> None:
        """Referee each write: a committed intent for just this, no lock, and no disconnect while inhibited."""
        row = self.meter(meter.place.meter_id)
        intents = [
            operation
            for operation in self.journal.open_operations()
            if operation.meter_id == row.meter_id and operation.state is OperationState.INTENDED
        ]
        assert len(intents) == 1, "a write without a committed intent of its own"
        assert intents[0].connects is connect
        assert row.lock is None, "a write to a locked meter"
        assert connect or self.journal.world.site.inhibit is None, "a disconnect while inhibited"

    def _watch_event(self, event: Event) -> None:
        """Referee each verdict: what is verified is so, at the moment at which it is said. False success = 0."""
        match event:
            case OperationQueued():
                self.wanted[event.operation.operation_id] = event.operation.connects
            case OperationMoved() if event.move.outcome is Outcome.VERIFIED:
                supplied = self._found(event.meter_id).supplied
                assert supplied is self.wanted[event.operation_id], f"FALSE SUCCESS at {event.meter_id}"
            case HoldMoved(trigger=HoldTrigger.SUSPENDED):
                self._watch_hold(self.hold(event.hold_id), connected=False)
            case HoldMoved(trigger=HoldTrigger.RESTORED):
                self._watch_hold(self.hold(event.hold_id), connected=True)
            case _:
                pass

    def _watch_hold(self, hold: Hold, *, connected: bool) -> None:
        """Referee what a hold says of its legs, unless people or another hold may have switched them since."""
        for leg in hold.legs:
            claimed = leg.written and leg.restored_at is not None if connected else leg.off
            row = self.meter(leg.meter_id)
            shared = {*row.open_holds, row.left_off_by} - {hold.hold_id, None}
            if not claimed or leg.accepted or shared or leg.meter_id in self.by_hand:
                continue
            assert self._found(leg.meter_id).supplied is connected, f"FALSE SUCCESS of {hold.hold_id}: {leg.meter_id}"
        if not connected and not any(leg.accepted or leg.meter_id in self.by_hand for leg in hold.legs):
            # That what is called off is off was seen above, also where a stranger has been put in its place since.
            assert any(leg.off for leg in hold.legs), f"FALSE SUCCESS of {hold.hold_id}: no meter of it is off"

    def _found(self, meter_id: str) -> FakeMeter:
        return next(meter for meter in self.links.meters if meter.place.meter_id == meter_id)

    def install(self, *places: Installation, commission: bool = True) -> list[FakeMeter]:
        """Put meters on their links and in the registry; by default a person verifies each."""
        meters = [FakeMeter(place, self.clock) for place in places]
        self.links.meters += meters
        run(self.journal.submit(RegisterMeters(self.clock.now(), places)))
        if commission:
            for place in places:
                found = run(verify_meter(self.ports, place.meter_id, "fitter", commission=True))
                assert found.commissioned, found.faults
        return meters

    def order(
        self,
        action: Action,
        *,
        may_approve: bool = False,
        content: str | None = None,
        sender: str = SENDER,
        **fields: Field,
    ) -> OrderRecord:
        """Send an order; ``issued_at`` is now and ``given`` what is given."""
        self.sent += 1
        fields.setdefault("order_id", f"O-{self.sent}")
        fields.setdefault("issued_at", self.clock.now())
        order = Order(action=action, given=frozenset(fields), **fields)
        submitted = submit_order(self.ports, order, sender, content or f"{order}", may_approve=may_approve)
        return run(submitted).record

    def suspend(self, *meters: str, **fields: Field) -> Hold:
        """Send a suspend order that is accepted; return its hold."""
        if meters:
            fields["meters"] = meters
        fields.setdefault("reason", Reason.VACATION)
        record = self.order(Action.SUSPEND, **fields)
        assert record.hold_ids, record
        return self.hold(record.hold_ids[0])

    def restore(self, hold_id: str, **fields: Field) -> OrderRecord:
        """Send a restore order for a hold."""
        return self.order(Action.RESTORE, hold_id=hold_id, **fields)

    def cancel(self, hold_id: str, **fields: Field) -> OrderRecord:
        """Send a cancel order."""
        return self.order(Action.CANCEL, hold_id=hold_id, **fields)

    def close(self, hold_id: str, **fields: Field) -> OrderRecord:
        """Send a close order."""
        return self.order(Action.CLOSE, hold_id=hold_id, **fields)

    def amend(self, hold_id: str, **fields: Field) -> OrderRecord:
        """Send an amend order."""
        return self.order(Action.AMEND, hold_id=hold_id, **fields)

    def hold(self, hold_id: str) -> Hold:
        """A hold as it stands."""
        return self.journal.world.holds[hold_id]

    def leg(self, hold_id: str, meter_id: str | None = None) -> Leg:
        """A leg as it stands; the only one, unless named."""
        hold = self.hold(hold_id)
        return hold.leg(meter_id or hold.legs[0].meter_id)

    def meter(self, meter_id: str) -> Meter:
        """A meter's row."""
        return self.journal.world.meters[meter_id]

    def record(self, order_id: str) -> OrderRecord:
        """An order as it stands."""
        return self.journal.world.orders[OrderKey(SENDER, order_id)]

    def suspend_record(self, hold_id: str) -> OrderRecord:
        """The order that opened a hold."""
        key = self.hold(hold_id).suspend_key
        assert key is not None
        return self.journal.world.orders[key]

    def waiting(self, hold_id: str) -> list[Attention]:
        """What waits for a person."""
        return [item for item in self.hold(hold_id).attention if item.waiting]

    def decide(self, hold_id: str, decision: Decision, n: int | None = None, *, may_approve: bool = True) -> Hold:
        """Decide as a person: on the only item that waits, unless numbered."""
        number = n if n is not None else self.waiting(hold_id)[0].n
        return run(decide_attention(self.ports, hold_id, number, decision, "desk", "", may_approve=may_approve))

    def lock(self, meter_id: str) -> bool:
        """Lock a meter; whether hands may go in."""
        review_at = self.clock.now() + timedelta(hours=8)
        return run(lock_meter(self.ports, meter_id, "fitter", "meter box", review_at)).held

    def unlock(self, meter_id: str) -> None:
        """Take the lock off."""
        run(unlock_meter(self.ports, meter_id, "fitter", "", is_admin=False))

    def inhibit(self, *, on: bool) -> None:
        """Throw the kill switch or lift it."""
        run(self.journal.submit(SetInhibit(self.clock.now(), on, "desk", "storm")))

    def flag(self, meter_id: str, **changes: Field) -> None:
        """Let the registry say something else of a meter."""
        changed = replace(self.meter(meter_id).installation, **changes)
        run(self.journal.submit(RegisterMeters(self.clock.now(), (changed,))))

    def once(self) -> bool:
        """Take everything that is due now, as a sweep and its drains do; whether anything moved."""
        before = len(self.journal.events)
        for hold_id in run(self.journal.due_holds(self.clock.now(), _MANY)):
            said = len(self.journal.events)
            run(advance_hold(self.ports, hold_id))
            due = self.hold(hold_id).next_moment_at
            spins = len(self.journal.events) > said and due is not None and due <= self.clock.now()
            assert not spins, f"{hold_id} would write an event with every sweep"
        for link in run(self.journal.links_with_work(self.clock.now())):
            for hold_id, meter_id in run(self.journal.due_operations(link, self.clock.now(), _MANY)):
                run(advance(self.ports, self.hold(hold_id), self.meter(meter_id)))
        return len(self.journal.events) > before

    def next_moment(self) -> datetime | None:
        """When something is due after now."""
        moments = [operation.due_at for operation in self.journal.open_operations()]
        moments += [m for hold in self.journal.world.holds.values() if (m := hold.next_moment_at) is not None]
        return min((moment for moment in moments if moment > self.clock.now()), default=None)

    def run_s(self, seconds: float) -> None:
        """Work for so long."""
        until = self.clock.now() + timedelta(seconds=seconds)
        for _ in range(_MANY):
            for _ in range(100):
                if not self.once():
                    break
            else:
                raise AssertionError("it works without end at one moment")
            moment = self.next_moment()
            waits = any(True for _ in self._overdue())
            if waits and (moment is None or moment > self.clock.now() + timedelta(seconds=30)):
                moment = self.clock.now() + timedelta(seconds=30)
            if moment is None or moment > until:
                self.clock.run_to(until)
                return
            self.clock.run_to(moment)
        raise AssertionError("more moments than a test should have")

    def _overdue(self) -> list[str]:
        return list(run(self.journal.due_holds(self.clock.now(), 1)))

    def settle(self) -> None:
        """Work until everything that can end by itself within a quarter of an hour has ended."""
        self.run_s(900)

    def restart(self) -> None:
        """Come up after a crash, from the events alone."""
        rebuilt = self.journal.rebuilt()
        rebuilt.fuse, rebuilt.watch = self.fuse, self._watch_event
        assert rebuilt.world == self.journal.world, "the rows say something that the events do not"
        self.journal = rebuilt

    def try_(self, action: Callable[[], object]) -> bool:
        """Do what may be refused; whether it was done."""
        try:
            action()
        except Refused:
            return False
        return True


@dataclass(slots=True)
class Home:
    """A gateway with one home behind it: an electricity meter and a water meter."""

    gateway: Gateway
    power: FakeMeter
    water: FakeMeter

    def suspend(self, **fields: Field) -> Hold:
        """Send a suspend order for the whole home."""
        return self.gateway.suspend(service_point="SP-1", **fields)

    @property
    def supplied(self) -> tuple[bool, bool]:
        """The truth of electricity and water."""
        return self.power.supplied, self.water.supplied

    @property
    def written(self) -> tuple[int, int]:
        """How many writes arrived at each."""
        return len(self.power.writes), len(self.water.writes)


def home(power: str = SHELLY, water: str = XINTAI) -> Home:
    """Build one; ``E-1`` and ``W-1`` at ``SP-1``."""
    gateway = Gateway()
    meters = gateway.install(place(power, "E-1"), place(water, "W-1"))
    return Home(gateway, *meters)
