"""Anything may happen in any order: orders, faults, people, crashes. Referees watch every write and every verdict.

Held at all times: nothing is verified that is not so (false success = 0), no write without a committed intent of its
own, at most one unresolved write a meter, no disconnect while inhibited, no write to a locked, a foreign or a
protected meter, and rows that the events alone make again. In the end, when the faults are over and time has passed,
every order has a result or somebody is asked.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from meterhold.domain.decide import restore
from meterhold.domain.exchange import Exchange
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import (
    Action,
    Decision,
    Flag,
    OnPartial,
    OrderResult,
    Reason,
)
from meterhold.usecases.exchanging import exchange_meter
from tests.fakes.gateway import Field, Gateway
from tests.fakes.metering import DDS238, SHELLY, SWV, XINTAI, FakeMeter, OnWrite, place
from tests.fakes.world import Crash, run

METERS = st.sampled_from(["E-1", "W-1", "E-2", "W-2"])
PLACES = st.sampled_from(["SP-1", "SP-2"])
REASONS = st.sampled_from([Reason.VACATION, Reason.NON_PAYMENT, Reason.SAFETY, Reason.METER_WORK])
SOON = st.sampled_from([0, 0, 0, 30, 3600])
WAIT = st.sampled_from([0, 0, 2, 30, 600])
LATER = st.sampled_from([None, 120, 7200, 86_400])
SELDOM = st.sampled_from([True, False, False])
"""Faults come and go; most of the time most things work, or nothing would ever happen."""
_DAY_S = 86_400


class AnythingMayHappen(RuleBasedStateMachine):
    """Two homes with all four built-in models, and whatever hypothesis thinks of."""

    def __init__(self) -> None:
        """Build the homes."""
        super().__init__()
        self.gateway = Gateway()
        self.gateway.install(
            place(SHELLY, "E-1"),
            place(XINTAI, "W-1"),
            place(DDS238, "E-2", service_point="SP-2"),
            place(SWV, "W-2", service_point="SP-2"),
        )
        self.meters = {meter.place.meter_id: meter for meter in self.gateway.links.meters}
        self.plain_referee = self.gateway.links.referee
        self.gateway.links.referee = self.watch_write
        self.by_hand = self.gateway.by_hand

    def watch_write(self, meter: FakeMeter, connect: bool) -> None:
        """Referee a write further than every test does."""
        self.plain_referee(meter, connect)
        row = self.gateway.meter(meter.place.meter_id)
        assert not meter.foreign, "a write to another meter"
        assert connect or not row.installation.flags, "a disconnect of protected premises"

    def do(self, action: Callable[[], object]) -> None:
        """Do something that may be refused, and that the process may not survive."""
        try:
            self.gateway.try_(action)
        except Crash:
            self.gateway.restart()

    def hold_ids(self) -> list[str]:
        """All holds, the newest last."""
        return sorted(self.gateway.journal.world.holds)

    # orders

    @rule(
        where=PLACES | METERS,
        reason=REASONS,
        starts=SOON,
        ends=LATER,
        partial=st.sampled_from(OnPartial),
        pays=SELDOM,
        wait=WAIT,
    )
    def suspend(
        self, where: str, reason: Reason, starts: int, ends: int | None, partial: OnPartial, pays: bool, wait: int
    ) -> None:
        """Ask for a suspension, now or soon."""
        now = self.gateway.clock.now()
        whom = {"service_point": where} if where.startswith("SP") else {"meters": (where,)}
        self.do(
            lambda: self.gateway.order(
                Action.SUSPEND,
                reason=reason,
                starts_at=now + timedelta(seconds=starts),
                ends_at=None if ends is None else now + timedelta(seconds=starts + ends),
                on_partial=partial,
                restore_requires_payment=pays,
                **whom,
            )
        )
        self.do(lambda: self.gateway.run_s(wait))

    @precondition(lambda self: self.hold_ids())
    @rule(pick=st.integers(0, 9), paid=st.booleans(), wait=WAIT)
    def restore(self, pick: int, paid: bool, wait: int) -> None:
        """Ask for a hold's supply back."""
        hold_id = self.hold_ids()[-1 - pick % len(self.hold_ids())]
        self.do(lambda: self.gateway.restore(hold_id, payment_ref="P-1" if paid else None))
        self.do(lambda: self.gateway.run_s(wait))

    @rule(where=PLACES | METERS, approver=st.booleans())
    def restore_place(self, where: str, approver: bool) -> None:
        """Ask for a place's supply back, hold or no hold."""
        whom = {"service_point": where} if where.startswith("SP") else {"meters": (where,)}
        self.do(lambda: self.gateway.order(Action.RESTORE, may_approve=approver, payment_ref="P-2", **whom))

    @precondition(lambda self: self.hold_ids())
    @rule(pick=st.integers(0, 9), action=st.sampled_from([Action.CANCEL, Action.CLOSE, Action.AMEND]), ends=LATER)
    def change(self, pick: int, action: Action, ends: int | None) -> None:
        """Cancel, close or amend a hold."""
        hold_id = self.hold_ids()[-1 - pick % len(self.hold_ids())]
        fields: dict[str, Field] = {}
        if action is Action.AMEND:
            fields["ends_at"] = None if ends is None else self.gateway.clock.now() + timedelta(seconds=ends)
        self.do(lambda: self.gateway.order(action, hold_id=hold_id, **fields))

    # time and crashes

    @rule(seconds=st.sampled_from([1, 1, 3, 10, 60, 600, 7200]))
    def work(self, seconds: int) -> None:
        """Let the gateway work."""
        self.do(lambda: self.gateway.run_s(seconds))

    @rule(after=st.integers(1, 40), seconds=st.sampled_from([3, 60, 600]))
    def crash(self, after: int, seconds: int) -> None:
        """Let the process die within the next moments of work."""
        self.gateway.fuse.at = self.gateway.fuse.burnt + after
        self.do(lambda: self.gateway.run_s(seconds))
        self.gateway.fuse.at = None

    @rule(seconds=st.sampled_from([60, 7200, 2 * _DAY_S]))
    def sleep(self, seconds: int) -> None:
        """Be down for a while."""
        self.gateway.clock.run_s(seconds)
        self.gateway.restart()

    @rule(doubted=SELDOM)
    def doubt_the_clock(self, doubted: bool) -> None:
        """The machine's clock has jumped, or is good again."""
        self.gateway.clock.believed = not doubted

    # faults

    @rule(meter_id=METERS, fate=st.sampled_from(OnWrite))
    def spoil_the_next_write(self, meter_id: str, fate: OnWrite) -> None:
        """Lose it, delay it, refuse it."""
        self.meters[meter_id].next_write = fate

    @rule(meter_id=METERS, silent=SELDOM)
    def fall_silent(self, meter_id: str, silent: bool) -> None:
        """Or speak again."""
        self.meters[meter_id].silent = silent

    @rule(meter_id=METERS, busy=SELDOM)
    def be_busy(self, meter_id: str, busy: bool) -> None:
        """Refuse to be read for now."""
        self.meters[meter_id].busy = busy

    @rule(link=st.sampled_from(["line", "broker"]), down=SELDOM)
    def lose_the_link(self, link: str, down: bool) -> None:
        """Or have it again."""
        (self.gateway.links.down.add if down else self.gateway.links.down.discard)(link)

    @rule(meter_id=METERS, welded=st.booleans())
    def weld(self, meter_id: str, welded: bool) -> None:
        """What moves is only what the device shows.

        The load stays as it is as long: drawing, it tells of the weld; quiet, it tells nothing, and no echo may stand
        in for it.
        """
        meter = self.meters[meter_id]
        echoes = meter.place.profile in {DDS238, SWV}
        if welded and not (meter.commanded and meter.supplied and (meter.flowing or echoes)):
            return
        if not welded and meter.welded:
            meter.stand(connected=meter.supplied)
        meter.welded = welded

    @rule(meter_id=METERS, draws=st.booleans())
    def change_the_load(self, meter_id: str, draws: bool) -> None:
        """People come and go; not at a weld, nor between a write and its proof: no meter could tell."""
        meter = self.meters[meter_id]
        in_between = any(one.meter_id == meter_id and one.unresolved for one in self.gateway.journal.open_operations())
        if not meter.welded and not in_between:
            meter.draws = draws

    @rule(meter_id=METERS, on=SELDOM)
    def trip(self, meter_id: str, on: bool) -> None:
        """An interlock, where the model has one."""
        self.meters[meter_id].tripped = self.meters[meter_id].battery_low = on

    @rule(meter_id=METERS)
    def exchange(self, meter_id: str) -> None:
        """Another meter is put in its place, or the former one again."""
        meter = self.meters[meter_id]
        if meter.place.serial is None or meter.welded:
            return
        meter.serial = meter.place.serial if meter.serial != meter.place.serial else "00000000000000EE"

    @rule(meter_id=METERS, otherwise=SELDOM)
    def exchange_on_record(self, meter_id: str, otherwise: bool) -> None:
        """A fitter puts another meter in its place, and says so; nothing of that where the gateway does not take it."""
        meter, now = self.meters[meter_id], self.gateway.clock.now()
        if meter.place.serial is None:
            return
        serial = f"{int(now.timestamp()):014X}{len(self.gateway.journal.events) % 256:02X}"
        told = Exchange(now, "fitter", None, serial)
        self.do(lambda: run(exchange_meter(self.gateway.ports, meter_id, told)))
        if self.gateway.meter(meter_id).installation.serial != serial:
            return
        meter.place, meter.serial, meter.welded = replace(meter.place, serial=serial), serial, False
        meter.stand(connected=meter.supplied is not otherwise)
        if otherwise:
            self.by_hand.add(meter_id)

    # people

    @rule(meter_id=METERS, on=SELDOM)
    def lock(self, meter_id: str, on: bool) -> None:
        """A technician's lock."""
        self.do((lambda: self.gateway.lock(meter_id)) if on else (lambda: self.gateway.unlock(meter_id)))

    @rule(on=SELDOM)
    def inhibit(self, on: bool) -> None:
        """The kill switch."""
        self.do(lambda: self.gateway.inhibit(on=on))

    @rule(meter_id=METERS, flag=st.none() | st.sampled_from(Flag))
    def protect(self, meter_id: str, flag: Flag | None) -> None:
        """The registry learns something."""
        self.do(lambda: self.gateway.flag(meter_id, flags=frozenset() if flag is None else frozenset({flag})))

    @precondition(lambda self: any(self.gateway.waiting(hold_id) for hold_id in self.hold_ids()))
    @rule(pick=st.integers(0, 99), decision=st.sampled_from(Decision))
    def decide(self, pick: int, decision: Decision) -> None:
        """Decide what waits for a person."""
        items = [(hold_id, item) for hold_id in self.hold_ids() for item in self.gateway.waiting(hold_id)]
        hold_id, item = items[pick % len(items)]
        if decision is Decision.ACCEPT_AS_IS and item.meter_id is not None:
            self.by_hand.add(item.meter_id)
        self.do(lambda: self.gateway.decide(hold_id, decision, item.n))

    @rule(meter_id=METERS, connected=st.booleans())
    def switch_by_hand(self, meter_id: str, connected: bool) -> None:
        """A technician switches at the meter itself, where nothing is under way."""
        meter = self.meters[meter_id]
        busy = any(operation.meter_id == meter_id for operation in self.gateway.journal.open_operations())
        if busy or meter.welded:
            return
        self.by_hand.add(meter_id)
        meter.stand(connected=connected)

    # what always holds

    @invariant()
    def final_holds_have_no_work(self) -> None:
        """What is over has nothing under way, and is on no meter's list."""
        for hold in self.gateway.journal.world.holds.values():
            if hold.final:
                assert not any(leg.busy for leg in hold.legs)
                assert not any(hold.hold_id in self.gateway.meter(leg.meter_id).open_holds for leg in hold.legs)

    @invariant()
    def finished_orders_have_a_reason(self) -> None:
        """A refusal has a code, and an order that waits is open."""
        for record in self.gateway.journal.world.orders.values():
            assert (record.result is OrderResult.OPEN) is (record.finished_at is None)
            if record.result in {OrderResult.REJECTED, OrderResult.TOO_LATE}:
                assert record.code is not None

    @rule()
    def have_a_good_hour(self) -> None:
        """Everything works for once."""
        self.heal()
        self.do(lambda: self.gateway.run_s(3600))

    def heal(self) -> None:
        """Let all faults be over."""
        for meter in self.gateway.links.meters:
            meter.silent = meter.busy = meter.tripped = meter.battery_low = False
            meter.next_write = OnWrite.OBEY
            if meter.welded:
                meter.welded = False
                meter.stand(connected=meter.supplied)
            meter.serial = meter.place.serial or meter.serial
        self.gateway.links.down.clear()
        self.gateway.clock.believed = True
        self.gateway.fuse.at = None
        self.gateway.inhibit(on=False)
        for meter_id in self.meters:
            if self.gateway.meter(meter_id).lock is not None:
                self.gateway.unlock(meter_id)

    def teardown(self) -> None:
        """Let the faults be over and time pass: nothing may hang unseen."""
        self.heal()
        # Longer than any ``ends_at`` and ``not_after`` that the rules may name.
        self.gateway.run_s(2 * _DAY_S)
        self.gateway.restart()
        self.every_order_has_an_answer()
        self.supply_is_as_the_holds_say()

    def every_order_has_an_answer(self) -> None:
        """A result, or a person who is asked about one of its holds."""
        for record in self.gateway.journal.world.orders.values():
            if record.result is OrderResult.OPEN:
                asked = [item for hold_id in record.hold_ids for item in self.gateway.waiting(hold_id)]
                assert asked, f"order {record.key.order_id} is open and nobody is asked"
        for hold_id in self.hold_ids():
            hold = self.gateway.hold(hold_id)
            between = hold.status in {HoldStatus.SCHEDULED, HoldStatus.SUSPENDING, HoldStatus.RESTORING}
            asked_for = {item.meter_id for item in self.gateway.waiting(hold_id)}
            assert not between or asked_for, f"{hold_id} hangs in {hold.status}"
            for leg in filter(restore.outstanding, hold.legs) if hold.status is HoldStatus.RESTORING else ():
                assert leg.busy or leg.meter_id in asked_for, f"nobody works on {leg.meter_id} of {hold_id}"

    def supply_is_as_the_holds_say(self) -> None:
        """The last accepted order decides: where only the gateway switched, supply is what the open holds imply."""
        for meter_id, meter in self.meters.items():
            holds = [
                hold
                for hold in self.gateway.journal.world.holds.values()
                if meter_id in {leg.meter_id for leg in hold.legs}
            ]
            if meter_id in self.by_hand:
                continue
            row = self.gateway.meter(meter_id)
            if not row.open_holds and row.left_off_by is None:
                assert meter.supplied, f"{meter_id} is off and no hold has it"
            for hold in holds:
                if hold.status is HoldStatus.SUSPENDED and hold.leg(meter_id).off:
                    assert not meter.supplied, f"{hold.hold_id} says that {meter_id} is off"


AnythingMayHappen.TestCase.settings = settings(max_examples=200, stateful_step_count=50, deadline=None)
TestAnythingMayHappen = AnythingMayHappen.TestCase
