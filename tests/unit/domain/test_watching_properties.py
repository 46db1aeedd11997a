"""Whatever a look at a held meter shows: nothing is switched or said twice, and no proof comes from nothing."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from meterhold.domain.commands import WatchMeter
from meterhold.domain.decide.watching import watch
from meterhold.domain.draft import Draft, World
from meterhold.domain.events import AlarmRaised, AttentionRaised, LegWatched, MeterWatched
from meterhold.domain.hold import Hold, Leg, Window
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.meter import Installation, Meter
from meterhold.domain.observation import IdentitySeen, Observation, RegisterReading
from meterhold.domain.watch import DEFAULT_WATCH
from meterhold.domain.watching import compare, grade_of
from meterhold.domain.words import (
    Because,
    Identity,
    Mode,
    Moment,
    Outcome,
    Proof,
    Quality,
    Quantity,
    Service,
    SupplyState,
)
from tests.fakes.suspended_hold import HOLD, NOON, register

OFF, ON = SupplyState.DISCONNECTED, SupplyState.CONNECTED
LATER = NOON + timedelta(days=3)
PLACE = Installation("E-1", "SP-1", Service.ELECTRICITY, "model", "line", "1", serial="4711")
QUIET = Observation(
    LATER,
    state=OFF,
    load=False,
    supply_healthy=True,
    identity=IdentitySeen(Identity.SERIAL, "4711"),
    registers=(RegisterReading(Quantity.ENERGY_IMPORT_KWH, Decimal("1234.57"), Quality.ACTUAL, LATER),),
    source="relay(driver)",
)
SAID = (MeterWatched, LegWatched, AlarmRaised, AttentionRaised)

states = st.sampled_from(SupplyState)
maybe = st.sampled_from([None, True, False])


@st.composite
def looks(draw: st.DrawFn, at: datetime = LATER) -> Observation:
    """Anything that a look may show of the right meter, or of another one."""
    value = draw(st.sampled_from(["1234.57", "1234.60", "1240.00", "1200.00"]))
    reading = RegisterReading(Quantity.ENERGY_IMPORT_KWH, Decimal(value), draw(st.sampled_from(Quality)), at)
    return Observation(
        at,
        state=draw(states),
        echo_state=draw(states),
        load=draw(maybe),
        load_side_voltage=draw(maybe),
        supply_healthy=draw(maybe),
        identity=IdentitySeen(draw(st.sampled_from(Identity)), draw(st.sampled_from(["4711", "4712", None]))),
        registers=(reading,),
        source="points",
    )


@st.composite
def legs(draw: st.DrawFn) -> Leg:
    """A leg as its suspension may have left it."""
    outcome = draw(st.sampled_from([None, *Outcome]))
    off = outcome is Outcome.VERIFIED
    actual = draw(st.sampled_from([OFF, SupplyState.ARMED])) if off else draw(states)
    proof = draw(st.sampled_from([Proof.STATE_READ, Proof.LOAD_PROVEN])) if off else draw(st.sampled_from(Proof))
    return Leg(
        "E-1",
        Service.ELECTRICITY,
        draw(st.sampled_from([Mode.PHYSICAL, Mode.PHYSICAL, Mode.MONITOR_ONLY])),
        actual=actual,
        proof=proof,
        outcome=outcome,
        written=draw(st.booleans()),
        accepted=draw(st.booleans()),
        suspended_at=Window(NOON, NOON) if off else None,
        registers=(register(Moment.AFTER_SUSPEND, "1234.57", NOON),),
    )


def world_with(leg: Leg) -> World:
    """A meter with one hold."""
    status = HoldStatus.MONITORING if leg.mode is Mode.MONITOR_ONLY else HoldStatus.SUSPENDED
    hold: Hold = replace(HOLD, status=status, legs=(leg,), attention=(), ended_at=None, chargeable_from=None)
    return World(holds={"H-1": hold}, meters={"E-1": Meter(PLACE, open_holds=("H-1",))})


def after(world: World, look: Observation | None, at: datetime = LATER) -> Draft:
    """What a look leaves."""
    window_s = 7 * 86_400.0
    command = WatchMeter(at, "E-1", ("H-1",), look, Identity.SERIAL, DEFAULT_WATCH, 3600, proof_window_s=window_s)
    draft = Draft(world)
    watch(draft, command)
    return draft


@given(leg=legs(), look=st.one_of(st.none(), looks()))
def test_a_look_only_says_and_never_switches(leg: Leg, look: Observation | None) -> None:
    """No operation is queued, no order answered, no status moved."""
    draft = after(world_with(leg), look)
    assert all(isinstance(event, SAID) for event in draft.events)
    for hold in draft.holds.values():
        assert hold.status in {HoldStatus.SUSPENDED, HoldStatus.MONITORING}
        assert hold.legs[0].operation is None


@given(leg=legs(), look=looks())
def test_what_was_said_is_not_said_again(leg: Leg, look: Observation) -> None:
    """The same look once more leaves nothing at all, acknowledged or not."""
    world = world_with(leg)
    world.take_over(after(world, look))
    world.meters["E-1"] = replace(world.meters["E-1"], alarms=())
    again = after(world, replace(look, at=look.at + timedelta(seconds=1)), LATER + timedelta(seconds=1))
    assert [event for event in again.events if isinstance(event, AlarmRaised)] == []
    once_more = World(holds=world.holds | again.holds, meters=world.meters | again.meters)
    third = after(once_more, replace(look, at=look.at + timedelta(seconds=2)), LATER + timedelta(seconds=2))
    assert third.events == []


def test_armed_is_no_supply_and_no_place_to_stay() -> None:
    """The contacts are apart, and the customer's button brings supply back: said once, and shown until it is gone."""
    verified = Leg(
        "E-1", Service.ELECTRICITY, Mode.PHYSICAL, actual=OFF, proof=Proof.STATE_READ, outcome=Outcome.VERIFIED
    )
    world = world_with(verified)
    for state, told in ((SupplyState.ARMED, [Because.STATE_DRIFT]), (SupplyState.ARMED, []), (OFF, [])):
        draft = after(world, replace(QUIET, state=state))
        assert [event.alarm.code for event in draft.events if isinstance(event, AlarmRaised)] == told
        assert draft.hold("H-1").legs[0].actual is state
        world.take_over(draft)
    (leg,) = world.holds["H-1"].legs
    assert leg.outcome is Outcome.VERIFIED


@given(leg=legs())
def test_a_quiet_meter_where_it_should_be_has_no_alarm(leg: Leg) -> None:
    """Off, no load, the register where it was."""
    if leg.mode is Mode.PHYSICAL:
        assert compare(leg, Meter(PLACE), QUIET, DEFAULT_WATCH) == ()


@given(leg=legs(), look=looks())
def test_supply_is_back_only_where_something_shows_it(leg: Leg, look: Observation) -> None:
    """A position, an echo, a load or a voltage behind the switch; and then it is said, if it was known to be off."""
    found = {finding.code for finding in compare(leg, Meter(PLACE), look, DEFAULT_WATCH)}
    shown = ON in {look.state, look.echo_state} or look.load is True or look.load_side_voltage is True
    if Because.SUPPLY_BACK in found:
        assert shown
    if leg.mode is Mode.PHYSICAL and leg.outcome is Outcome.VERIFIED and look.state is ON:
        assert Because.SUPPLY_BACK in found


@given(leg=legs(), look=looks())
def test_a_leg_becomes_no_better_than_its_suspension_and_this_look_make_it(leg: Leg, look: Observation) -> None:
    """Off is believed only of a verified leg whose own position says so, and load is proven off by no single echo."""
    draft = after(world_with(leg), look)
    now = draft.hold("H-1").legs[0]
    if leg.mode is not Mode.PHYSICAL:
        return
    if now.off and not leg.off:
        assert leg.outcome in {Outcome.VERIFIED, Outcome.REVERTED}
        assert grade_of(leg, look).confirms
    if now.off and now.proof.rank > leg.proof.rank and leg.off:
        assert leg.outcome is Outcome.VERIFIED
        assert look.load_side_voltage is False
    if leg.off and not now.off:
        assert now.outcome in {Outcome.REVERTED, leg.outcome}


@given(look=looks())
def test_of_another_meter_nothing_is_believed(look: Observation) -> None:
    """Who does not give the name that is meant changes neither leg nor register."""
    stranger = replace(look, identity=IdentitySeen(Identity.SERIAL, "4712"))
    leg = Leg("E-1", Service.ELECTRICITY, Mode.PHYSICAL, actual=OFF, proof=Proof.STATE_READ, outcome=Outcome.VERIFIED)
    draft = after(world_with(leg), stranger)
    assert draft.holds == {}
    meter = draft.meter("E-1")
    assert (meter.last_register, meter.actual.at) == (None, None)
    (raised,) = [event for event in draft.events if isinstance(event, AlarmRaised)]
    assert raised.alarm.code is Because.METER_REPLACED
