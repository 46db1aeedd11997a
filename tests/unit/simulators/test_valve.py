"""What a motor valve and the water behind it physically do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhold_simulators.physics import Cause, Supply, Valve

HOUR_S = 3600.0


def test_litres_count_what_flows() -> None:
    """0.6 m3/h for half an hour are 0.3 m3."""
    valve = Valve(demand_m3_h=0.6, volume_m3=100)
    valve.advance(HOUR_S / 2)
    assert valve.volume_m3 == pytest.approx(100.3)


def test_the_valve_travels_and_the_flow_falls_with_it() -> None:
    """Half way through the travel half the flow is left; at its end none, and half the travel's water has passed."""
    valve = Valve(demand_m3_h=3.6, travel_s=10)
    valve.command(0, connected=False)
    valve.advance(5)
    assert valve.supply is Supply.MOVING
    assert (valve.position, valve.flow_m3_h) == pytest.approx((0.5, 1.8))
    assert valve.next_change() == 10
    valve.advance(60)
    assert (valve.supply, valve.position, valve.flow_m3_h) == (Supply.DISCONNECTED, 0, 0)
    assert valve.volume_m3 == pytest.approx(0.005)


def test_the_indicator_says_where_the_valve_came_from_until_it_rests() -> None:
    """A limit switch knows nothing of a journey under way."""
    valve = Valve(travel_s=10)
    valve.command(0, connected=False)
    valve.advance(9)
    assert valve.indicator_connected
    valve.advance(10)
    assert not valve.indicator_connected


def test_a_jammed_valve_stops_there_and_its_motor_runs_on() -> None:
    """At 43 % the valve stands, water flows, and only when the motor stops the jam is known."""
    valve = Valve(demand_m3_h=1, travel_s=10, jam_at=0.43)
    valve.command(0, connected=False)
    valve.advance(8)
    assert (valve.position, valve.motor_running, valve.jammed) == (0.43, True, False)
    valve.advance(10)
    assert (valve.position, valve.jammed, valve.supply) == (0.43, True, Supply.CONNECTED)
    assert valve.flow_m3_h == pytest.approx(0.43)


def test_a_leaking_seat_passes_water_when_shut_but_never_more_than_is_drawn() -> None:
    """Shut by its switch, 0.02 m3/h still flow, unless nobody draws; the premises count as connected."""
    valve = Valve(demand_m3_h=0.4, travel_s=1, leak_m3_h=0.02)
    valve.command(0, connected=False)
    valve.advance(1)
    assert (valve.position, valve.indicator_connected, valve.supply) == (0, False, Supply.CONNECTED)
    assert valve.flow_m3_h == pytest.approx(0.02)
    valve.demand_m3_h = 0
    assert valve.flow_m3_h == 0


def test_an_empty_pipe_has_no_flow_whatever_the_valve_does() -> None:
    """No flow proves nothing where no water stands."""
    valve = Valve(demand_m3_h=1, pipe_empty=True)
    valve.advance(HOUR_S)
    assert (valve.flow_m3_h, valve.volume_m3, valve.supply) == (0, 0, Supply.CONNECTED)


def test_a_valve_reversed_on_its_way_comes_back_the_way_it_went() -> None:
    """Reversed at 60 %, it needs 40 % of the travel time back."""
    valve = Valve(travel_s=10)
    valve.command(0, connected=False)
    valve.command(4, connected=True)
    assert valve.next_change() == pytest.approx(8)
    valve.advance(9)
    assert (valve.position, valve.supply) == (1, Supply.CONNECTED)


def test_a_delayed_valve_waits_before_it_travels() -> None:
    """The motor starts late, and the supply is moving from the command on."""
    valve = Valve(travel_s=10, actuation_s=20)
    valve.command(0, connected=False)
    valve.advance(19)
    assert (valve.position, valve.supply) == (1, Supply.MOVING)
    valve.advance(30)
    assert valve.supply is Supply.DISCONNECTED


def test_a_device_timer_reverses_the_valve_after_arrival() -> None:
    """Five seconds after it is shut it frees the way again."""
    valve = Valve(travel_s=10)
    valve.command(0, connected=False, flip_back_after_s=5)
    valve.advance(14)
    assert valve.supply is Supply.DISCONNECTED
    valve.advance(25)
    assert (valve.supply, valve.last_cause) == (Supply.CONNECTED, Cause.TIMER)


def test_the_button_reverses_on_the_spot() -> None:
    """A person at the device needs no command."""
    valve = Valve(travel_s=0)
    valve.press_button(1)
    assert (valve.supply, valve.last_cause) == (Supply.DISCONNECTED, Cause.BUTTON)


def test_a_valve_without_travel_time_is_there_at_once() -> None:
    """Benchmarks and quick tests need no journey."""
    valve = Valve(travel_s=0)
    valve.command(0, connected=False)
    assert valve.supply is Supply.DISCONNECTED


steps = st.lists(
    st.tuples(
        st.floats(0, 100),
        st.sampled_from(["connect", "disconnect", "button", "jam", "mend", "leak", "tight", "empty", "full"]),
        st.floats(0, 1),
    ),
    max_size=30,
)


@given(steps, st.floats(0, 5), st.sampled_from([0, 0.5, 8]), st.floats(0, 10))
def test_volume_never_decreases_and_rests_while_disconnected(
    history: list[tuple[float, str, float]], demand_m3_h: float, travel_s: float, actuation_s: float
) -> None:
    """Whatever happens: position stays in range, litres only grow, and none flows through a shut and tight valve."""
    valve = Valve(demand_m3_h=demand_m3_h, travel_s=travel_s, actuation_s=actuation_s)
    now = 0.0
    for wait_s, act, where in history:
        before, idle = valve.volume_m3, valve.supply is Supply.DISCONNECTED and valve.next_change() is None
        now += wait_s
        valve.advance(now)
        assert valve.volume_m3 >= before
        assert 0 <= valve.position <= 1
        assert 0 <= valve.flow_m3_h <= demand_m3_h
        if idle:
            assert (valve.volume_m3, valve.flow_m3_h) == (before, 0)
        match act:
            case "connect" | "disconnect":
                valve.command(now, connected=act == "connect", flip_back_after_s=where or None)
            case "button":
                valve.press_button(now)
            case "jam" | "mend":
                valve.jam_at = where if act == "jam" else None
            case "leak" | "tight":
                valve.leak_m3_h = where if act == "leak" else 0.0
            case _:
                valve.pipe_empty = act == "empty"


@given(st.lists(st.floats(0.01, 5), max_size=20))
def test_how_often_one_looks_changes_nothing(waits: list[float]) -> None:
    """The same history in many steps and in one gives the same litres and position."""
    watched = Valve(demand_m3_h=1, travel_s=7, leak_m3_h=0.02)
    left_alone = Valve(demand_m3_h=1, travel_s=7, leak_m3_h=0.02)
    for valve in (watched, left_alone):
        valve.command(0, connected=False, flip_back_after_s=3)
    for moment in (sum(waits[:n]) for n in range(len(waits) + 1)):
        watched.advance(moment)
    left_alone.advance(sum(waits))
    assert watched.volume_m3 == pytest.approx(left_alone.volume_m3)
    assert watched.position == pytest.approx(left_alone.position)
