"""A restore under an open safety hold: it waits, says for whom, makes room, and goes on afterwards."""

import pytest

from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import Because, OrderResult, Reason
from tests.fakes.metering import OnWrite
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
