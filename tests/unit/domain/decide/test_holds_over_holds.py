"""A restore under an open safety hold: it waits, says for whom, makes room, and goes on afterwards."""

from decimal import Decimal

import pytest

from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.order import LegRequest, Limit
from meterhold.domain.words import (
    Action,
    Because,
    Decision,
    Mode,
    OrderResult,
    Outcome,
    Proof,
    Reason,
    SupplyState,
)
from meterhold.usecases.advance import advance
from tests.fakes.gateway import Home, home
from tests.fakes.metering import OnWrite
from tests.fakes.relay import STATES, relayed
from tests.fakes.world import run
from tests.unit.domain.decide.stages import at_stage


def test_no_restore_connects_under_an_open_safety_hold() -> None:
    """Its leg says who holds it, somebody is told at once, and it goes on when that hold is over."""
    at_home, hold_id = at_stage("suspended")
    over = at_home.suspend(reason=Reason.SAFETY, requested_by="fire brigade")
    at_home.gateway.settle()
    record = at_home.gateway.restore(hold_id)
    at_home.gateway.settle()
    assert at_home.supplied == (False, False)
    assert {leg.held_by for leg in at_home.gateway.hold(hold_id).legs} == {over.hold_id}
    assert {item.who for item in at_home.gateway.waiting(hold_id)} == {"fire brigade"}
    at_home.gateway.restore(over.hold_id)
    at_home.gateway.settle()
    assert at_home.supplied == (True, True)
    assert at_home.gateway.record(record.key.order_id).result is OrderResult.DONE
    assert {leg.held_by for leg in at_home.gateway.hold(hold_id).legs} == {None}
    assert at_home.gateway.waiting(hold_id) == []


def test_a_safety_hold_stops_a_restore_that_is_already_planned() -> None:
    """The reconnection waits for its meter when the safety hold comes: it is stopped at the intent, and says so."""
    at_home, hold_id = at_stage("restoring")
    over = at_home.suspend(reason=Reason.SAFETY, requested_by="fire brigade")
    assert over.status is HoldStatus.SUSPENDING
    at_home.power.silent = at_home.water.silent = False
    at_home.gateway.settle()
    assert at_home.supplied == (False, False)
    assert at_home.gateway.leg(hold_id, "E-1").held_by == over.hold_id
    assert "fire brigade" in {item.who for item in at_home.gateway.waiting(hold_id)}
    at_home.gateway.restore(over.hold_id)
    at_home.gateway.settle()
    assert (at_home.supplied, at_home.gateway.hold(hold_id).status) == ((True, True), HoldStatus.RESTORED)


@pytest.mark.parametrize("and_then", ["it could write again", "it has tripped"])
def test_a_restore_without_effect_does_not_keep_a_safety_hold_waiting(and_then: str) -> None:
    """Its one write is known to have done nothing: it makes room, and begins anew when the other hold is over."""
    at_home, hold_id = at_stage("suspended")
    at_home.power.next_write = OnWrite.IGNORE
    record = at_home.gateway.restore(hold_id)
    while len(at_home.power.writes) < 2:
        at_home.gateway.once()
        at_home.gateway.run_s(0.5)
    at_home.power.tripped = and_then == "it has tripped"
    over = at_home.gateway.suspend("E-1", reason=Reason.SAFETY)
    at_home.gateway.settle()
    assert at_home.gateway.hold(over.hold_id).status is HoldStatus.SUSPENDED
    leg = at_home.gateway.leg(hold_id, "E-1")
    assert (leg.held_by, leg.busy, at_home.power.supplied) == (over.hold_id, False, False)
    assert [item.code for item in at_home.gateway.waiting(hold_id)] == [Because.HELD_BY]
    at_home.power.tripped = False
    at_home.gateway.restore(over.hold_id)
    at_home.gateway.settle()
    assert (at_home.supplied, at_home.gateway.waiting(hold_id)) == ((True, True), [])
    assert at_home.gateway.record(record.key.order_id).result is OrderResult.DONE


# which hold brings supply back


def stacked() -> tuple[Home, str, str]:
    """A safety hold that switched a home off, and a vacation hold over it that found it so."""
    at_home = home()
    safety = at_home.suspend(reason=Reason.SAFETY).hold_id
    at_home.gateway.settle()
    vacation = at_home.suspend().hold_id
    at_home.gateway.settle()
    assert all(leg.found_off and not leg.written for leg in at_home.gateway.hold(vacation).legs)
    return at_home, safety, vacation


def test_the_hold_that_stays_open_keeps_the_meter_off_and_brings_it_back() -> None:
    """Ending the safety hold connects nothing: its write is the vacation hold's from then on, and it says so."""
    at_home, safety, vacation = stacked()
    record = at_home.gateway.restore(safety)
    at_home.gateway.settle()
    assert (at_home.supplied, at_home.written) == ((False, False), (1, 1))
    over = at_home.gateway.hold(safety)
    assert (over.status, over.chargeable_from) == (HoldStatus.CLOSED, None), "nothing was restored"
    assert {leg.handed_to for leg in over.legs} == {vacation}
    answer = at_home.gateway.record(record.key.order_id)
    assert (answer.result, answer.code) == (OrderResult.SUPERSEDED, Because.HELD_BY)
    assert f"E-1 stays off for hold {vacation}" in answer.detail
    assert {at_home.gateway.meter(name).left_off_by for name in ("E-1", "W-1")} == {None}
    assert {at_home.gateway.meter(name).intended.hold_id for name in ("E-1", "W-1")} == {vacation}
    at_home.gateway.restore(vacation)
    at_home.gateway.settle()
    hold = at_home.gateway.hold(vacation)
    assert (at_home.supplied, hold.status) == ((True, True), HoldStatus.RESTORED)
    assert hold.chargeable_from is not None
    assert at_home.written == (2, 2)


def test_what_was_found_off_under_a_safety_hold_waits_for_it_and_is_proven_back() -> None:
    """The vacation hold's restore comes first: it is done when the safety hold has brought supply back, not before."""
    at_home, safety, vacation = stacked()
    record = at_home.gateway.restore(vacation)
    at_home.gateway.settle()
    assert at_home.supplied == (False, False)
    assert {leg.held_by for leg in at_home.gateway.hold(vacation).legs} == {safety}
    assert {item.code for item in at_home.gateway.waiting(vacation)} == {Because.HELD_BY}
    at_home.gateway.restore(safety)
    at_home.gateway.settle()
    hold = at_home.gateway.hold(vacation)
    assert (at_home.supplied, hold.status, at_home.written) == ((True, True), HoldStatus.RESTORED, (2, 2))
    assert all(leg.restored_at is not None and leg.held_by is None for leg in hold.legs)
    assert at_home.gateway.record(record.key.order_id).result is OrderResult.DONE
    assert at_home.gateway.waiting(vacation) == []


@pytest.mark.parametrize("first", ["safety", "vacation"])
def test_a_restore_by_place_ends_all_holds_there_and_proves_each(first: str) -> None:
    """Whichever hold has switched the home off: one write a meter, and each hold knows when supply was back."""
    at_home = home()
    holds = []
    for reason in (Reason.SAFETY, Reason.VACATION) if first == "safety" else (Reason.VACATION, Reason.SAFETY):
        holds.append(at_home.suspend(reason=reason).hold_id)
        at_home.gateway.settle()
    record = at_home.gateway.order(Action.RESTORE, service_point="SP-1")
    at_home.gateway.settle()
    assert (at_home.supplied, at_home.written) == ((True, True), (2, 2))
    assert [at_home.gateway.hold(hold_id).status for hold_id in holds] == [HoldStatus.RESTORED] * 2
    assert at_home.gateway.record(record.key.order_id).result is OrderResult.DONE
    assert at_home.gateway.hold(holds[1]).chargeable_from is not None


def test_a_payment_does_not_undo_what_another_sender_cut_for_safety() -> None:
    """By place it means the sender's own hold, which then waits for the crew's; the crew ends its own by name."""
    at_home, vacation = at_stage("suspended")
    crew = at_home.gateway.order(Action.SUSPEND, sender="crew", service_point="SP-1", reason=Reason.SAFETY)
    at_home.gateway.settle()
    paid = at_home.gateway.order(Action.RESTORE, service_point="SP-1")
    at_home.gateway.settle()
    assert at_home.supplied == (False, False)
    assert {leg.held_by for leg in at_home.gateway.hold(vacation).legs} == set(crew.hold_ids)
    assert at_home.gateway.record(paid.key.order_id).result is OrderResult.OPEN
    at_home.gateway.order(Action.RESTORE, sender="crew", service_point="SP-1")
    at_home.gateway.settle()
    assert at_home.supplied == (True, True)
    assert at_home.gateway.record(paid.key.order_id).result is OrderResult.DONE


@pytest.mark.parametrize("may_approve", [False, True])
def test_a_safety_hold_alone_is_ended_by_place_only_by_its_sender_or_an_approver(may_approve: bool) -> None:
    """To anybody else the order says whose hold is open there, and nothing is connected."""
    at_home = home()
    crew = at_home.gateway.order(Action.SUSPEND, sender="crew", service_point="SP-1", reason=Reason.METER_WORK)
    at_home.gateway.settle()
    record = at_home.gateway.order(Action.RESTORE, service_point="SP-1", may_approve=may_approve)
    at_home.gateway.settle()
    assert at_home.supplied == (may_approve, may_approve)
    if not may_approve:
        assert (record.result, record.code, record.hold_ids) == (
            OrderResult.REJECTED,
            Because.HELD_BY,
            crew.hold_ids,
        )


def test_a_safety_hold_that_found_the_meter_off_ends_with_it_off() -> None:
    """The vacation hold switched it off and keeps it so: nothing is called restored on a dark home."""
    at_home, vacation = at_stage("suspended")
    safety = at_home.suspend(reason=Reason.SAFETY).hold_id
    at_home.gateway.settle()
    record = at_home.gateway.restore(safety)
    hold = at_home.gateway.hold(safety)
    assert (hold.status, {leg.handed_to for leg in hold.legs}) == (HoldStatus.CLOSED, {vacation})
    assert at_home.gateway.record(record.key.order_id).result is OrderResult.SUPERSEDED
    assert (at_home.gateway.hold(vacation).status, at_home.written) == (HoldStatus.SUSPENDED, (1, 1))
    assert at_home.gateway.meter("E-1").left_off_by is None


def test_only_the_meters_that_another_hold_wants_off_are_handed_over() -> None:
    """The water, which nobody else keeps, comes back with the safety hold."""
    at_home = home()
    safety = at_home.suspend(reason=Reason.SAFETY).hold_id
    at_home.gateway.settle()
    vacation = at_home.gateway.suspend("E-1").hold_id
    at_home.gateway.settle()
    at_home.gateway.restore(safety)
    at_home.gateway.settle()
    assert at_home.supplied == (False, True)
    assert at_home.gateway.leg(safety, "E-1").handed_to == vacation
    assert at_home.gateway.leg(safety, "W-1").restored_at is not None


def test_a_restore_on_its_way_leaves_the_meter_to_a_hold_that_came_to_want_it_off() -> None:
    """The vacation hold found the meter off after the restore was planned: the permission to connect is refused."""
    at_home = home()
    safety = at_home.gateway.suspend("E-1", reason=Reason.SAFETY).hold_id
    at_home.gateway.settle()
    at_home.power.silent = True
    vacation = at_home.gateway.suspend("E-1").hold_id
    at_home.gateway.run_s(5)
    at_home.gateway.restore(safety)
    assert at_home.gateway.leg(safety).busy
    at_home.power.silent = False
    hold, meter = at_home.gateway.hold(vacation), at_home.gateway.meter("E-1")
    at_home.gateway.clock.run_s(60)
    run(advance(at_home.gateway.ports, hold, meter))
    assert at_home.gateway.hold(vacation).status is HoldStatus.SUSPENDED
    at_home.gateway.settle()
    assert (at_home.gateway.hold(safety).status, at_home.power.supplied) == (HoldStatus.CLOSED, False)
    assert (at_home.gateway.leg(safety).handed_to, len(at_home.power.writes)) == (vacation, 1)
    at_home.gateway.restore(vacation)
    at_home.gateway.settle()
    assert at_home.power.supplied


def test_two_safety_holds_end_with_the_last_of_them() -> None:
    """The first, which switched the home off, waits for the second; then it brings supply back."""
    at_home = home()
    holds = []
    for reason in (Reason.SAFETY, Reason.METER_WORK):
        holds.append(at_home.suspend(reason=reason).hold_id)
        at_home.gateway.settle()
    at_home.gateway.restore(holds[0])
    at_home.gateway.settle()
    assert at_home.supplied == (False, False)
    assert {leg.held_by for leg in at_home.gateway.hold(holds[0]).legs} == {holds[1]}
    at_home.gateway.restore(holds[1])
    at_home.gateway.settle()
    assert at_home.supplied == (True, True)
    assert {at_home.gateway.hold(hold_id).status for hold_id in holds} == {HoldStatus.RESTORED}


def test_the_look_that_follows_a_switching_goes_over_with_the_meter() -> None:
    """A relay that closes by itself after the hand-over is told on the hold that reports it off."""
    at_home = home()
    safety = at_home.suspend(reason=Reason.SAFETY).hold_id
    at_home.gateway.run_s(30)
    vacation = at_home.suspend().hold_id
    at_home.gateway.run_s(30)
    at_home.gateway.restore(safety)
    check = at_home.gateway.leg(vacation, "E-1").check
    assert check is not None
    assert not check.ended
    at_home.power.stand(connected=True)
    at_home.gateway.run_s(2 * 3600)
    leg = at_home.gateway.leg(vacation, "E-1")
    assert (leg.outcome, leg.actual) == (Outcome.REVERTED, SupplyState.CONNECTED)
    assert [item.meter_id for item in at_home.gateway.waiting(vacation)] == ["E-1"]


# closing


def test_a_safety_hold_that_is_closed_lets_waiting_restores_go_on() -> None:
    """It keeps nobody any more: what the vacation hold switched off comes back, and nobody is asked."""
    at_home, hold_id = at_stage("suspended")
    over = at_home.suspend(reason=Reason.SAFETY)
    at_home.gateway.settle()
    at_home.gateway.restore(hold_id)
    at_home.gateway.settle()
    assert at_home.gateway.waiting(hold_id)
    answer = at_home.gateway.close(over.hold_id)
    assert f"hold {hold_id} is restoring, and brings it back" in answer.detail
    at_home.gateway.settle()
    assert (at_home.supplied, at_home.gateway.waiting(hold_id)) == ((True, True), [])
    assert at_home.gateway.hold(hold_id).status is HoldStatus.RESTORED
    assert at_home.gateway.meter("E-1").left_off_by is None


def test_what_a_closed_safety_hold_left_off_takes_an_approver() -> None:
    """The vacation hold only found it off: its waiting restore asks for a person instead of connecting it."""
    at_home, safety, vacation = stacked()
    at_home.gateway.restore(vacation)
    at_home.gateway.close(safety)
    at_home.gateway.settle()
    assert at_home.supplied == (False, False)
    assert {item.code for item in at_home.gateway.waiting(vacation)} == {Because.FOUND_OFF}
    assert {leg.held_by for leg in at_home.gateway.hold(vacation).legs} == {None}
    assert at_home.gateway.meter("E-1").left_off_by == safety


def test_a_hold_with_an_unresolved_write_is_not_closed_before_a_person_has_answered_for_it() -> None:
    """Nobody knows whether that meter is off: closed, nobody would ask any more."""
    at_home = home()
    at_home.gateway.links.referee = lambda meter, _connect: setattr(meter, "silent", meter is at_home.power)
    hold_id = at_home.suspend().hold_id
    at_home.gateway.run_s(3600)
    assert at_home.gateway.leg(hold_id, "E-1").outcome is Outcome.UNRESOLVED
    assert at_home.gateway.hold(hold_id).status is HoldStatus.SUSPENDED
    refused = at_home.gateway.close(hold_id)
    assert (refused.result, refused.code) == (OrderResult.REJECTED, Because.HOLD_STATUS)
    at_home.gateway.decide(hold_id, Decision.ACCEPT_AS_IS)
    assert at_home.gateway.close(hold_id).result is OrderResult.DONE


def test_a_home_that_was_to_be_restricted_only_is_a_person_s_business() -> None:
    """The safety hold cut it, and hands it over off: the household was promised a trickle."""
    lab, relay = relayed()
    leg = LegRequest(meter_id="E-1", mode=Mode.RESTRICT, restrict_to=Limit(Decimal("2.5"), "kW"))
    restricted = lab.suspend("E-1", mode=Mode.RESTRICT, legs=(leg,)).hold_id
    lab.run_s(60)
    safety = lab.suspend("E-1", reason=Reason.SAFETY).hold_id
    lab.run_s(60)
    assert relay.mode == STATES["disconnected"]
    lab.restore(safety)
    lab.run_s(60)
    assert (lab.hold(safety).status, relay.mode) == (HoldStatus.CLOSED, STATES["disconnected"])
    (item,) = lab.waiting(restricted)
    assert (item.code, Decision.RESTORE in item.decisions) == (Because.VERIFY_MISMATCH, True)
    lab.decide(restricted, Decision.RESTORE)
    lab.run_s(60)
    assert (lab.hold(restricted).status, relay.mode) == (HoldStatus.RESTORED, STATES["connected"])


def test_a_hold_is_known_as_well_as_its_weakest_leg() -> None:
    """A leg that is seen to be on adds nothing to a suspension, however well that is known."""
    at_home = home()
    hold_id = at_home.suspend().hold_id
    assert at_home.gateway.hold(hold_id).proof is Proof.NONE
    at_home.gateway.settle()
    assert at_home.gateway.hold(hold_id).proof is Proof.LOAD_PROVEN
    welded = home()
    welded.power.welded = True
    hold_id = welded.suspend().hold_id
    welded.gateway.settle()
    hold = welded.gateway.hold(hold_id)
    assert (hold.status, hold.leg("W-1").proof, hold.proof) == (HoldStatus.SUSPENDED, Proof.LOAD_PROVEN, Proof.NONE)
