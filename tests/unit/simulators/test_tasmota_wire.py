"""Tasmota before an MQTT client: commands, answers without correlation, measurements and ghosts."""

from typing import Any

import pytest

from meterhold_simulators import Faults
from meterhold_simulators.clock import SimClock
from meterhold_simulators.electricity import ElectricityMeter
from meterhold_simulators.faces.tasmota import TasmotaFace
from meterhold_simulators.faults import Model
from meterhold_simulators.journal import Fate, Journal
from meterhold_simulators.spec_mqtt import TasmotaSpec
from tests.unit.simulators.desk_link import DeskLink
from tests.unit.simulators.hand_clock import HandClock

MAC = "DC4F223D5E26"
TOPIC = "tasmota_3D5E26"
POWER = f"cmnd/{TOPIC}/POWER"
STATE = ("/RESULT", "/POWER")


class Plug:
    """A plug with a load of 1150 W, on a link on the desk."""

    def __init__(self, clock: HandClock, **spec: object) -> None:
        self.link = DeskLink()
        row = TasmotaSpec.model_validate(
            {"id": "E-1", "model": Model.TASMOTA, "broker": "site", "mac": MAC, "load_w": 1150, **spec}
        )
        self.meter = ElectricityMeter(row, MAC, SimClock(clock), Journal(), indicator_leads=True)
        self.face = TasmotaFace(self.meter, row, self.link)
        self.link.connect()
        self.link.take()

    def send(self, command: str, payload: str = "", *, retained: bool = False) -> None:
        """Send a command."""
        self.link.deliver(f"cmnd/{TOPIC}/{command}", payload, retained=retained)

    def asked(self, number: str, part: str) -> Any:  # noqa: ANN401 - JSON is whatever it is
        """A part of the status."""
        self.send("Status", number)
        (said,) = self.link.take()
        assert said.topic == f"stat/{TOPIC}/STATUS{number}"
        return said.json[part]


@pytest.fixture
async def plug(clock: HandClock) -> Any:  # noqa: ANN401 - an async generator
    """A plug that is on."""
    plug = Plug(clock, tele_period_s=None)
    yield plug
    plug.face.stop()
    plug.meter.stop()


def said(plug: Plug) -> list[tuple[str, str]]:
    """What was said since the last call."""
    return [(message.topic, message.text) for message in plug.link.take()]


def power(word: str) -> list[tuple[str, str]]:
    """How a state is said, whatever caused it."""
    return [(f"stat/{TOPIC}/RESULT", f'{{"POWER":"{word}"}}'), (f"stat/{TOPIC}/POWER", word)]


@pytest.mark.parametrize(
    ("command", "off", "on"), [("POWER", "OFF", "ON"), ("power", "0", "1"), ("Power1", "false", "on")]
)
async def test_switching(plug: Plug, command: str, off: str, on: str) -> None:
    """Any spelling switches; the answer stands on RESULT as JSON and on POWER as plain text."""
    plug.send(command, off)
    assert said(plug) == power("OFF")
    assert plug.meter.truth().supply == "disconnected"
    plug.send(command, on)
    assert said(plug) == power("ON")
    assert [entry.target for entry in plug.meter.journal.writes()] == ["disconnected", "connected"]
    assert plug.meter.journal.writes()[0].wire == f"cmnd/{TOPIC}/{command} {off}"


async def test_a_query_is_answered_just_so(plug: Plug) -> None:
    """An empty payload or a question mark asks; the answer cannot be told from that to a command."""
    for payload in ("", "?", "BLINK"):
        plug.send("POWER", payload)
        assert said(plug) == power("ON")
    assert plug.meter.journal.writes() == []


async def test_the_wall_button_says_the_same(plug: Plug) -> None:
    """No correlation: a hand at the device publishes what a command publishes."""
    plug.meter.press_button()
    assert said(plug) == power("OFF")


async def test_measurements(plug: Plug, clock: HandClock) -> None:
    """Status 8 tells energy in kWh, watts, volts and amperes; off, voltage reads 0 as well."""
    plug.meter.set_energy(3.185)
    sensor = plug.asked("8", "StatusSNS")
    assert set(sensor) == {"Time", "ENERGY"}
    energy = sensor["ENERGY"]
    assert (energy["Total"], energy["Power"], energy["Voltage"], energy["Current"]) == (3.185, 1150, 230, 5.0)
    plug.send("POWER", "OFF")
    plug.link.take()
    energy = plug.asked("8", "StatusSNS")["ENERGY"]
    assert (energy["Power"], energy["Voltage"], energy["Current"]) == (0, 0, 0)


async def test_status(plug: Plug) -> None:
    """Status 11 tells the state, Status 5 the MAC, Status alone the topic."""
    assert plug.asked("11", "StatusSTS")["POWER"] == "ON"
    assert plug.asked("5", "StatusNET")["Mac"] == "DC:4F:22:3D:5E:26"
    assert plug.asked("", "Status")["Topic"] == TOPIC


async def test_presence_and_telemetry(clock: HandClock) -> None:
    """On connecting: LWT Online, kept; then state and measurements on tele/."""
    plug = Plug(clock, topic="boiler", tele_period_s=300)
    plug.link.connect()
    online, state, sensor = plug.link.take()
    assert (online.topic, online.text, online.retained) == ("tele/boiler/LWT", "Online", True)
    assert (state.topic, state.json["POWER"]) == ("tele/boiler/STATE", "ON")
    assert (sensor.topic, sensor.json["ENERGY"]["Power"]) == ("tele/boiler/SENSOR", 1150)
    plug.face.stop()


async def test_harm_is_done_and_journaled(plug: Plug) -> None:
    """TOGGLE, the group's topic and an energy reset act as on the real thing, and the referee has them."""
    plug.send("POWER", "TOGGLE")
    plug.link.deliver("cmnd/tasmotas/POWER", "ON")
    plug.send("EnergyReset3", "0")
    assert [entry.target for entry in plug.meter.journal.writes()] == ["disconnected", "connected", "energy_kwh=0"]
    assert plug.meter.journal.writes()[1].wire == "cmnd/tasmotas/POWER ON"
    assert plug.meter.truth().energy_kwh == 0


async def test_a_kept_command_switches_again(plug: Plug) -> None:
    """What the broker has kept comes with each connection: the journal calls it retained."""
    plug.send("POWER", "OFF", retained=True)
    assert plug.meter.truth().supply == "disconnected"
    assert plug.meter.journal.writes()[0].wire == f"cmnd/{TOPIC}/POWER OFF (retained)"


@pytest.mark.parametrize(("pulse_time", "after_s"), [("50", 5.0), ("112", 12.0)])
async def test_pulse_time_drops_out(plug: Plug, clock: HandClock, pulse_time: str, after_s: float) -> None:
    """A pulse time, set by anyone, ends each connection by itself; it counts tenths up to 111, then seconds."""
    plug.send("POWER", "OFF")
    plug.send("PulseTime", pulse_time)
    plug.link.take()
    plug.send("POWER", "ON")
    assert said(plug) == power("ON")
    clock.seconds += after_s - 0.5
    assert plug.meter.truth().supply == "connected"
    clock.seconds += 0.5
    plug.meter.now()
    plug.meter.changed()
    assert said(plug) == power("OFF")
    assert plug.meter.journal.writes()[1].target == f"pulse_time={pulse_time}"


async def test_power_lock(plug: Plug) -> None:
    """power_lock: the answer says what has not changed, and nothing moves."""
    plug.meter.set_faults(Faults.model_validate({"power_lock": True}))
    plug.send("POWER", "OFF")
    assert said(plug) == power("ON")
    assert plug.meter.truth().supply == "connected"
    assert [entry.fate for entry in plug.meter.journal.attempts()] == [Fate.NOT_APPLIED]


async def test_a_command_that_is_only_acknowledged(plug: Plug) -> None:
    """ack_only answers with the new state and asked again has the old; echo_only keeps to the new one, and the load."""
    plug.meter.set_faults(Faults(ack_only=True))
    plug.send("POWER", "OFF")
    assert said(plug) == power("OFF")
    plug.send("POWER")
    assert said(plug) == power("ON")
    plug.meter.set_faults(Faults(echo_only=True))
    plug.send("POWER", "OFF")
    assert said(plug) == power("OFF")
    assert plug.asked("11", "StatusSTS")["POWER"] == "OFF"
    assert plug.asked("8", "StatusSNS")["ENERGY"]["Power"] == 1150


async def test_it_says_at_once_what_it_does_later(plug: Plug, clock: HandClock) -> None:
    """delay_actuation_s: the state is that of the pin, which the contacts follow."""
    plug.meter.set_faults(Faults(delay_actuation_s=20))
    plug.send("POWER", "OFF")
    assert said(plug) == power("OFF")
    assert plug.meter.truth().load_w == 1150
    clock.seconds += 20
    assert plug.meter.truth().load_w == 0


async def test_offline_and_back(plug: Plug) -> None:
    """LWT Offline, deaf; back again it is Online, says its state and hears anew what the broker has kept."""
    plug.meter.set_faults(Faults(offline=True))
    plug.send("POWER", "OFF")
    plug.send("POWER")
    assert said(plug) == [(f"tele/{TOPIC}/LWT", "Offline")]
    assert [entry.fate for entry in plug.meter.journal.attempts()] == [Fate.LOST]
    plug.meter.set_faults(Faults())
    assert said(plug)[0] == (f"tele/{TOPIC}/LWT", "Online")
    assert plug.link.subscribed_again == [f"cmnd/{TOPIC}", "cmnd/tasmotas"]


@pytest.mark.parametrize(
    ("fault", "answers", "supply"),
    [
        ("silent", 0, "connected"),
        ("drop_write", 0, "connected"),
        ("drop_write_reply", 0, "disconnected"),
        ("duplicate_reply", 4, "disconnected"),
    ],
)
async def test_faults_of_the_wire(plug: Plug, fault: str, answers: int, supply: str) -> None:
    """Lost on the way there, lost on the way back, or twice."""
    plug.meter.set_faults(Faults.model_validate({fault: True}))
    plug.send("POWER", "OFF")
    assert len(said(plug)) == answers
    assert plug.meter.truth().supply == supply


async def test_a_device_that_reports_nothing_answers(plug: Plug) -> None:
    """no_device_report: the button is not told; who asks gets an answer."""
    plug.meter.set_faults(Faults(no_device_report=True))
    plug.meter.press_button()
    assert said(plug) == []
    plug.send("POWER")
    assert said(plug) == power("OFF")


async def test_other_commands_are_unknown(plug: Plug) -> None:
    """They are answered as the firmware answers, and change nothing."""
    plug.send("Dimmer", "50")
    assert said(plug) == [(f"stat/{TOPIC}/RESULT", '{"Command":"Unknown"}')]
