"""The valve of Home Assistant's convention: words, positions either way, and the silence between changes."""

from typing import Any

import pytest

from meterhold_simulators import Faults
from meterhold_simulators.clock import SimClock
from meterhold_simulators.faces.ha_valve import HaValveFace
from meterhold_simulators.faults import Model
from meterhold_simulators.journal import Fate, Journal
from meterhold_simulators.spec_mqtt import HaValveSpec
from meterhold_simulators.water import WaterMeter
from tests.unit.simulators.desk_link import DeskLink
from tests.unit.simulators.hand_clock import HandClock

TOPIC = "homes/17/valve"


class Tap:
    """A valve that travels for 8 s, on a link on the desk."""

    def __init__(self, clock: HandClock, **spec: object) -> None:
        self.link = DeskLink()
        self.clock = clock
        row = HaValveSpec.model_validate(
            {"id": "W-1", "model": Model.HA_VALVE, "broker": "site", "topic": TOPIC, "serial": "V-1", **spec}
        )
        self.meter = WaterMeter(row, "V-1", SimClock(clock), Journal())
        self.face = HaValveFace(self.meter, row, self.link)
        self.link.connect()
        self.link.take()

    def send(self, word: str) -> None:
        """Send a command."""
        self.link.deliver(f"{TOPIC}/set", word)

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.seconds += seconds
        self.meter.now()
        self.meter.changed()

    def states(self) -> list[str]:
        """What the state topic said since the last call."""
        return self.link.texts("/state")


@pytest.fixture
def taps(clock: HandClock) -> Any:  # noqa: ANN401 - a factory
    """Makes taps whose timers end with the test."""
    made: list[Tap] = []

    def make(**spec: object) -> Tap:
        made.append(Tap(clock, **spec))
        return made[-1]

    yield make
    for tap in made:
        tap.face.stop()
        tap.meter.stop()


@pytest.mark.parametrize(
    ("spec", "close", "closing", "closed", "open_again", "opening", "opened"),
    [
        ({}, "CLOSE", "closing", "closed", "OPEN", "opening", "open"),
        ({"reports": "position"}, "0", "closing", "0", "100", "opening", "100"),
        (
            {"reports": "json"},
            "0",
            '{"state":"closing","position":100}',
            '{"state":"closed","position":0}',
            "100",
            '{"state":"opening","position":0}',
            '{"state":"open","position":100}',
        ),
        (
            {"reports": "json", "position_open": 0, "position_closed": 100},
            "100",
            '{"state":"closing","position":0}',
            '{"state":"closed","position":100}',
            "0",
            '{"state":"opening","position":100}',
            '{"state":"open","position":0}',
        ),
    ],
)
async def test_a_movement_is_told_when_it_begins_and_when_it_ends(
    taps: Any,  # noqa: ANN401
    spec: dict[str, object],
    close: str,
    closing: str,
    closed: str,
    open_again: str,
    opening: str,
    opened: str,
) -> None:
    """Words, numbers or both, on a scale that may be turned round; each report is kept by the broker."""
    tap = taps(**spec)
    for command, moving, arrived, supply in (
        (close, closing, closed, "disconnected"),
        (open_again, opening, opened, "connected"),
    ):
        tap.send(command)
        (said,) = tap.link.take()
        assert (said.topic, said.text, said.retained) == (f"{TOPIC}/state", moving, True)
        tap.later(8)
        assert tap.states() == [arrived]
        assert tap.meter.truth().supply == supply
    assert [entry.wire for entry in tap.meter.journal.writes()] == [
        f"{TOPIC}/set {close}",
        f"{TOPIC}/set {open_again}",
    ]


async def test_on_connecting_it_says_everything(taps: Any) -> None:  # noqa: ANN401
    """Discovery with its identifiers, availability and state, all kept."""
    tap = taps(reports="json")
    tap.link.connect()
    discovery, availability, state = tap.link.take()
    assert discovery.topic == "homeassistant/valve/V-1/config"
    assert discovery.json["device"]["identifiers"] == ["V-1"]
    assert discovery.json["reports_position"] is True
    assert (availability.topic, availability.text) == (f"{TOPIC}/availability", "online")
    assert state.json == {"state": "open", "position": 100}
    assert all(said.retained for said in (discovery, availability, state))


async def test_a_stopped_valve_stays_half_way(taps: Any) -> None:  # noqa: ANN401
    """STOP in travel: not shut, so open; the position says how far."""
    tap = taps(reports="json")
    tap.send("0")
    tap.later(2)
    tap.send("STOP")
    assert tap.states()[-1] == '{"state":"open","position":75}'
    assert tap.meter.truth().supply == "connected"
    assert [entry.target for entry in tap.meter.journal.writes()] == ["disconnected", "stopped"]


async def test_a_jammed_valve_does_not_know(taps: Any) -> None:  # noqa: ANN401
    """The motor has run its time and no end was reached: the state is None."""
    tap = taps()
    tap.meter.set_faults(Faults(jam_at=0.43))
    tap.send("CLOSE")
    tap.later(8)
    assert tap.states() == ["closing", "None"]


async def test_a_command_to_where_it_stands_is_answered(taps: Any) -> None:  # noqa: ANN401
    """Nothing moves, and the state is said once more."""
    tap = taps()
    tap.send("OPEN")
    assert tap.states() == ["open"]


async def test_what_is_no_command_moves_nothing(taps: Any) -> None:  # noqa: ANN401
    """Another word, another case, a number where words are used, words where numbers are used."""
    words, numbers = taps(), taps(reports="position")
    for word in ("TOGGLE", "close", "0", ""):
        words.send(word)
    for word in ("CLOSE", "50"):
        numbers.send(word)
    assert words.states() + numbers.states() == []
    for tap, count in ((words, 4), (numbers, 2)):
        assert [entry.fate for entry in tap.meter.journal.attempts()] == [Fate.REFUSED] * count


@pytest.mark.parametrize(
    ("fault", "states", "supply"),
    [
        ("silent", [], "connected"),
        ("drop_write", [], "connected"),
        ("drop_write_reply", ["closed"], "disconnected"),
        ("duplicate_reply", ["closing", "closing", "closed", "closed"], "disconnected"),
        ("no_device_report", [], "disconnected"),
        ("ack_only", [], "connected"),
        ("echo_only", ["closed"], "connected"),
    ],
)
async def test_faults(taps: Any, fault: str, states: list[str], supply: str) -> None:  # noqa: ANN401
    """Lost, half lost, doubled, unreported, and claimed without having moved."""
    tap = taps()
    tap.meter.set_faults(Faults.model_validate({fault: True}))
    tap.send("CLOSE")
    tap.later(8)
    assert tap.states() == states
    assert tap.meter.truth().supply == supply


async def test_offline_and_back(taps: Any) -> None:  # noqa: ANN401
    """The availability says so; back again the state is told."""
    tap = taps()
    tap.meter.set_faults(Faults(offline=True))
    tap.send("CLOSE")
    assert tap.link.texts() == ["offline"]
    tap.meter.set_faults(Faults())
    assert tap.link.texts() == ["online", "open"]
