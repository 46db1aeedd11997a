"""What devices do late, by halves or not at all, and that the gateway neither gives up early nor fights."""

import pytest

from meterhold.domain.events import HoldMoved, OperationMoved, OrderFinished
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import Because, OrderResult, Outcome, SupplyState
from tests.fakes.gateway import Gateway, built_in
from tests.fakes.metering import SHELLY, XINTAI, FakeMeter, place
from tests.fakes.world import run

LATE_S = 20.5
SLOW = {name: profile.with_timing(travel_s=LATE_S + 15) for name, profile in built_in().items()}
"""The models, told that their devices may take long to act."""


def begun(profile: str, *, connect: bool) -> tuple[Gateway, FakeMeter, str]:
    """A switching about to begin at a model that may act late."""
    gateway = Gateway(profiles=SLOW)
    (meter,) = gateway.install(place(profile, "M-1"))
    hold_id = gateway.suspend("M-1").hold_id
    if connect:
        gateway.settle()
        meter.writes.clear()
        gateway.restore(hold_id)
    return gateway, meter, hold_id


@pytest.mark.parametrize("connect", [False, True])
@pytest.mark.parametrize("profile", [SHELLY, XINTAI])
def test_a_device_that_acts_late_never_fails_and_then_flips(profile: str, connect: bool) -> None:
    """Acknowledged at once, moved twenty seconds later: not decided until its time is over, and then true."""
    gateway, meter, hold_id = begun(profile, connect=connect)
    meter.acts_after_s = LATE_S
    gateway.run_s(LATE_S - 1)
    assert gateway.leg(hold_id).outcome is None
    assert meter.supplied is not connect
    gateway.run_s(60)
    assert (gateway.leg(hold_id).outcome, meter.supplied) == (Outcome.VERIFIED, connect)
    assert len(meter.writes) == 1
    happened = [event for _, _, event in run(gateway.journal.hold_events(hold_id))]
    outcomes = [e.move.outcome for e in happened if isinstance(e, OperationMoved) and e.move.outcome is not None]
    assert set(outcomes) == {Outcome.VERIFIED}
    assert {e.result for e in happened if isinstance(e, OrderFinished)} == {OrderResult.DONE}


def test_a_valve_that_stops_half_way_is_partial_and_not_driven_again() -> None:
    """Whether to try once more is a person's decision."""
    gateway, meter, hold_id = begun(XINTAI, connect=False)
    meter.jams = True
    gateway.run_s(3600)
    leg = gateway.leg(hold_id)
    assert (leg.outcome, leg.because, leg.actual) == (
        Outcome.PARTIAL,
        Because.INTERMEDIATE_POSITION,
        SupplyState.MOVING,
    )
    assert len(meter.writes) == 1
    (item,) = gateway.waiting(hold_id)
    assert "half way" in item.detail


@pytest.mark.parametrize("after_s", [1, 4, 7])
def test_a_valve_is_never_reversed_while_it_travels(after_s: int) -> None:
    """A restore that comes meanwhile waits until it is at rest, and then brings supply back."""
    gateway, meter, hold_id = begun(XINTAI, connect=False)
    gateway.run_s(after_s)
    assert len(meter.writes) == 1
    gateway.links.referee = lambda struck, _connect: _at_rest(struck)
    gateway.restore(hold_id)
    gateway.run_s(120)
    assert [connect for _, connect in meter.writes] == [False, True]
    assert gateway.hold(hold_id).status is HoldStatus.RESTORED
    assert meter.supplied


def _at_rest(meter: FakeMeter) -> None:
    assert not meter.moving, "reversed while it travels"


def test_a_breaker_that_tripped_is_not_written_to_and_says_so() -> None:
    """A restore waits for the person who looks why, and goes on by itself afterwards."""
    gateway, meter, hold_id = begun(SHELLY, connect=True)
    meter.tripped = True
    gateway.run_s(600)
    stops = {item.code for item in gateway.waiting(hold_id)}
    meter.tripped = False
    gateway.run_s(120)
    assert gateway.hold(hold_id).status is HoldStatus.RESTORED
    assert len(meter.writes) == 1
    moved = [event for _, _, event in run(gateway.journal.hold_events(hold_id)) if isinstance(event, HoldMoved)]
    assert len(moved) == 4
    assert stops <= {Because.TRIPPED}


def test_a_low_battery_blocks_a_valve_with_its_own_cause() -> None:
    """It would stop half way."""
    gateway, meter, hold_id = begun(XINTAI, connect=False)
    meter.battery_low = True
    gateway.run_s(60)
    leg = gateway.leg(hold_id)
    assert (leg.outcome, leg.because, meter.writes) == (Outcome.BLOCKED, Because.BATTERY_LOW, [])
    (item,) = gateway.waiting(hold_id)
    assert "battery is too low" in item.detail
