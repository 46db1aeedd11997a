"""What waits for a person: when it is raised, what may be decided, and that nobody is asked about what is over."""

import pytest

from meterhold.domain.commands import ReportPoisoned
from meterhold.domain.errors import Refused, UnknownThing
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import Because, Decision, OnPartial, OrderResult, Outcome, Reason, SupplyState
from tests.fakes.gateway import Home, home
from tests.fakes.metering import DDS238, OnWrite
from tests.fakes.world import run
from tests.unit.domain.decide.stages import HOUR, at_stage

D = Decision


def welded(**fields: object) -> tuple[Home, str]:
    """A home whose electricity meter says off and conducts on; its water is off."""
    at_home = home()
    at_home.power.welded = True
    hold_id = at_home.suspend(**fields).hold_id
    at_home.gateway.settle()
    return at_home, hold_id


def alone(at_home: Home) -> str:
    """A hold over the electricity meter only, come to rest."""
    hold_id = at_home.gateway.suspend("E-1").hold_id
    at_home.gateway.settle()
    return hold_id


def test_a_welded_relay_is_contradicted_and_waits_for_a_person() -> None:
    """The hold is suspended by its water, its proof is that of the weakest leg, and the leg stays connected."""
    at_home, hold_id = welded()
    hold = at_home.gateway.hold(hold_id)
    leg = hold.leg("E-1")
    assert (hold.status, leg.outcome, leg.because) == (HoldStatus.SUSPENDED, Outcome.CONTRADICTED, Because.WELDED)
    assert (leg.actual, leg.suspended_at) == (SupplyState.CONNECTED, None)
    (item,) = at_home.gateway.waiting(hold_id)
    assert (item.code, item.meter_id) == (Because.WELDED, "E-1")
    record = at_home.gateway.suspend_record(hold_id)
    assert (record.result, record.code) == (OrderResult.DONE, Because.WELDED)
    assert "not every leg" in record.detail


def test_on_partial_keep_keeps_and_reverse_reverses() -> None:
    """Reverse brings back the leg that could be switched, and acts on the one that may have been."""
    kept, hold_id = welded(on_partial=OnPartial.KEEP)
    assert kept.water.supplied is False
    reversed_, other = welded(on_partial=OnPartial.REVERSE)
    assert reversed_.gateway.hold(other).status is HoldStatus.RESTORED
    assert reversed_.supplied == (True, True)
    assert reversed_.gateway.waiting(other) == []
    assert kept.gateway.hold(hold_id).status is HoldStatus.SUSPENDED


def test_nothing_off_is_nobody_s_success() -> None:
    """With every leg contradicted the hold stays suspending, its order open, and a person is asked."""
    at_home = home()
    at_home.power.welded = at_home.water.welded = True
    hold_id = at_home.suspend().hold_id
    at_home.gateway.settle()
    assert at_home.gateway.hold(hold_id).status is HoldStatus.SUSPENDING
    assert at_home.gateway.suspend_record(hold_id).result is OrderResult.OPEN
    assert {item.code for item in at_home.gateway.waiting(hold_id)} == {Because.WELDED, Because.LEAKING}


def test_retry_takes_the_work_up_again() -> None:
    """After the cause was removed the suspension comes to its end."""
    at_home = home()
    at_home.power.welded = True
    hold_id = alone(at_home)
    at_home.power.welded = False
    at_home.power.stand(connected=True)
    at_home.gateway.decide(hold_id, D.RETRY)
    at_home.gateway.settle()
    assert at_home.gateway.hold(hold_id).status is HoldStatus.SUSPENDED
    assert at_home.gateway.waiting(hold_id) == []


def test_retry_is_no_way_to_send_a_suspension_late() -> None:
    """After ``not_after`` or ``ends_at`` it is refused, and the item goes on waiting."""
    for field in ("not_after", "ends_at"):
        at_home = home()
        at_home.power.welded = True
        hold_id = at_home.gateway.suspend("E-1", **{field: at_home.gateway.clock.now() + HOUR}).hold_id
        at_home.gateway.settle()
        operations = at_home.gateway.leg(hold_id).operation
        assert operations is not None
        at_home.gateway.decide(hold_id, D.RETRY)
        again = at_home.gateway.leg(hold_id).operation
        assert again is not None
        assert again.send_before == operations.send_before == at_home.gateway.hold(hold_id).send_before
        at_home.gateway.settle()
        at_home.gateway.clock.run_s(3600)
        with pytest.raises(Refused, match="never sent"):
            at_home.gateway.decide(hold_id, D.RETRY)
        assert len(at_home.gateway.waiting(hold_id)) == 1


def test_retry_of_what_is_being_tried_is_refused() -> None:
    """The item goes on waiting: a decision without an effect would silence an alarm."""
    at_home, hold_id = at_stage("suspended")
    at_home.power.silent = True
    at_home.gateway.restore(hold_id, restore_by=at_home.gateway.clock.now() + HOUR / 60)
    at_home.gateway.run_s(120)
    with pytest.raises(Refused, match="being tried already"):
        at_home.gateway.decide(hold_id, D.RETRY)
    assert len(at_home.gateway.waiting(hold_id)) == 1


def test_retry_of_a_suspended_hold_s_leg_is_refused() -> None:
    """The hold's suspension is over: it is restored, or the leg accepted as it is."""
    at_home, hold_id = welded()
    with pytest.raises(Refused, match="suspended already"):
        at_home.gateway.decide(hold_id, D.RETRY)
    assert len(at_home.gateway.waiting(hold_id)) == 1


def test_accepting_a_leg_that_did_not_go_off_gives_the_suspension_up() -> None:
    """With no leg off the order failed, and what may have been switched is brought back and proven."""
    at_home = home()
    at_home.power.welded = True
    hold_id = alone(at_home)
    at_home.gateway.decide(hold_id, D.ACCEPT_AS_IS)
    at_home.gateway.settle()
    assert at_home.gateway.hold(hold_id).status is HoldStatus.RESTORED
    record = at_home.gateway.suspend_record(hold_id)
    assert (record.result, record.code) == (OrderResult.FAILED, Because.WELDED)


def test_accepting_a_leg_that_nobody_can_see_suspends() -> None:
    """A person's word for an echo: the hold is suspended, its proof stays what it was, and it is never verified."""
    at_home = home(power=DDS238)
    at_home.power.draws = False
    hold_id = alone(at_home)
    assert at_home.gateway.leg(hold_id).outcome is Outcome.UNVERIFIED
    at_home.gateway.decide(hold_id, D.ACCEPT_AS_IS)
    hold = at_home.gateway.hold(hold_id)
    assert (hold.status, hold.legs[0].outcome) == (HoldStatus.SUSPENDED, Outcome.UNVERIFIED)
    assert not hold.legs[0].off
    assert at_home.gateway.suspend_record(hold_id).detail


@pytest.mark.parametrize("decision", [D.ACCEPT_AS_IS, D.RETRY])
def test_an_unproven_restore_waits_for_a_person(decision: Decision) -> None:
    """An empty house behind an echo proves nothing; a person may accept it, or have it tried again."""
    at_home = home(power=DDS238)
    hold_id = alone(at_home)
    at_home.power.draws = False
    record = at_home.gateway.restore(hold_id)
    at_home.gateway.settle()
    assert at_home.gateway.leg(hold_id).outcome is Outcome.UNVERIFIED
    assert at_home.gateway.record(record.key.order_id).result is OrderResult.OPEN
    at_home.power.draws = True
    at_home.gateway.decide(hold_id, decision)
    at_home.gateway.settle()
    hold = at_home.gateway.hold(hold_id)
    assert hold.status is HoldStatus.RESTORED
    assert (hold.chargeable_from is not None) is (decision is D.RETRY)
    assert at_home.gateway.record(record.key.order_id).result is OrderResult.DONE


def test_accepting_while_the_leg_is_tried_again_does_not_end_the_hold_under_it() -> None:
    """The hold ends when the work has: no write is left behind on a hold that is over."""
    at_home = home(power=DDS238)
    hold_id = alone(at_home)
    at_home.power.draws = False
    at_home.gateway.restore(hold_id, restore_by=at_home.gateway.clock.now() + HOUR)
    at_home.gateway.run_s(2 * 3600)
    items = at_home.gateway.waiting(hold_id)
    retry = next(item for item in items if D.ACCEPT_AS_IS not in item.decisions or len(items) == 1)
    at_home.power.silent = True
    at_home.gateway.decide(hold_id, D.RETRY, retry.n)
    for item in at_home.gateway.waiting(hold_id):
        if D.ACCEPT_AS_IS in item.decisions:
            at_home.gateway.decide(hold_id, D.ACCEPT_AS_IS, item.n)
    hold = at_home.gateway.hold(hold_id)
    assert hold.status is HoldStatus.RESTORING
    assert hold.legs[0].busy


def test_a_field_visit_keeps_the_item_for_the_crew() -> None:
    """The cause is the same, somebody else has it, and the rest may still be decided."""
    at_home, hold_id = welded()
    at_home.gateway.decide(hold_id, D.FIELD_VISIT)
    (item,) = at_home.gateway.waiting(hold_id)
    assert (item.code, item.who) == (Because.WELDED, "field crew")
    assert D.FIELD_VISIT not in item.decisions
    assert D.ACCEPT_AS_IS in item.decisions


@pytest.mark.parametrize("reach", ["suspended", "suspending, written", "suspending, unwritten"])
def test_a_person_may_decide_to_restore(reach: str) -> None:
    """Whatever was written is brought back; what was not is given up."""
    if reach == "suspended":
        at_home, hold_id = welded()
    else:
        at_home = home()
        at_home.power.silent = reach == "suspending, unwritten"
        at_home.power.welded = True
        hold_id = alone(at_home)
        at_home.gateway.run_s(600)
    at_home.gateway.decide(hold_id, D.RESTORE)
    at_home.power.silent = False
    at_home.gateway.settle()
    expected = HoldStatus.EXPIRED if reach == "suspending, unwritten" else HoldStatus.RESTORED
    assert at_home.gateway.hold(hold_id).status is expected
    assert at_home.supplied == (True, True)
    assert at_home.gateway.waiting(hold_id) == []


def test_only_what_the_item_permits_may_be_decided_once() -> None:
    """Anything else is refused and changes nothing."""
    at_home, hold_id = welded()
    (item,) = at_home.gateway.waiting(hold_id)
    with pytest.raises(UnknownThing):
        at_home.gateway.decide(hold_id, D.RETRY, item.n + 1)
    at_home.gateway.decide(hold_id, D.ACCEPT_AS_IS)
    with pytest.raises(Refused, match="decided by desk already"):
        at_home.gateway.decide(hold_id, D.RESTORE, item.n)
    locked, other = at_stage("suspended")
    locked.gateway.lock("E-1")
    locked.gateway.restore(other)
    locked.gateway.run_s(5)
    with pytest.raises(Refused, match="permits field_visit"):
        locked.gateway.decide(other, D.ACCEPT_AS_IS)


@pytest.mark.parametrize("action", ["cancel", "restore", "expire", "close"])
def test_nobody_is_asked_about_a_hold_that_is_over(action: str) -> None:
    """Its items are cleared with it."""
    at_home = home()
    at_home.power.welded = action == "close"
    at_home.gateway.inhibit(on=action != "close")
    hold_id = at_home.suspend(not_after=at_home.gateway.clock.now() + HOUR).hold_id
    at_home.gateway.settle()
    assert at_home.gateway.waiting(hold_id)
    match action:
        case "cancel":
            at_home.gateway.cancel(hold_id)
        case "restore":
            at_home.gateway.restore(hold_id)
        case "close":
            at_home.gateway.close(hold_id)
        case _:
            at_home.gateway.run_s(7200)
    assert at_home.gateway.hold(hold_id).final
    assert at_home.gateway.waiting(hold_id) == []


def test_a_poisoned_operation_is_told_and_cleared_when_it_goes_on() -> None:
    """Our own code failed on it; when it writes again, nobody has to look any more."""
    at_home = home()
    at_home.gateway.inhibit(on=True)
    hold_id = at_home.suspend().hold_id
    for _ in range(2):
        report = ReportPoisoned(at_home.gateway.clock.now(), hold_id, "W-1", "KeyError('x')")
        run(at_home.gateway.journal.submit(report))
    (item,) = at_home.gateway.waiting(hold_id)
    assert (item.code, item.decisions) == (Because.POISONED, (D.FIELD_VISIT,))
    at_home.gateway.inhibit(on=False)
    at_home.gateway.settle()
    assert at_home.gateway.waiting(hold_id) == []


@pytest.mark.parametrize("fault", [OnWrite.REFUSE, OnWrite.LOSE_WRITE, OnWrite.IGNORE])
def test_every_end_that_is_no_success_asks_somebody(fault: OnWrite) -> None:
    """With a device that does it every time."""
    at_home = home()
    at_home.gateway.links.referee = lambda meter, _connect: setattr(meter, "next_write", fault)
    at_home.power.next_write = fault
    hold_id = at_home.gateway.suspend("E-1", reason=Reason.SEASONAL).hold_id
    at_home.gateway.run_s(3600)
    assert at_home.gateway.leg(hold_id).outcome in {Outcome.REFUSED_BY_DEVICE, Outcome.CONTRADICTED}
    (item,) = at_home.gateway.waiting(hold_id)
    assert item.who == "operations desk"
    assert set(item.decisions) == set(Decision)


@pytest.mark.parametrize("stop", [Because.TECHNICIAN_LOCK, Because.INHIBITED])
def test_a_suspension_that_waits_for_a_stop_may_be_given_up(stop: Because) -> None:
    """Nobody has to wait for the technician or the storm: the order failed, with what it waited for."""
    at_home = home()
    if stop is Because.INHIBITED:
        at_home.gateway.inhibit(on=True)
    else:
        at_home.gateway.lock("E-1")
    hold_id = alone(at_home)
    (item,) = at_home.gateway.waiting(hold_id)
    assert (item.code, set(item.decisions)) == (stop, {D.FIELD_VISIT, D.RESTORE})
    at_home.gateway.decide(hold_id, D.RESTORE)
    assert at_home.gateway.hold(hold_id).status is HoldStatus.EXPIRED
    record = at_home.gateway.suspend_record(hold_id)
    assert (record.result, record.code) == (OrderResult.FAILED, stop)
    at_home.gateway.inhibit(on=False)
    at_home.gateway.settle()
    assert (at_home.power.writes, at_home.gateway.waiting(hold_id)) == ([], [])
