"""Water that goes on flowing after a restore: shut again as part of it, where the site's rule says so."""

from decimal import Decimal

import pytest

from meterhold.domain.commands import Terms
from meterhold.domain.events import OperationMoved
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.leaking import LeakWatch
from meterhold.domain.operation import OperationKind
from meterhold.domain.operation_table import Trigger
from meterhold.domain.words import Because, Decision, OrderResult, Outcome, SupplyState
from meterhold.usecases.statement import statement_of
from tests.fakes.gateway import Gateway
from tests.fakes.metering import SHELLY, XINTAI, FakeMeter, place
from tests.fakes.world import run

RULE = LeakWatch(within_s=300, every_s=30, above=Decimal("0.02"))
WATCHED = Terms(leak_watch={"water": RULE})


def restoring(terms: Terms = WATCHED, *, flows: bool = True, profile: str = XINTAI) -> tuple[Gateway, FakeMeter, str]:
    """A restore that was just asked for; the house behind it takes water without a pause, or none."""
    gateway = Gateway(terms=terms)
    (meter,) = gateway.install(place(profile, "M-1"))
    hold_id = gateway.suspend("M-1").hold_id
    gateway.settle()
    meter.writes.clear()
    meter.draws = flows
    gateway.restore(hold_id)
    return gateway, meter, hold_id


def test_without_a_rule_nothing_is_watched() -> None:
    """The default: supply is back as soon as it is proven."""
    gateway, meter, hold_id = restoring(Terms())
    gateway.run_s(60)
    assert gateway.hold(hold_id).status is HoldStatus.RESTORED
    assert meter.supplied


@pytest.mark.parametrize("key", ["water", XINTAI])
def test_a_flow_in_every_look_is_shut_again_and_a_person_decides(key: str) -> None:
    """One connect, one disconnect, each with its intent; blocked, not restored, and not charged."""
    gateway, meter, hold_id = restoring(Terms(leak_watch={key: RULE}))
    gateway.settle()
    leg, hold = gateway.leg(hold_id), gateway.hold(hold_id)
    assert (leg.outcome, leg.because, leg.actual) == (
        Outcome.BLOCKED,
        Because.LEAK_ON_RESTORE,
        SupplyState.DISCONNECTED,
    )
    assert [connect for _, connect in meter.writes] == [True, False]
    assert not meter.supplied
    assert (hold.status, hold.chargeable_from, leg.restored_at) == (HoldStatus.RESTORING, None, None)
    (item,) = gateway.waiting(hold_id)
    assert (item.code, set(item.decisions)) == (Because.LEAK_ON_RESTORE, {Decision.RETRY, Decision.FIELD_VISIT})
    assert leg.operation is not None
    assert leg.operation.kind is OperationKind.LEAK_CLOSE
    happened = run(gateway.journal.hold_events(hold_id))
    mine = [e for _, _, e in happened if isinstance(e, OperationMoved) and e.operation_id == leg.operation.operation_id]
    assert [event.move.trigger for event in mine].count(Trigger.INTEND) == 1


def test_the_suspension_s_own_record_is_left_alone() -> None:
    """Window and registers of the suspension are those of the suspension."""
    gateway, _, hold_id = restoring()
    before = gateway.leg(hold_id)
    gateway.settle()
    after = gateway.leg(hold_id)
    assert after.suspended_at == before.suspended_at
    assert set(before.registers) <= set(after.registers)
    (told,) = statement_of(gateway.hold(hold_id), run(gateway.journal.hold_events(hold_id))).legs
    assert len(told.suspended_by) == 1
    assert len(told.restored_by) == 2
    assert [period.ends_at for period in told.not_chargeable] == [None]


def test_one_look_without_a_flow_is_no_leak() -> None:
    """A customer who fills a bath stops at some time."""
    gateway, meter, hold_id = restoring()
    gateway.run_s(120)
    assert gateway.hold(hold_id).status is HoldStatus.RESTORING
    meter.draws = False
    gateway.run_s(60)
    assert gateway.hold(hold_id).status is HoldStatus.RESTORED
    meter.draws = True
    gateway.settle()
    assert meter.supplied


def test_a_dry_house_is_restored_after_the_second_look() -> None:
    """The first one may see a pipe that only begins to fill."""
    gateway, meter, hold_id = restoring(flows=False)
    gateway.run_s(25)
    assert gateway.hold(hold_id).status is HoldStatus.RESTORING
    gateway.run_s(40)
    assert gateway.hold(hold_id).status is HoldStatus.RESTORED
    assert [connect for _, connect in meter.writes] == [True]


def test_electricity_is_no_water() -> None:
    """A rule for water watches water."""
    gateway, _, hold_id = restoring(profile=SHELLY)
    gateway.run_s(60)
    assert gateway.hold(hold_id).status is HoldStatus.RESTORED


def test_supply_that_was_back_already_is_not_watched() -> None:
    """We opened nothing: whoever did looks after it."""
    gateway, meter, hold_id = restoring()
    meter.stand(connected=True)
    gateway.run_s(60)
    assert gateway.hold(hold_id).status is HoldStatus.RESTORED
    assert meter.writes == []


@pytest.mark.parametrize("stop", ["lock", "inhibit"])
def test_shutting_again_obeys_lock_and_inhibit(stop: str) -> None:
    """It is a disconnect like any other: it waits, says so, and goes on when it may."""
    gateway, meter, hold_id = restoring()
    gateway.run_s(60)
    assert meter.supplied
    if stop == "lock":
        gateway.lock("M-1")
    else:
        gateway.inhibit(on=True)
    gateway.run_s(1800)
    assert [connect for _, connect in meter.writes] == [True]
    codes = {item.code for item in gateway.waiting(hold_id)}
    assert codes == {
        Because.LEAK_ON_RESTORE,
        Because.TECHNICIAN_LOCK if stop == "lock" else Because.INHIBITED,
    }
    if stop == "lock":
        gateway.unlock("M-1")
    gateway.inhibit(on=False)
    gateway.settle()
    assert len(meter.writes) == 2
    assert [item.code for item in gateway.waiting(hold_id)] == [Because.LEAK_ON_RESTORE]


def test_a_valve_that_cannot_be_shut_again_says_which_of_the_two_it_is() -> None:
    """The battery is flat by now: still open, and a person knows both."""
    gateway, meter, hold_id = restoring()
    gateway.run_s(60)
    meter.battery_low = True
    gateway.settle()
    leg = gateway.leg(hold_id)
    assert (leg.outcome, leg.because, leg.actual) == (Outcome.BLOCKED, Because.BATTERY_LOW, SupplyState.CONNECTED)
    (item,) = gateway.waiting(hold_id)
    assert item.code is Because.BATTERY_LOW
    assert "water flowed without a pause" in item.detail


def test_a_person_has_it_tried_again_when_the_tap_is_shut() -> None:
    """The restore goes on where it was stopped, and the order is done."""
    gateway, meter, hold_id = restoring()
    gateway.settle()
    meter.draws = False
    gateway.decide(hold_id, Decision.RETRY)
    gateway.settle()
    hold = gateway.hold(hold_id)
    assert (hold.status, meter.supplied) == (HoldStatus.RESTORED, True)
    assert gateway.waiting(hold_id) == []
    assert gateway.record(hold.restore_keys[0].order_id).result is OrderResult.DONE


def test_a_leak_is_not_tried_again_by_itself_or_by_another_order() -> None:
    """The restore does not open and shut all day."""
    gateway, meter, hold_id = restoring()
    gateway.settle()
    gateway.restore(hold_id)
    gateway.run_s(86_400)
    assert len(meter.writes) == 2


def test_a_crash_between_the_leak_and_the_shutting_loses_nothing() -> None:
    """Both operations live in the journal."""
    gateway, meter, hold_id = restoring()
    gateway.run_s(150)
    gateway.restart()
    gateway.run_s(150)
    gateway.restart()
    gateway.settle()
    assert [connect for _, connect in meter.writes] == [True, False]
    assert gateway.leg(hold_id).because is Because.LEAK_ON_RESTORE
