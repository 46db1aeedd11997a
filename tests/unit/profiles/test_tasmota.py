"""What Tasmota's answers mean, and what is sent to it."""

from typing import Any

import pytest

from meterhold.domain.observation import IdentitySeen, Interlock, Observation
from meterhold.domain.words import Because, Identity, Quantity, SupplyState
from meterhold.profiles import command_topics, decode_look, describe, plan_command, plan_look
from meterhold.profiles.wire import MqttAsk, MqttLatest, NextMessage
from tests.unit.profiles.replies import EARLIER, NOW, PROFILES
from tests.unit.profiles.speech import spoken

TASMOTA = PROFILES["tasmota-power"]


def plug(*, power: object = "ON", pulse: object = 0, **energy: object) -> Observation:
    """A look at a plug that draws 1150 W, but for what is said."""
    measured = {"Total": 3.185, "Power": 1150, "Voltage": 230, "Current": 5.0, **energy}
    heard: dict[str, Any] = {
        "stat/boiler/STATUS11": {"StatusSTS": {"Time": "2026-01-05T10:13:52", "POWER": power}},
        "stat/boiler/STATUS8": {"StatusSNS": {"Time": "2026-01-05T10:13:52", "ENERGY": measured}},
        "stat/boiler/STATUS5": {"StatusNET": {"Hostname": "boiler-7718", "Mac": "DC:4F:22:3D:5E:26"}},
        "stat/boiler/RESULT": {"PulseTime1": {"Set": pulse, "Remaining": 0}},
        "tele/boiler/LWT": "Online",
    }
    return decode_look(TASMOTA, spoken(TASMOTA, "boiler", heard), NOW, EARLIER)


def test_a_look_asks_with_plain_text() -> None:
    """Four questions, each with an answer topic of its own, and the last will."""
    asked = [(q.topic, q.payload, q.reply) for q in plan_look(TASMOTA, "boiler") if isinstance(q, MqttAsk)]
    assert asked == [
        ("cmnd/boiler/STATUS", "11", NextMessage("stat/boiler/STATUS11")),
        ("cmnd/boiler/STATUS", "8", NextMessage("stat/boiler/STATUS8")),
        ("cmnd/boiler/STATUS", "5", NextMessage("stat/boiler/STATUS5")),
        ("cmnd/boiler/PulseTime1", "", NextMessage("stat/boiler/RESULT")),
    ]
    assert plan_look(TASMOTA, "boiler")[-1] == MqttLatest("tele/boiler/LWT", optional=True)


def test_commands_are_one_plain_word() -> None:
    """OFF and ON, and nothing that leads to a state that nobody named."""
    for target, word in ((SupplyState.DISCONNECTED, "OFF"), (SupplyState.CONNECTED, "ON")):
        assert [describe(step) for step in plan_command(TASMOTA, target, "boiler")] == [f"cmnd/boiler/POWER {word}"]
    assert command_topics(TASMOTA, "boiler") == ("cmnd/boiler/POWER",)


@pytest.mark.parametrize(
    ("power", "state"),
    [
        ("ON", SupplyState.CONNECTED),
        ("OFF", SupplyState.DISCONNECTED),
        ("off", SupplyState.UNKNOWN),
        (False, SupplyState.UNKNOWN),
        (0, SupplyState.UNKNOWN),
        (None, SupplyState.UNKNOWN),
        ("BLINK", SupplyState.UNKNOWN),
    ],
)
def test_state(power: object, state: SupplyState) -> None:
    """Only the firmware's two words are states."""
    assert plug(power=power).state is state


@pytest.mark.parametrize(
    ("energy", "load"),
    [
        ({}, True),
        ({"Power": 0, "Current": 0.0}, False),
        ({"Power": 1, "Current": 0.02}, False),
        ({"Power": 0, "Current": 0.021}, True),
        ({"Power": 2, "Current": 0.0}, True),
        ({"Power": 0, "Current": None}, None),
        ({"Power": "0", "Current": 0.0}, None),
    ],
)
def test_load(energy: dict[str, object], *, load: bool | None) -> None:
    """No load only where power and current both say so."""
    assert plug(**energy).load is load


def test_what_else_it_tells() -> None:
    """The MAC is who it is, the total is what is billed; voltage tells nothing of the supply."""
    seen = plug()
    assert seen.identity == IdentitySeen(Identity.DEVICE_ID, "DC:4F:22:3D:5E:26")
    register = seen.register(Quantity.ENERGY_IMPORT_KWH)
    assert register is not None
    assert str(register.value) == "3.185"
    assert plug(Voltage=0).supply_healthy is None
    assert seen.source == "relay(driver), power(load), current(load)"


def test_a_pulse_time_forbids_a_disconnect() -> None:
    """Supply that is brought back would drop out by itself."""
    assert plug(pulse=0).interlocks == ()
    blocked = Interlock(Because.LOCAL_CONTROL, blocks_disconnect=True, blocks_connect=False)
    assert plug(pulse=50).interlocks == (blocked,)


def test_a_device_that_answers_is_there() -> None:
    """A last will from before its answers is old."""
    answer = {"stat/boiler/STATUS11": {"StatusSTS": {"POWER": "ON"}}}
    gone = {"tele/boiler/LWT": "Offline"}
    *answered, _ = spoken(TASMOTA, "boiler", answer)
    for told, state in ((EARLIER, SupplyState.CONNECTED), (NOW, SupplyState.UNKNOWN)):
        will = spoken(TASMOTA, "boiler", gone, at=told)[-1]
        assert decode_look(TASMOTA, [*answered, will], NOW).state is state


@pytest.mark.parametrize("odd", ["ON", 7, [], {"POWER": "OFF"}, {"StatusSTS": None}, {"StatusSTS": {"POWER1": "OFF"}}])
def test_odd_answers_tell_nothing(odd: object) -> None:
    """Another shape, or a device with several relays, is no evidence and no error."""
    seen = decode_look(TASMOTA, spoken(TASMOTA, "boiler", {"stat/boiler/STATUS11": odd}), NOW)
    assert (seen.state, seen.identity.strength) == (SupplyState.UNKNOWN, Identity.NONE)
