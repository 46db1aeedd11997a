"""What a relay and its load physically do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhold_simulators.physics import Cause, Relay, Supply

HOUR_S = 3600.0


def test_energy_counts_what_the_load_draws() -> None:
    """Two kilowatts for an hour and a half are three kilowatt-hours."""
    relay = Relay(load_w=2000, energy_kwh=10)
    relay.advance(1.5 * HOUR_S)
    assert relay.energy_kwh == pytest.approx(13)
    assert relay.current_a == pytest.approx(2000 / 230)


def test_nothing_flows_after_a_disconnect() -> None:
    """A disconnected relay carries no current, counts nothing and has no voltage behind it."""
    relay = Relay(load_w=2000)
    relay.command(0, connected=False)
    relay.advance(HOUR_S)
    assert (relay.supply, relay.power_w, relay.energy_kwh) == (Supply.DISCONNECTED, 0, 0)
    assert relay.load_side_v == 0


def test_the_armature_follows_after_its_actuation_time() -> None:
    """Until the armature has moved the supply is moving and the load still fed."""
    relay = Relay(load_w=1000, actuation_s=2)
    relay.command(0, connected=False)
    relay.advance(1.9)
    assert (relay.supply, relay.power_w, relay.next_change()) == (Supply.MOVING, 1000, 2)
    relay.advance(2)
    assert (relay.supply, relay.power_w, relay.next_change()) == (Supply.DISCONNECTED, 0, None)


@pytest.mark.parametrize(("leads", "shown"), [(True, False), (False, True)])
def test_an_indicator_that_leads_shows_the_command_before_anything_moved(leads: bool, shown: bool) -> None:
    """The echo trap: such an indicator says off while the contacts still carry."""
    relay = Relay(load_w=1000, actuation_s=2, indicator_leads=leads)
    relay.command(0, connected=False)
    assert relay.indicator_connected is shown
    assert relay.contacts_connected


def test_a_welded_contact_carries_on_while_the_armature_says_off() -> None:
    """Welded: the indicator is off, the current and the energy go on."""
    relay = Relay(load_w=1000, welded=True)
    relay.command(0, connected=False)
    relay.advance(HOUR_S)
    assert not relay.indicator_connected
    assert relay.supply is Supply.CONNECTED
    assert relay.energy_kwh == pytest.approx(1)


def test_the_load_may_fall_later_than_the_relay_tells() -> None:
    """The current outlasts the indicator by the time given, and is counted to the second."""
    relay = Relay(load_w=3600, load_falls_after_s=0.5, indicator_leads=True)
    relay.command(0, connected=False)
    relay.advance(0.4)
    assert (relay.indicator_connected, relay.power_w, relay.supply) == (False, 3600, Supply.MOVING)
    relay.advance(10)
    assert (relay.power_w, relay.supply) == (0, Supply.DISCONNECTED)
    assert relay.energy_kwh == pytest.approx(3600 * 0.5 / 3.6e6)


def test_a_tripped_breaker_leaves_no_supply_whatever_is_commanded() -> None:
    """A reconnect moves the armature and supplies nothing."""
    relay = Relay(load_w=1000, armature_connected=False, tripped=True)
    relay.command(0, connected=True)
    assert (relay.armature_connected, relay.supply, relay.power_w) == (True, Supply.DISCONNECTED, 0)


def test_backfeed_stands_behind_a_disconnected_relay() -> None:
    """What the premises feed back is seen on the load side only while disconnected."""
    relay = Relay(backfeed_v=215)
    assert relay.load_side_v == 230
    relay.command(0, connected=False)
    assert relay.load_side_v == 215


def test_a_device_timer_flips_the_relay_back() -> None:
    """A timer reverses the command, and the next command ends the timer."""
    relay = Relay(load_w=1000)
    relay.command(0, connected=False, flip_back_after_s=5)
    relay.advance(4.9)
    assert relay.supply is Supply.DISCONNECTED
    relay.advance(5)
    assert (relay.supply, relay.last_cause) == (Supply.CONNECTED, Cause.TIMER)
    relay.command(6, connected=False, flip_back_after_s=5)
    relay.command(7, connected=False)
    relay.advance(100)
    assert relay.supply is Supply.DISCONNECTED


def test_the_button_reverses_on_the_spot() -> None:
    """A person at the device needs no command."""
    relay = Relay(actuation_s=5)
    relay.press_button(1)
    assert (relay.supply, relay.last_cause) == (Supply.DISCONNECTED, Cause.BUTTON)


def test_without_voltage_nothing_is_drawn() -> None:
    """An outage stops the load and divides by nothing."""
    relay = Relay(load_w=1000, voltage_v=0)
    assert (relay.power_w, relay.current_a) == (0, 0)


steps = st.lists(
    st.tuples(
        st.floats(0, 500),
        st.sampled_from(["connect", "disconnect", "button", "wait", "weld", "mend", "trip", "reset"]),
        st.floats(0, 60),
    ),
    max_size=30,
)


@given(steps, st.floats(0, 10_000), st.floats(0, 10), st.floats(0, 10))
def test_energy_never_decreases_and_rests_while_disconnected(
    history: list[tuple[float, str, float]], load_w: float, actuation_s: float, tail_s: float
) -> None:
    """Whatever happens: energy only grows, and not at all over a step that began and stayed disconnected."""
    relay = Relay(load_w=load_w, actuation_s=actuation_s, load_falls_after_s=tail_s)
    now = 0.0
    for wait_s, act, flip_s in history:
        before, idle = relay.energy_kwh, relay.supply is Supply.DISCONNECTED and relay.next_change() is None
        now += wait_s
        relay.advance(now)
        assert relay.energy_kwh >= before
        if idle:
            assert (relay.energy_kwh, relay.power_w) == (before, 0)
        match act:
            case "connect" | "disconnect":
                relay.command(now, connected=act == "connect", flip_back_after_s=flip_s or None)
            case "button":
                relay.press_button(now)
            case "weld" | "mend":
                relay.welded = act == "weld"
            case "trip" | "reset":
                relay.tripped = act == "trip"
            case _:
                relay.load_w = load_w / 2


@given(st.lists(st.floats(0.01, 5), max_size=20))
def test_how_often_one_looks_changes_nothing(waits: list[float]) -> None:
    """The same history in many steps and in one gives the same energy and state."""
    watched = Relay(load_w=900, actuation_s=1.5, load_falls_after_s=0.5)
    left_alone = Relay(load_w=900, actuation_s=1.5, load_falls_after_s=0.5)
    for relay in (watched, left_alone):
        relay.command(0, connected=False, flip_back_after_s=20)
    for moment in (sum(waits[:n]) for n in range(len(waits) + 1)):
        watched.advance(moment)
    left_alone.advance(sum(waits))
    assert watched.energy_kwh == pytest.approx(left_alone.energy_kwh)
    assert watched.supply is left_alone.supply
