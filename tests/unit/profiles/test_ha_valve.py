"""What a valve of Home Assistant's convention says, how long that counts, and what is sent to it."""

from datetime import datetime, timedelta

import pytest

from meterhold.domain.observation import Observation
from meterhold.domain.words import Because, Identity, SupplyState
from meterhold.profiles import decode_look, describe, plan_command, plan_look
from meterhold.profiles.wire import MqttLatest
from tests.unit.profiles.replies import EARLIER, NOW, PROFILES
from tests.unit.profiles.speech import spoken

VALVE = PROFILES["home-assistant-mqtt-valve"]
TOPIC = "homes/17/valve"


def valve(
    state: object, at: datetime = NOW, *, retained: bool = False, after: datetime | None = EARLIER
) -> Observation:
    """A look at the valve whose last word was this."""
    return decode_look(VALVE, spoken(VALVE, TOPIC, {f"{TOPIC}/state": state}, at=at, retained=retained), NOW, after)


def test_it_is_heard_and_never_asked() -> None:
    """A look takes its last words; it may never have said any."""
    assert plan_look(VALVE, TOPIC) == (
        MqttLatest(f"{TOPIC}/state", optional=True),
        MqttLatest(f"{TOPIC}/availability", optional=True),
    )
    assert decode_look(VALVE, [None, None], NOW).state is SupplyState.UNKNOWN


def test_commands_are_the_convention_s_words() -> None:
    """CLOSE cuts the water off, OPEN brings it back."""
    for target, word in ((SupplyState.DISCONNECTED, "CLOSE"), (SupplyState.CONNECTED, "OPEN")):
        assert [describe(step) for step in plan_command(VALVE, target, TOPIC)] == [f"{TOPIC}/set {word}"]


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("closed", SupplyState.DISCONNECTED),
        ("open", SupplyState.CONNECTED),
        ("closing", SupplyState.MOVING),
        ("opening", SupplyState.MOVING),
        ("None", SupplyState.UNKNOWN),
        ("Closed", SupplyState.UNKNOWN),
        (0, SupplyState.UNKNOWN),
        ({"state": "closed", "position": 0}, SupplyState.UNKNOWN),
    ],
)
def test_states(text: object, state: SupplyState) -> None:
    """Four words are states; a position, another spelling and None are not."""
    assert valve(text).state is state


def test_its_word_ages() -> None:
    """For an hour, and never if the broker had kept it, or if it was said before the write."""
    hour = timedelta(hours=1)
    assert valve("closed", NOW - hour, after=None).state is SupplyState.DISCONNECTED
    assert valve("closed", NOW - hour - timedelta(seconds=1), after=None).state is SupplyState.UNKNOWN
    assert valve("closed", retained=True).state is SupplyState.UNKNOWN
    assert valve("closed", EARLIER).state is SupplyState.UNKNOWN


def test_it_is_nobody_and_measures_nothing() -> None:
    """No identity, no load, no register: a commissioning record and its own word are all there is."""
    seen = valve("open")
    assert seen.identity.strength is Identity.NONE
    assert (seen.load, seen.registers) == (None, ())


def test_a_valve_that_is_gone() -> None:
    """Offline since its last word: neither movement is tried."""
    replies = spoken(VALVE, TOPIC, {f"{TOPIC}/availability": "offline"})
    (interlock,) = decode_look(VALVE, replies, NOW).interlocks
    assert interlock.because is Because.DEVICE_OFFLINE
