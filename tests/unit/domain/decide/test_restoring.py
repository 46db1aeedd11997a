"""A restore: everything that may stop it, everything that may not, and what it does with work that is under way."""

import pytest

from meterhold.domain.commands import RecordTurn
from meterhold.domain.errors import Refused
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.operation import Move
from meterhold.domain.operation_table import OperationState, Trigger
from meterhold.domain.words import Action, Because, Decision, OrderResult, Outcome, Reason, SupplyState
from meterhold.usecases.watching import watch_meter
from tests.fakes.gateway import SENDER, home
from tests.fakes.metering import DDS238, OnWrite
from tests.fakes.world import run
from tests.unit.domain.decide.stages import HOUR, at_stage


def test_a_restore_brings_everything_back_and_says_when() -> None:
    """Each leg is proven, the order is done, and charges resume at the last proof."""
    at_home, hold_id = at_stage("suspended")
    record = at_home.gateway.restore(hold_id)
    at_home.gateway.settle()
    hold = at_home.gateway.hold(hold_id)
    assert hold.status is HoldStatus.RESTORED
    assert at_home.gateway.record(record.key.order_id).result is OrderResult.DONE
    assert all(leg.restored_at is not None for leg in hold.legs)
    assert hold.chargeable_from == max(leg.restored_at.not_after for leg in hold.legs if leg.restored_at)
    assert (at_home.supplied, at_home.written) == ((True, True), (2, 2))


@pytest.mark.parametrize("stage", ["scheduled", "unwritten"])
def test_before_the_first_intent_a_restore_cancels(stage: str) -> None:
    """Nothing is written, in either direction, and the suspend order says why it came to nothing."""
    at_home, hold_id = at_stage(stage)
    at_home.gateway.restore(hold_id)
    at_home.water.silent = False
    at_home.gateway.run_s(3 * 86_400)
    assert at_home.gateway.hold(hold_id).status is HoldStatus.CANCELLED
    assert (at_home.supplied, at_home.written) == ((True, True), (0, 0))
    assert at_home.gateway.suspend_record(hold_id).result is OrderResult.SUPERSEDED


def test_after_an_intent_the_write_is_resolved_first_and_then_reversed() -> None:
    """No restoring write leaves before the suspending one is known."""
    at_home, hold_id = at_stage("in_doubt")
    at_home.gateway.restore(hold_id)
    operation = at_home.gateway.leg(hold_id, "W-1").operation
    assert operation is not None
    assert (operation.target, operation.ended) == (SupplyState.DISCONNECTED, False)
    at_home.gateway.links.referee = lambda _meter, _connect: None
    at_home.water.silent = False
    at_home.gateway.settle()
    hold = at_home.gateway.hold(hold_id)
    assert (hold.status, at_home.supplied) == (HoldStatus.RESTORED, (True, True))
    assert at_home.gateway.suspend_record(hold_id).result is OrderResult.SUPERSEDED


@pytest.mark.parametrize("took_effect", [True, False])
def test_a_write_in_doubt_is_reversed_whether_or_not_it_took_effect(took_effect: bool) -> None:
    """Supply is on in the end, and no disconnection follows the restore."""
    at_home = home()
    at_home.water.next_write = OnWrite.LOSE_REPLY if took_effect else OnWrite.LOSE_WRITE
    hold_id = at_home.suspend().hold_id
    at_home.gateway.once()
    assert at_home.gateway.leg(hold_id, "W-1").written
    at_home.gateway.restore(hold_id)
    at_home.gateway.settle()
    assert at_home.gateway.hold(hold_id).status is HoldStatus.RESTORED
    assert (at_home.supplied, at_home.power.writes) == ((True, True), [])
    assert [connect for _, connect in at_home.water.writes] == ([False, True] if took_effect else [])


def test_a_restore_is_not_undone_by_doubt_about_another_leg() -> None:
    """One leg's disconnection is in doubt while the other's reconnection waits for its meter: it goes on waiting."""
    at_home = home()
    hold_id = at_home.suspend().hold_id
    while not at_home.power.writes:
        at_home.gateway.once()
        at_home.gateway.run_s(1)
    # The electricity write is out and unheard of; the valve, off for long, cannot be reached.
    at_home.power.silent = at_home.water.silent = True
    at_home.gateway.run_s(5)
    at_home.gateway.restore(hold_id)
    at_home.gateway.run_s(1800)
    water = at_home.gateway.leg(hold_id, "W-1").operation
    assert water is not None
    assert (water.connects, water.ended) == (True, False)
    at_home.power.silent = at_home.water.silent = False
    at_home.gateway.settle()
    assert at_home.gateway.hold(hold_id).status is HoldStatus.RESTORED
    assert at_home.supplied == (True, True)


@pytest.mark.parametrize("stage", ["suspended", "in_doubt", "unwritten", "scheduled"])
def test_a_restore_by_place_means_every_hold_there(stage: str) -> None:
    """By service point or by a single meter: the whole of each hold comes back."""
    for target in ({"service_point": "SP-1"}, {"meters": ("W-1",)}):
        at_home, hold_id = at_stage(stage)
        record = at_home.gateway.order(Action.RESTORE, **target)
        assert record.hold_ids == (hold_id,)


def test_one_restore_order_waits_for_all_its_holds() -> None:
    """It is done when the last of them is back."""
    at_home, hold_id = at_stage("suspended")
    over = at_home.suspend(reason=Reason.SAFETY)
    at_home.gateway.settle()
    record = at_home.gateway.order(Action.RESTORE, service_point="SP-1")
    assert set(record.hold_ids) == {hold_id, over.hold_id}
    at_home.power.silent = True
    at_home.gateway.run_s(60)
    assert at_home.gateway.record(record.key.order_id).result is OrderResult.OPEN
    at_home.power.silent = False
    at_home.gateway.settle()
    assert at_home.gateway.record(record.key.order_id).result is OrderResult.DONE


def test_a_second_restore_order_is_done_with_the_first() -> None:
    """Asking twice is no error, and writes nothing more."""
    at_home, hold_id = at_stage("suspended")
    first, second = at_home.gateway.restore(hold_id), at_home.gateway.restore(hold_id)
    at_home.gateway.settle()
    assert {at_home.gateway.record(one.key.order_id).result for one in (first, second)} == {OrderResult.DONE}
    assert at_home.written == (2, 2)


def test_a_leg_that_was_never_written_is_left_alone() -> None:
    """The water meter was never reached: the restore works on the other one only."""
    at_home = home()
    at_home.water.silent = True
    hold_id = at_home.suspend().hold_id
    at_home.gateway.run_s(1200)
    assert at_home.gateway.hold(hold_id).status is HoldStatus.SUSPENDED
    at_home.gateway.restore(hold_id)
    at_home.gateway.run_s(60)
    assert at_home.gateway.hold(hold_id).status is HoldStatus.RESTORED
    assert at_home.written == (2, 0)


# payment


def test_where_payment_is_required_a_restore_needs_its_reference() -> None:
    """Refused without, done with; the reference stays on the hold."""
    at_home = home()
    hold_id = at_home.suspend(restore_requires_payment=True, reason=Reason.NON_PAYMENT).hold_id
    at_home.gateway.settle()
    refused = at_home.gateway.restore(hold_id)
    assert (refused.result, refused.code) == (OrderResult.REJECTED, Because.PAYMENT_REQUIRED)
    assert at_home.gateway.hold(hold_id).status is HoldStatus.SUSPENDED
    at_home.gateway.restore(hold_id, payment_ref="P-7")
    at_home.gateway.settle()
    hold = at_home.gateway.hold(hold_id)
    assert (hold.status, hold.payment_ref) == (HoldStatus.RESTORED, "P-7")


def test_nobody_pays_for_what_was_never_switched_off() -> None:
    """Before the first intent a restore simply cancels."""
    at_home = home()
    hold_id = at_home.suspend(restore_requires_payment=True, starts_at=at_home.gateway.clock.now() + HOUR).hold_id
    assert at_home.gateway.restore(hold_id).result is OrderResult.DONE


# found off


def test_a_meter_that_was_off_already_is_proven_and_not_written() -> None:
    """It is marked, and its proof is by the same rules."""
    at_home = home()
    at_home.water.stand(connected=False)
    hold_id = at_home.suspend().hold_id
    at_home.gateway.settle()
    leg = at_home.gateway.leg(hold_id, "W-1")
    assert (leg.outcome, leg.because, leg.found_off) == (Outcome.VERIFIED, Because.ALREADY_IN_STATE, True)
    assert (leg.written, at_home.water.writes) == (False, [])
    assert at_home.gateway.hold(hold_id).status is HoldStatus.SUSPENDED


@pytest.mark.parametrize("by", ["hold", "meter, no approver", "approver, not named"])
def test_what_was_found_off_stays_off_unless_an_approver_names_it(by: str) -> None:
    """The rest comes back, and the hold shows what it waits for."""
    at_home = home()
    at_home.water.stand(connected=False)
    hold_id = at_home.suspend().hold_id
    at_home.gateway.settle()
    match by:
        case "hold":
            at_home.gateway.restore(hold_id, may_approve=True)
        case "meter, no approver":
            at_home.gateway.order(Action.RESTORE, meters=("W-1", "E-1"))
        case _:
            at_home.gateway.order(Action.RESTORE, meters=("E-1",), may_approve=True)
    at_home.gateway.settle()
    assert at_home.supplied == (True, False)
    (item,) = at_home.gateway.waiting(hold_id)
    assert (item.code, item.meter_id, item.who) == (Because.FOUND_OFF, "W-1", "an approver")
    assert Decision.RETRY not in item.decisions
    at_home.gateway.decide(hold_id, Decision.ACCEPT_AS_IS)
    hold = at_home.gateway.hold(hold_id)
    assert (hold.status, at_home.supplied) == (HoldStatus.RESTORED, (True, False))
    (key,) = hold.restore_keys
    record = at_home.gateway.record(key.order_id)
    assert (record.result, "W-1 is not proven back" in record.detail, "E-1" in record.detail) == ("done", True, False)


@pytest.mark.parametrize("by", ["order", "decision"])
def test_an_approver_who_names_it_connects_what_was_found_off(by: str) -> None:
    """By an order that names the meter, or on the item."""
    at_home = home()
    at_home.water.stand(connected=False)
    hold_id = at_home.suspend().hold_id
    at_home.gateway.settle()
    if by == "order":
        at_home.gateway.order(Action.RESTORE, meters=("W-1",), may_approve=True)
    else:
        at_home.gateway.restore(hold_id)
        at_home.gateway.settle()
        at_home.gateway.decide(hold_id, Decision.RESTORE)
    at_home.gateway.settle()
    assert at_home.gateway.hold(hold_id).status is HoldStatus.RESTORED
    assert at_home.supplied == (True, True)


def test_nobody_but_an_approver_decides_to_connect_what_was_found_off() -> None:
    """The journal itself refuses it, whoever asks and by whatever door; the item goes on waiting."""
    at_home = home()
    at_home.water.stand(connected=False)
    hold_id = at_home.suspend().hold_id
    at_home.gateway.settle()
    at_home.gateway.restore(hold_id)
    at_home.gateway.settle()
    with pytest.raises(Refused, match="only an approver"):
        at_home.gateway.decide(hold_id, Decision.RESTORE, may_approve=False)
    at_home.gateway.settle()
    assert (len(at_home.gateway.waiting(hold_id)), at_home.water.supplied) == (1, False)


def test_off_by_an_old_echo_is_found_off_as_well() -> None:
    """Nothing was written, nothing is proven, and a restore does not connect it by itself."""
    at_home = home(power=DDS238)
    at_home.power.stand(connected=False)
    hold_id = at_home.suspend().hold_id
    at_home.gateway.settle()
    leg = at_home.gateway.leg(hold_id, "E-1")
    assert (leg.outcome, leg.found_off, leg.written) == (Outcome.UNVERIFIED, True, False)
    assert leg.actual is SupplyState.UNKNOWN


def test_found_off_by_an_echo_after_a_write_that_never_left_is_found_off_too() -> None:
    """The attempt left no trace at the meter, and must leave none in the verdict."""
    at_home = home(power=DDS238)
    at_home.power.next_write = OnWrite.NEVER_SENT
    hold_id = at_home.gateway.suspend("E-1").hold_id
    at_home.gateway.once()
    at_home.power.stand(connected=False)
    at_home.gateway.settle()
    leg = at_home.gateway.leg(hold_id, "E-1")
    assert (leg.outcome, leg.found_off, leg.written) == (Outcome.UNVERIFIED, True, False)


def test_what_this_hold_may_have_switched_off_is_never_called_found_off() -> None:
    """The first write was lost to sight; tried again, its echo shows off: the restore must act on it all the same."""
    at_home = home(power=DDS238)
    at_home.power.draws = False
    hold_id = at_home.gateway.suspend("E-1").hold_id
    at_home.gateway.settle()
    assert at_home.gateway.leg(hold_id).outcome is Outcome.UNVERIFIED
    at_home.gateway.decide(hold_id, Decision.RETRY)
    at_home.gateway.settle()
    leg = at_home.gateway.leg(hold_id)
    assert (leg.outcome, leg.written, leg.found_off) == (Outcome.UNVERIFIED, True, False)
    at_home.gateway.restore(hold_id)
    at_home.gateway.settle()
    assert at_home.power.supplied


def test_a_second_try_that_never_left_does_not_forget_the_first_write() -> None:
    """What an earlier operation of the hold may have cut is restored, whatever the later one came to."""
    at_home = home(power=DDS238)
    at_home.power.draws = False
    hold_id = at_home.gateway.suspend("E-1").hold_id
    at_home.gateway.settle()
    at_home.power.commanded = True  # the register forgot; the contacts did not
    at_home.power.next_write = OnWrite.NEVER_SENT
    at_home.gateway.decide(hold_id, Decision.RETRY)
    at_home.gateway.once()
    assert at_home.gateway.leg(hold_id).written
    at_home.gateway.restore(hold_id)
    at_home.gateway.settle()
    assert at_home.power.supplied


# without a hold


def test_a_restore_without_a_hold_takes_an_approver() -> None:
    """Everybody else is told that there is none."""
    at_home = home()
    at_home.water.stand(connected=False)
    refused = at_home.gateway.order(Action.RESTORE, meters=("W-1",))
    assert (refused.result, refused.code) == (OrderResult.REJECTED, Because.UNKNOWN_HOLD)
    record = at_home.gateway.order(Action.RESTORE, meters=("W-1",), may_approve=True)
    at_home.gateway.settle()
    hold = at_home.gateway.hold(record.hold_ids[0])
    assert (hold.status, hold.suspend_key, at_home.water.supplied) == (HoldStatus.RESTORED, None, True)
    assert at_home.gateway.record(record.key.order_id).result is OrderResult.DONE


def test_two_senders_may_use_the_same_name_for_such_an_order() -> None:
    """Each gets a hold of its own: an order's name is its sender's."""
    at_home = home()
    at_home.water.stand(connected=False)
    at_home.power.stand(connected=False)
    record = at_home.gateway.order(Action.RESTORE, order_id="R-1", meters=("W-1",), may_approve=True)
    other = at_home.gateway.order(Action.RESTORE, order_id="R-1", meters=("E-1",), may_approve=True, sender="other")
    assert record.key.sender == SENDER
    assert record.hold_ids != other.hold_ids
    at_home.gateway.settle()
    assert at_home.supplied == (True, True)


# what a restore says while it is not back


def test_an_interlock_of_the_device_alarms_at_once_and_is_looked_at_again() -> None:
    """One write, after it has cleared; nobody has to do anything for that."""
    at_home, hold_id = at_stage("suspended")
    at_home.power.tripped = True
    at_home.gateway.restore(hold_id)
    at_home.gateway.run_s(1)
    (item,) = at_home.gateway.waiting(hold_id)
    assert (item.code, item.meter_id, item.decisions) == (Because.TRIPPED, "E-1", (Decision.FIELD_VISIT,))
    at_home.gateway.run_s(3600)
    assert len(at_home.power.writes) == 1
    at_home.power.tripped = False
    at_home.gateway.settle()
    assert (at_home.gateway.hold(hold_id).status, len(at_home.power.writes)) == (HoldStatus.RESTORED, 2)
    assert at_home.gateway.waiting(hold_id) == []


def test_a_meter_that_cannot_be_reached_for_its_restore_is_said_after_a_while() -> None:
    """A few failures are the line's daily life; a quarter of an hour is somebody's business. It is tried on."""
    at_home, hold_id = at_stage("restoring")
    at_home.gateway.run_s(600)
    assert at_home.gateway.waiting(hold_id) == []
    at_home.gateway.run_s(1200)
    assert {item.meter_id for item in at_home.gateway.waiting(hold_id)} == {"E-1", "W-1"}
    at_home.power.silent = at_home.water.silent = False
    at_home.gateway.settle()
    assert at_home.gateway.hold(hold_id).status is HoldStatus.RESTORED
    assert at_home.gateway.waiting(hold_id) == []


def test_an_order_of_the_moves_of_another_process_is_refused() -> None:
    """A turn that was taken on an older state of the operation is not recorded."""
    at_home, hold_id = at_stage("restoring")
    operation = at_home.gateway.leg(hold_id, "E-1").operation
    assert operation is not None
    assert operation.state is OperationState.QUEUED
    at = at_home.gateway.clock.now()
    move = Move(Trigger.LOOK_FAILED, at)
    command = RecordTurn(at, hold_id, "E-1", operation.operation_id, operation.revision, (move,))
    run(at_home.gateway.journal.submit(command))
    assert not at_home.gateway.try_(lambda: run(at_home.gateway.journal.submit(command)))


@pytest.mark.parametrize("effect", [OnWrite.LOSE_REPLY, OnWrite.REFUSE])
def test_what_was_found_off_came_back_and_was_cut_by_us_is_ours_to_bring_back(effect: OnWrite) -> None:
    """A person had it cut, and nobody saw what came of it: its restore needs no approver."""
    at_home = home()
    gateway = at_home.gateway
    at_home.power.stand(connected=False)
    hold_id = gateway.suspend("E-1").hold_id
    gateway.settle()
    gateway.by_hand.add("E-1")
    at_home.power.stand(connected=True)
    gateway.clock.run_s(60)
    run(watch_meter(gateway.ports, "E-1", None))
    assert gateway.leg(hold_id).outcome is Outcome.REVERTED
    at_home.power.next_write = effect
    gateway.links.referee = lambda meter, _: setattr(meter, "silent", effect is OnWrite.LOSE_REPLY)
    gateway.decide(hold_id, Decision.RETRY)
    gateway.settle()
    gateway.links.referee = lambda _meter, _connect: None
    at_home.power.silent = False
    assert (gateway.leg(hold_id).written, gateway.leg(hold_id).found_off) == (True, False)
    gateway.restore(hold_id)
    gateway.settle()
    assert (gateway.hold(hold_id).status, at_home.power.supplied) == (HoldStatus.RESTORED, True)


def test_a_meter_that_is_found_on_is_wanted_on_from_then_on() -> None:
    """Nothing is written, and nobody is told any more that the hold wants it off."""
    at_home, hold_id = at_stage("suspended")
    at_home.power.stand(connected=True)
    at_home.gateway.restore(hold_id)
    at_home.gateway.settle()
    assert at_home.gateway.leg(hold_id, "E-1").intended is SupplyState.CONNECTED
    assert at_home.gateway.meter("E-1").intended.state is SupplyState.CONNECTED
    assert at_home.written == (1, 2)
