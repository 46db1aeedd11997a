"""`profile try`: a profile beside a meter, everything shown as it came, and nothing ever written."""

import json
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from meterhold.cli.show.tried import tried_view
from meterhold.cli.trying.asking import AskOnly, try_profile
from meterhold.cli.trying.link_text import read_link
from meterhold.cli.trying.report import tried_document
from meterhold.domain.errors import Malformed, NeverSent
from meterhold.profiles import Profile, load_profiles, parse_profile, plan_command
from meterhold.profiles.wire import ModbusRead, MqttAsk, MqttWrite, NextMessage, Question, Reply
from meterhold_simulators import Fleet, parse_fleet
from tests.support.mosquitto import Broker

PROFILES = load_profiles()
BUILT_IN = files("meterhold.profiles") / "builtin"


@pytest.fixture
async def fleet(broker: Broker) -> AsyncIterator[Fleet]:
    """A meter on a line, a valve beside it, and a plug on a broker."""
    document = {
        "listeners": {"line": {"framing": "rtu"}},
        "brokers": {"site": {"host": broker.host, "port": broker.port}},
        "meters": [
            {"id": "E-1", "model": "dds238", "listener": "line", "unit": 1, "load_w": 500, "energy_kwh": 12.5},
            {"id": "W-1", "model": "xintai", "listener": "line", "unit": 2, "serial": "42", "demand_m3_h": 0.4},
            {"id": "E-2", "model": "tasmota", "broker": "site", "mac": "A8032ABE54DD", "topic": "try-plug"},
            {"id": "W-2", "model": "ha_valve", "broker": "site", "topic": "try-valve", "report_every_s": 0.1},
        ],
    }
    async with Fleet.start(parse_fleet(document)) as running:
        yield running


async def tried(profile: Profile, link: str, wait_s: float = 10) -> dict[str, Any]:
    """What trying a profile at a link finds."""
    target = read_link(link, profile)
    found = tried_document(profile, link, target.address, await try_profile(profile, target, wait_s))
    assert tried_view(found)
    return json.loads(json.dumps(found))  # type: ignore[no-any-return]


def on_line(fleet: Fleet, unit: int) -> str:
    """The link to a meter of the line."""
    return f"modbus://127.0.0.1:{fleet.ports['line']}?framing=rtu_over_tcp&unit={unit}&gap_ms=0"


async def test_every_point_stands_beside_the_words_it_was_made_of(fleet: Fleet) -> None:
    """Unit id, serial, raw words, decoded values; nothing doubtful, and the journal holds no write."""
    found = await tried(PROFILES["kaifeng-xintai-valve"], on_line(fleet, 2))
    points = {point["name"]: point for point in found["points"]}
    assert found["address"] == "2"
    assert found["identity"] == {"strength": "serial", "value": "0000000000000042"}
    assert found["state"] == "connected"
    assert points["flow"]["words"] == ["CDCC", "CC3E"]
    assert (points["flow"]["value"], points["flow"]["unit"]) == ("0.4", "m3/h")
    assert found["asked"][0]["question"] == "unit 2: read holding 0x0001 to 0x001c"
    assert found["doubts"] == []
    assert list(fleet.journal.attempts()) == []


async def test_a_wrong_scale_is_noticed(fleet: Fleet) -> None:
    """2300 V cannot be; the file is wrong, and the doubt says where to look."""
    text = (BUILT_IN / "hiking-dds238-2-zn-sr.yaml").read_text(encoding="utf-8")
    wrong = text.replace("scale: 0.1, quantity: voltage_v", "scale: 1, quantity: voltage_v")
    assert wrong != text
    found = await tried(parse_profile(wrong, "wrong.yaml"), on_line(fleet, 1))
    (doubt,) = found["doubts"]
    assert doubt.startswith("voltage: implausible: not within 80 to 300 V")


async def test_power_beyond_voltage_and_current_is_noticed(fleet: Fleet) -> None:
    """Each value may pass alone; together they cannot be."""
    text = (BUILT_IN / "hiking-dds238-2-zn-sr.yaml").read_text(encoding="utf-8")
    wrong = text.replace("scale: 0.01, quantity: current_a", "scale: 0.001, quantity: current_a")
    assert wrong != text
    found = await tried(parse_profile(wrong, "wrong.yaml"), on_line(fleet, 1))
    assert found["doubts"] == ["implausible: 500 W is more than 230.0 V times 0.217 A; is one of their scales wrong?"]


async def test_another_device_at_the_address_is_told_and_not_believed(fleet: Fleet) -> None:
    """The read is refused, and that is the first doubt."""
    fleet.set_fault("W-1", "exception_on_read", 2)
    found = await tried(PROFILES["kaifeng-xintai-valve"], on_line(fleet, 2))
    assert "exception 02" in found["doubts"][0]
    assert "identity: the meter did not give its serial" in found["doubts"]
    assert found["state"] == "unknown"


async def test_a_device_on_a_broker_is_asked_and_its_answers_shown(fleet: Fleet, broker: Broker) -> None:
    """Payloads as they came; no command among what was published."""
    found = await tried(PROFILES["tasmota-power"], f"mqtt://{broker.host}:{broker.port}/try-plug")
    assert found["identity"]["value"] == "A8:03:2A:BE:54:DD"
    assert found["state"] == "connected"
    assert '"POWER": "ON"' in found["asked"][0]["answer"]
    assert list(fleet.journal.attempts()) == []


async def test_what_a_device_only_says_by_itself_is_waited_for(fleet: Fleet, broker: Broker) -> None:
    """A report that comes while it waits is shown; nothing was asked."""
    found = await tried(PROFILES["home-assistant-mqtt-valve"], f"mqtt://{broker.host}:{broker.port}/try-valve")
    assert found["state"] == "connected", found
    assert all(row["question"].startswith("listen on try-valve/") for row in found["asked"])
    assert list(fleet.journal.attempts()) == []


async def test_a_link_that_is_down_is_no_finding_about_the_profile(free_port: int) -> None:
    """It ends at once, with the reason."""
    with pytest.raises(NeverSent):
        await tried(PROFILES["kaifeng-xintai-valve"], f"modbus://127.0.0.1:{free_port}?unit=1")


async def test_what_asks_cannot_write_and_sends_no_command_as_a_question() -> None:
    """It has no write at all; a question that is a command of the profile stays here."""
    sent: list[Question] = []

    async def ask(question: Question) -> Reply:
        sent.append(question)
        raise AssertionError("unreachable here")

    (off,) = plan_command(PROFILES["tasmota-power"], next(iter(PROFILES["tasmota-power"].commands)), "plug")
    assert isinstance(off, MqttWrite)
    asker = AskOnly(ask, frozenset({(off.topic, off.payload)}))
    assert not hasattr(asker, "write")
    with pytest.raises(NeverSent, match="is a command of this profile"):
        await asker.ask(MqttAsk(off.topic, off.payload, NextMessage("stat/plug/RESULT")))
    assert sent == []
    with pytest.raises(AssertionError):
        await asker.ask(ModbusRead(1, next(iter(type(PROFILES["kaifeng-xintai-valve"].look.spans[0].table))), 0, 1))
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("link", "faults"),
    [
        ("http://x", ["must look like one of modbus://"]),
        ("mqtt://broker/plug", ["speaks modbus, not mqtt"]),
        ("modbus://host:99999?unit=1", ["Port out of range"]),
        ("modbus://host", ["is required, such as ?unit=1"]),
        (
            "modbus://host?unit=0&framing=ascii&colour=red",
            ["0 is the broadcast", "must be 'tcp'", "not a key that a link"],
        ),
        ("serial://?unit=1", ["does not have the form"]),
    ],
)
def test_a_link_with_faults_names_all_of_them(link: str, faults: list[str]) -> None:
    """Together, in the words of the configuration."""
    with pytest.raises(Malformed) as caught:
        read_link(link, PROFILES["kaifeng-xintai-valve"])
    assert len(caught.value.faults) == len(faults)
    assert all(part in str(caught.value) for part in faults)


def test_a_link_brings_what_the_line_needs(tmp_path: Path) -> None:
    """Timing comes from the profile where the link says nothing; a serial port and TLS are links too."""
    profile = PROFILES["kaifeng-xintai-valve"]
    line = read_link("serial:///dev/ttyUSB0?baud=2400&parity=even&stop_bits=1&unit=7", profile)
    assert line.address == "7"
    assert line.section.where == "/dev/ttyUSB0"
    assert line.section.timeout_s == 1.0
    plug = PROFILES["tasmota-power"]
    secured = read_link(f"mqtts://broker/plug?ca={tmp_path}/ca.pem&protocol=5", plug)
    assert secured.section.tls is not None
    assert secured.section.where == "broker:8883"
