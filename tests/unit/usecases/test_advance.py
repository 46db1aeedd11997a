"""An operation at real profiles and fake meters: one write each way, and a look first after everything that fails."""

import pytest

from meterhold.domain.errors import StoreUnavailable
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.operation_table import OperationState, Trigger
from meterhold.domain.words import (
    Because,
    Decision,
    Moment,
    OrderResult,
    Outcome,
    Proof,
    Quantity,
    Reason,
)
from meterhold.usecases.advance import advance
from tests.fakes.gateway import Gateway
from tests.fakes.metering import DDS238, PROFILES, SHELLY, SWV, XINTAI, OnWrite, place
from tests.fakes.world import run
from tests.unit.usecases.courses import OFF, ON, begun, last, moves, one


@pytest.mark.parametrize("connect", [False, True])
@pytest.mark.parametrize("profile", PROFILES)
def test_the_plain_course_is_one_look_one_intent_one_write_and_looks(profile: str, connect: bool) -> None:
    """For every built-in model and both directions, and what is verified is true."""
    gateway, meter, hold_id = begun(profile, connect=connect)
    gateway.settle()
    leg = gateway.leg(hold_id)
    assert (leg.outcome, leg.proof, leg.actual) == (Outcome.VERIFIED, Proof.LOAD_PROVEN, ON if connect else OFF)
    assert meter.supplied is connect
    assert [direction for _, direction in meter.writes] == [connect]
    steps = last(gateway, hold_id)
    assert steps[:3] == [Trigger.LOOKED, Trigger.INTEND, Trigger.WRITE_SENT if profile == SWV else Trigger.ACKNOWLEDGED]
    assert set(steps[3:-1]) == {Trigger.LOOKED}
    assert steps[-1] is Trigger.END
    assert gateway.hold(hold_id).status is (HoldStatus.RESTORED if connect else HoldStatus.SUSPENDED)


@pytest.mark.parametrize("profile", [DDS238, SHELLY, XINTAI])
def test_both_ends_have_their_registers(profile: str) -> None:
    """Before and after each switching, with the unit in the name, in the order of time and never falling."""
    gateway, _, hold_id = begun(profile, connect=True)
    gateway.settle()
    registers = gateway.leg(hold_id).registers
    assert {register.moment for register in registers} == set(Moment)
    for name in {register.name for register in registers}:
        at = {register.moment: register.value for register in registers if register.name is name}
        values = [at[moment] for moment in Moment]
        assert values == sorted(values)
    assert {register.unit for register in registers} <= {"kWh", "m3"}


def test_the_window_of_a_switching_is_from_the_intent_to_the_proof() -> None:
    """Supply went away somewhere in between, and nobody claims to know more."""
    gateway, meter, hold_id = begun(XINTAI)
    gateway.settle()
    window = gateway.leg(hold_id).suspended_at
    assert window is not None
    assert window.not_before <= meter.writes[0][0] < window.not_after


# every failure leads to a look first

FAILURES = [
    OnWrite.LOSE_REPLY,
    OnWrite.LOSE_WRITE,
    OnWrite.NEVER_SENT,
    OnWrite.LATE,
    OnWrite.LATE_UNHEARD,
    OnWrite.IGNORE,
]


@pytest.mark.parametrize("fault", FAILURES)
@pytest.mark.parametrize("connect", [False, True])
@pytest.mark.parametrize("profile", PROFILES)
def test_whatever_happens_to_a_write_the_next_thing_is_a_look(profile: str, connect: bool, fault: OnWrite) -> None:
    """And in the end it is done, with a second write only where the first one had no effect."""
    gateway, meter, hold_id = begun(profile, connect=connect)
    meter.next_write = fault
    gateway.settle()
    if (profile, connect, fault) == (SWV, True, OnWrite.LOSE_WRITE):
        # What the bridge repeats is older than the write: nobody can know, and a person has it tried again.
        assert gateway.leg(hold_id).outcome is Outcome.UNVERIFIED
        gateway.decide(hold_id, Decision.RETRY)
        gateway.settle()
    steps = last(gateway, hold_id)
    for n, step in enumerate(steps):
        if step is Trigger.INTEND:
            assert steps[n - 1] in {Trigger.LOOKED, Trigger.PUT_OFF}
    leg = gateway.leg(hold_id)
    assert (leg.outcome, meter.supplied) == (Outcome.VERIFIED, connect)
    needed = {OnWrite.IGNORE: 2}.get(fault, 1)
    assert len(meter.writes) == needed
    happened = moves(gateway, hold_id)
    again = fault in {OnWrite.IGNORE, OnWrite.LOSE_WRITE, OnWrite.NEVER_SENT}
    assert happened.count(Trigger.INTEND) == (2 if again else 1) + (1 if connect else 0)


@pytest.mark.parametrize("connect", [False, True])
@pytest.mark.parametrize("profile", [DDS238, SHELLY, XINTAI])
def test_a_device_that_refuses_is_looked_at_and_believed(profile: str, connect: bool) -> None:
    """One write, no repetition, a person is asked, and supply is where it was."""
    gateway, meter, hold_id = begun(profile, connect=connect)
    meter.next_write = OnWrite.REFUSE
    gateway.settle()
    leg = gateway.leg(hold_id)
    assert leg.outcome is Outcome.REFUSED_BY_DEVICE
    assert (len(meter.writes), meter.supplied) == (1, not connect)
    assert [item.meter_id for item in gateway.waiting(hold_id)] == ["M-1"]


@pytest.mark.parametrize("connect", [False, True])
@pytest.mark.parametrize("profile", PROFILES)
def test_a_meter_that_falls_silent_after_the_write_is_resolved_when_it_speaks_again(
    profile: str, connect: bool
) -> None:
    """In doubt all the while, without a second write; then one look tells."""
    gateway, meter, hold_id = begun(profile, connect=connect)
    while not meter.writes:
        gateway.once()
        gateway.run_s(0.5)
    meter.silent = True
    gateway.run_s(600)
    operation = gateway.leg(hold_id).operation
    assert operation is not None
    assert operation.state in {OperationState.IN_DOUBT, OperationState.OBSERVING}
    meter.silent = False
    gateway.settle()
    assert gateway.leg(hold_id).outcome is Outcome.VERIFIED
    assert len(meter.writes) == 1


@pytest.mark.parametrize("profile", PROFILES)
def test_a_suspension_that_nobody_can_see_is_handed_to_a_person(profile: str) -> None:
    """Unresolved, never verified, never written again; and a restore acts on it."""
    gateway, meter, hold_id = begun(profile)
    gateway.links.referee = lambda struck, _connect: setattr(struck, "silent", True)
    gateway.run_s(3600)
    leg = gateway.leg(hold_id)
    assert (leg.outcome, leg.because, leg.written) == (Outcome.UNRESOLVED, Because.OUTCOME_UNKNOWN, True)
    assert gateway.suspend_record(hold_id).result is OrderResult.OPEN
    assert [item.code for item in gateway.waiting(hold_id)] == [Because.OUTCOME_UNKNOWN]
    moments = {register.moment for register in leg.registers}
    assert moments <= {Moment.BEFORE_SUSPEND}, "nobody has looked since: there is no reading of after"
    gateway.links.referee = lambda _meter, _connect: None
    meter.silent = False
    gateway.restore(hold_id)
    gateway.settle()
    assert meter.supplied


@pytest.mark.parametrize("profile", PROFILES)
def test_a_dead_link_is_tried_at_growing_intervals(profile: str) -> None:
    """A suspension gives up after a quarter of an hour, having sent nothing."""
    gateway, meter, hold_id = begun(profile)
    gateway.links.down.add(meter.place.link)
    gateway.run_s(1300)
    assert gateway.leg(hold_id).outcome is Outcome.UNREACHABLE
    assert moves(gateway, hold_id).count(Trigger.LOOK_FAILED) < 15
    assert meter.writes == []


@pytest.mark.parametrize("profile", [DDS238, SHELLY, XINTAI])
def test_a_welded_contact_is_never_verified(profile: str) -> None:
    """The device shows off and the house still draws."""
    gateway, meter, hold_id = begun(profile)
    meter.welded = True
    gateway.settle()
    leg = gateway.leg(hold_id)
    expected = Because.LEAKING if profile == XINTAI else Because.WELDED
    assert (leg.outcome, leg.because, leg.actual) == (Outcome.CONTRADICTED, expected, ON)
    assert len(meter.writes) == 1


@pytest.mark.parametrize(
    ("profile", "outcome"),
    [(DDS238, Outcome.UNVERIFIED), (SWV, Outcome.UNVERIFIED), (SHELLY, Outcome.VERIFIED), (XINTAI, Outcome.VERIFIED)],
)
def test_an_empty_house_is_proven_only_by_a_point_that_is_no_echo(profile: str, outcome: Outcome) -> None:
    """Where the relay register may repeat the command, off is not proven by a house that draws nothing."""
    gateway, meter = one(profile)
    meter.draws = False
    gateway.run_s(3600)
    hold_id = gateway.suspend("M-1").hold_id
    gateway.settle()
    leg = gateway.leg(hold_id)
    assert leg.outcome is outcome
    assert leg.proof.rank < Proof.LOAD_PROVEN.rank


def test_a_house_that_went_quiet_before_the_write_is_not_proven_by_its_quiet() -> None:
    """Seen drawing hours ago, put off, and empty since: the echo and the missing load prove nothing."""
    gateway, meter, hold_id = begun(DDS238)
    gateway.inhibit(on=True)
    gateway.run_s(600)
    meter.draws = False
    meter.welded = True
    gateway.run_s(600)
    gateway.inhibit(on=False)
    gateway.settle()
    leg = gateway.leg(hold_id)
    assert len(meter.writes) == 1
    assert (leg.outcome, meter.supplied) == (Outcome.UNVERIFIED, True)


def test_a_house_that_went_quiet_before_the_second_write_is_not_proven_by_its_quiet() -> None:
    """The first write had no effect, then the house went quiet; the second write's echo proves nothing either."""
    gateway, meter, hold_id = begun(DDS238)
    meter.next_write = OnWrite.LOSE_WRITE
    while Trigger.INTEND not in moves(gateway, hold_id):
        gateway.once()
    assert meter.writes == []
    meter.draws = False
    meter.welded = True
    gateway.settle()
    assert len(meter.writes) == 1
    assert (gateway.leg(hold_id).outcome, meter.supplied) == (Outcome.UNVERIFIED, True)


def test_an_outage_of_the_street_proves_no_disconnection() -> None:
    """The load vanished with the supply: what the echo says is all there is."""
    gateway, meter, hold_id = begun(DDS238)
    meter.welded = True
    gateway.links.referee = lambda struck, _connect: setattr(struck, "mains", False)
    gateway.settle()
    assert gateway.leg(hold_id).outcome is Outcome.UNVERIFIED


# identity


def test_an_intent_that_took_too_long_to_record_is_not_used() -> None:
    """Good for two seconds: after that what was seen before it is too old. Nothing leaves, and it is looked again."""
    gateway, meter, hold_id = begun(SHELLY)
    gateway.fuse.slow = {"before RecordIntent": 2.1}
    gateway.settle()
    assert moves(gateway, hold_id)[:4] == [Trigger.LOOKED, Trigger.INTEND, Trigger.WRITE_NEVER_SENT, Trigger.LOOKED]
    assert gateway.leg(hold_id).outcome is Outcome.VERIFIED
    assert len(meter.writes) == 1


def test_nothing_is_switched_when_the_store_cannot_write() -> None:
    """No intent, no write; once it can, the work goes on."""
    gateway, meter, hold_id = begun(SHELLY)
    gateway.journal.full = True
    with pytest.raises(StoreUnavailable):
        gateway.once()
    assert meter.writes == []
    gateway.journal.full = False
    gateway.settle()
    assert (gateway.leg(hold_id).outcome, len(meter.writes)) == (Outcome.VERIFIED, 1)


def test_a_restore_that_came_while_the_meter_was_read_wins() -> None:
    """The order was taken in during the look: the permission is refused, and nothing is written."""
    gateway, meter, hold_id = begun(XINTAI)
    hold, row = gateway.hold(hold_id), gateway.meter("M-1")
    gateway.restore(hold_id)
    run(advance(gateway.ports, hold, row))
    gateway.settle()
    assert gateway.hold(hold_id).status is HoldStatus.CANCELLED
    assert meter.writes == []


def test_a_locked_meter_is_not_written_and_goes_on_when_it_is_unlocked() -> None:
    """In both directions."""
    for connect in (False, True):
        gateway, meter, hold_id = begun(SHELLY, connect=connect)
        gateway.lock("M-1")
        gateway.run_s(3600)
        assert meter.writes == []
        gateway.unlock("M-1")
        gateway.run_s(60)
        assert (gateway.leg(hold_id).outcome, meter.supplied) == (Outcome.VERIFIED, connect)


def test_a_battery_valve_that_hears_nothing_may_still_have_spoken() -> None:
    """It answers no question after the write; its own report, from after the write, proves the state."""
    gateway, meter, hold_id = begun(SWV)
    gateway.links.referee = lambda struck, _connect: setattr(struck, "deaf", True)
    gateway.run_s(120)
    leg = gateway.leg(hold_id)
    assert (leg.outcome, meter.supplied, len(meter.writes)) == (Outcome.VERIFIED, False, 1)


@pytest.mark.parametrize("profile", [SHELLY, XINTAI])
def test_a_meter_that_another_hold_is_moving_is_not_looked_at(profile: str) -> None:
    """What it shows now may be that movement: the other write is resolved first, then this hold finds it off."""
    gateway, meter, hold_id = begun(profile)
    gateway.once()
    assert len(meter.writes) == 1
    over = gateway.suspend("M-1", reason=Reason.SAFETY)
    gateway.once()
    operation = gateway.leg(over.hold_id).operation
    assert operation is not None
    assert (operation.last_look, operation.because) == (None, Because.BUS_BUSY)
    gateway.settle()
    assert gateway.leg(hold_id).outcome is Outcome.VERIFIED
    assert (gateway.leg(over.hold_id).outcome, gateway.leg(over.hold_id).found_off) == (Outcome.VERIFIED, True)
    assert len(meter.writes) == 1


def test_no_turn_is_taken_for_what_has_ended() -> None:
    """A wake-up too many asks nothing and writes nothing."""
    gateway, _, hold_id = begun(SHELLY)
    gateway.settle()
    said, asked = len(gateway.journal.events), gateway.fuse.burnt
    run(advance(gateway.ports, gateway.hold(hold_id), gateway.meter("M-1")))
    assert (len(gateway.journal.events), gateway.fuse.burnt) == (said, asked)


def test_a_dead_meter_costs_its_neighbour_on_the_line_nothing() -> None:
    """Each backs off alone."""
    gateway = Gateway()
    dead, alive = gateway.install(place(DDS238, "M-1"), place(DDS238, "M-2"))
    dead.silent = True
    gateway.suspend("M-1")
    hold_id = gateway.suspend("M-2").hold_id
    gateway.run_s(10)
    assert gateway.leg(hold_id).outcome is Outcome.VERIFIED
    assert not alive.supplied


def test_registers_are_named_with_their_units() -> None:
    """What billing gets of the four models."""
    expected = {
        DDS238: {Quantity.ENERGY_TOTAL_KWH, Quantity.ENERGY_IMPORT_KWH, Quantity.ENERGY_EXPORT_KWH},
        SHELLY: {Quantity.ENERGY_IMPORT_KWH},
        XINTAI: {Quantity.VOLUME_M3, Quantity.VOLUME_REVERSE_M3},
        SWV: set(),
    }
    for profile, names in expected.items():
        gateway, _, hold_id = begun(profile)
        gateway.settle()
        assert {register.name for register in gateway.leg(hold_id).registers} == names
