"""What a technician states stands beside the proof, and changes nothing but what people know."""

from dataclasses import replace
from datetime import timedelta

import pytest

from meterhold.domain.commands import AcknowledgeAlarm
from meterhold.domain.decide.witnessing import contradicts
from meterhold.domain.errors import UnknownThing
from meterhold.domain.hold import Hold
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.meter import Actual, Intended, Meter
from meterhold.domain.witness import Witness
from meterhold.domain.words import Because, Decision, OrderResult, Outcome, Proof, Reason, SupplyState
from meterhold.usecases.reading import read_meter
from meterhold.usecases.witnessing import record_witness
from tests.fakes.gateway import Gateway
from tests.fakes.metering import DDS238, SHELLY, XINTAI, FakeMeter, place
from tests.fakes.world import START, run

ON, OFF = SupplyState.CONNECTED, SupplyState.DISCONNECTED


def one(profile: str = XINTAI) -> tuple[Gateway, FakeMeter]:
    """A gateway with one meter."""
    gateway = Gateway()
    (meter,) = gateway.install(place(profile, "M-1"))
    return gateway, meter


def state(gateway: Gateway, seen: SupplyState, words: str = "valve shut") -> None:
    """Make a statement."""
    run(record_witness(gateway.ports, "M-1", "ada", seen, words, seal="4711"))


def without_statements(hold: Hold) -> Hold:
    """A hold as if nobody had stated anything."""
    return replace(hold, legs=tuple(replace(leg, witnessed=()) for leg in hold.legs))


@pytest.mark.parametrize("stated", [ON, OFF])
def test_a_statement_changes_neither_state_nor_proof_nor_result(stated: SupplyState) -> None:
    """Whatever it says, of a hold that is proven and of one that is not."""
    for profile, outcome in ((XINTAI, Outcome.VERIFIED), (DDS238, Outcome.UNVERIFIED)):
        gateway, meter = one(profile)
        meter.draws = False
        hold_id = gateway.suspend("M-1").hold_id
        gateway.settle()
        assert gateway.leg(hold_id).outcome is outcome
        before, row, order = gateway.hold(hold_id), gateway.meter("M-1"), gateway.suspend_record(hold_id)
        state(gateway, stated)
        assert without_statements(gateway.hold(hold_id)) == before
        assert (gateway.meter("M-1").actual, gateway.suspend_record(hold_id)) == (row.actual, order)
        (kept,) = gateway.leg(hold_id).witnessed
        assert (kept.by, kept.state, kept.seal) == ("ada", stated, "4711")
        gateway.restart()


def test_a_statement_that_agrees_raises_nothing() -> None:
    """The usual case."""
    gateway, _ = one()
    gateway.suspend("M-1")
    gateway.settle()
    state(gateway, OFF)
    assert gateway.meter("M-1").alarms == ()


def test_a_statement_that_the_last_look_contradicts_is_shown_beside_it_and_alarms_once() -> None:
    """Nobody is believed: a person must go and look."""
    gateway, _ = one()
    hold_id = gateway.suspend("M-1").hold_id
    gateway.settle()
    for _ in range(2):
        state(gateway, ON, "water runs from the tap")
    (alarm,) = gateway.meter("M-1").alarms
    assert (alarm.code, alarm.hold_id) == (Because.WITNESS_CONTRADICTED, hold_id)
    assert (alarm.evidence["stated"], alarm.evidence["seen"]) == ("connected", "disconnected")
    assert gateway.leg(hold_id).actual is OFF


def test_a_later_look_that_contradicts_a_statement_alarms_too() -> None:
    """Here the statement came first: nobody had looked at the meter."""
    gateway, _ = one()
    state(gateway, OFF)
    assert gateway.meter("M-1").alarms == ()
    run(read_meter(gateway.ports, "M-1"))
    (alarm,) = gateway.meter("M-1").alarms
    assert (alarm.code, alarm.hold_id) == (Because.WITNESS_CONTRADICTED, None)


def test_the_gateway_s_own_looks_contradict_a_statement_too_and_an_acknowledged_alarm_does_not_come_again() -> None:
    """The look of an operation is as good as a live read, and the same thing seen again is no news."""
    gateway, _ = one()
    gateway.lock("M-1")
    hold_id = gateway.suspend("M-1").hold_id
    gateway.once()
    state(gateway, OFF)
    (alarm,) = gateway.meter("M-1").alarms
    assert (alarm.code, alarm.evidence["seen"]) == (Because.WITNESS_CONTRADICTED, "connected")
    known = AcknowledgeAlarm(gateway.clock.now(), alarm.alarm_id, "M-1", "desk", "somebody goes there")
    run(gateway.journal.submit(known))
    gateway.run_s(600)
    run(read_meter(gateway.ports, "M-1"))
    assert gateway.meter("M-1").alarms == ()
    assert gateway.leg(hold_id).because is Because.TECHNICIAN_LOCK


def test_a_statement_before_a_switching_of_ours_does_not_contradict_what_is_seen_after_it() -> None:
    """Both were true in their time."""
    gateway, _ = one()
    state(gateway, ON, "it is on")
    gateway.suspend("M-1")
    gateway.settle()
    run(read_meter(gateway.ports, "M-1"))
    assert gateway.meter("M-1").alarms == ()


def test_who_decides_on_an_unproven_leg_sees_what_was_stated() -> None:
    """And only that decision settles it; the statement alone does not."""
    gateway, meter = one(DDS238)
    meter.draws = False
    hold_id = gateway.suspend("M-1").hold_id
    gateway.settle()
    state(gateway, OFF)
    assert gateway.hold(hold_id).status is HoldStatus.SUSPENDING
    assert gateway.suspend_record(hold_id).result is OrderResult.OPEN
    proof = gateway.leg(hold_id).proof
    gateway.decide(hold_id, Decision.ACCEPT_AS_IS)
    assert gateway.leg(hold_id).accepted
    assert gateway.leg(hold_id).proof is proof


def test_a_statement_goes_to_every_hold_that_has_begun_and_else_to_the_meter() -> None:
    """A hold that is only planned is not told of it."""
    gateway, _ = one(SHELLY)
    planned = gateway.suspend("M-1", starts_at=gateway.clock.now() + timedelta(days=2)).hold_id
    state(gateway, ON)
    assert gateway.leg(planned).witnessed == ()
    stated = gateway.meter("M-1").witnessed
    assert stated is not None
    assert stated.state is ON
    begun = gateway.suspend("M-1", reason=Reason.SAFETY).hold_id
    gateway.settle()
    state(gateway, OFF)
    assert [one.state for one in gateway.leg(begun).witnessed] == [OFF]
    newest = gateway.meter("M-1").witnessed
    assert newest is not None
    assert newest.state is OFF


def test_a_meter_that_nobody_knows_cannot_be_witnessed() -> None:
    """It is said, and nothing is kept."""
    gateway, _ = one()
    with pytest.raises(UnknownThing):
        run(record_witness(gateway.ports, "M-404", "ada", ON, "it is on"))


@pytest.mark.parametrize(
    ("seen", "proof", "agrees"),
    [
        (SupplyState.DISCONNECTED, Proof.STATE_READ, True),
        (SupplyState.ARMED, Proof.STATE_READ, True),
        (SupplyState.RESTRICTED, Proof.STATE_READ, True),
        (SupplyState.CONNECTED, Proof.ACKNOWLEDGED, True),
        (SupplyState.UNKNOWN, Proof.STATE_READ, True),
        (SupplyState.MOVING, Proof.STATE_READ, True),
        (SupplyState.CONNECTED, Proof.STATE_READ, False),
        (SupplyState.CONNECTED, Proof.LOAD_PROVEN, False),
    ],
)
def test_only_a_reading_of_the_other_side_contradicts(seen: SupplyState, proof: Proof, agrees: bool) -> None:
    """An echo, a movement or an unknown state speaks against nobody."""
    gateway, _ = one()
    row: Meter = replace(
        gateway.meter("M-1"),
        witnessed=Witness("ada", START, OFF, "valve shut"),
        actual=Actual(seen, proof, "valve", START + timedelta(minutes=1)),
        intended=Intended(),
    )
    assert contradicts(row) is not agrees
