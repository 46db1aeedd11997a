"""Valves side by side, a valve with a watchdog, and a relay that trips."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhold_simulators.physics import Cause, Manifold, Relay, Supply, Valve


def two(demand_m3_h: float = 0.5) -> Manifold:
    """Two valves that travel for ten seconds."""
    return Manifold((Valve(demand_m3_h=demand_m3_h, travel_s=10), Valve(demand_m3_h=demand_m3_h, travel_s=10)))


def flow_m3_h(manifold: Manifold) -> float:
    """What flows through all."""
    return sum(valve.flow_m3_h for valve in manifold.valves)


def test_one_command_moves_all() -> None:
    """Both travel, and supply is off when both are shut."""
    manifold = two()
    manifold.command(0, connected=False)
    manifold.advance(5)
    assert (manifold.supply, manifold.next_change()) == (Supply.MOVING, 10)
    manifold.advance(10)
    assert (manifold.supply, flow_m3_h(manifold), manifold.next_change()) == (Supply.DISCONNECTED, 0, None)


def test_what_is_held_shut_is_shut_and_stays() -> None:
    """The device shuts one, a command for both moves the other, and once let go it follows commands again."""
    manifold = two()
    manifold.hold_shut(0, frozenset({1}))
    manifold.advance(10)
    manifold.command(10, connected=True)
    manifold.advance(20)
    assert [valve.position for valve in manifold.valves] == [1, 0]
    assert manifold.supply is Supply.CONNECTED
    manifold.hold_shut(20, frozenset())
    manifold.command(20, connected=True)
    manifold.advance(30)
    assert flow_m3_h(manifold) == pytest.approx(1.0)


def test_a_hand_turns_all() -> None:
    """Each valve is reversed on the spot."""
    manifold = two()
    manifold.press_button(0)
    manifold.advance(10)
    assert manifold.supply is Supply.DISCONNECTED


@given(
    moves=st.lists(
        st.tuples(st.floats(0, 30), st.booleans(), st.sets(st.integers(0, 1)).map(frozenset)), min_size=1, max_size=8
    )
)
def test_off_means_that_nothing_flows(moves: list[tuple[float, bool, frozenset[int]]]) -> None:
    """Whatever is commanded and held, supply reads disconnected only while every valve is shut."""
    manifold, now = two(), 0.0
    for wait_s, connected, held in moves:
        now += wait_s
        manifold.advance(now)
        manifold.hold_shut(now, held)
        manifold.command(now, connected=connected)
        assert manifold.supply is not Supply.DISCONNECTED or flow_m3_h(manifold) == 0


def test_a_watchdog_moves_a_valve_unless_it_is_put_off() -> None:
    """Put off twice, it acts once, from the last time on; a command ends it."""
    valve = Valve(travel_s=0)
    valve.postpone(10, connected=False)
    valve.postpone(20, connected=False)
    valve.advance(15)
    assert valve.position == 1
    valve.advance(20)
    assert (valve.position, valve.last_cause) == (0, Cause.TIMER)
    valve.postpone(40, connected=True)
    valve.command(30, connected=False)
    valve.advance(50)
    assert valve.position == 0


def test_a_valve_knows_where_it_was_sent_before_it_is_there() -> None:
    """The command is known at once, even while the motor has not started."""
    valve = Valve(travel_s=10, actuation_s=5)
    valve.command(0, connected=False)
    assert (valve.commanded_connected, valve.position) == (False, 1)


def test_a_trip_drops_the_relay_and_forgets_what_was_commanded() -> None:
    """Energy stops counting at once, and a command that had not been carried out is never carried out."""
    relay = Relay(load_w=3600, actuation_s=10)
    relay.command(0, connected=True)
    relay.trip(5)
    relay.advance(100)
    assert (relay.supply, relay.last_cause) == (Supply.DISCONNECTED, Cause.TRIP)
    assert relay.energy_kwh == pytest.approx(3600 * 5 / 3_600_000)


def test_a_relay_knows_where_it_was_sent_before_it_is_there() -> None:
    """What an output shows, and whether an order has still to be taken."""
    relay = Relay(actuation_s=10)
    relay.command(0, connected=False)
    assert (relay.commanded_connected, relay.command_pending, relay.armature_connected) == (False, True, True)
    relay.advance(10)
    assert (relay.commanded_connected, relay.command_pending, relay.armature_connected) == (False, False, False)
