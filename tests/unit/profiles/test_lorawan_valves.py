"""What the two LoRaWAN valves say in their frames, and the frames that are sent to them, byte for byte."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from meterhold.domain.observation import IdentitySeen, Interlock, Observation
from meterhold.domain.words import Because, Identity, Quantity, SupplyState
from meterhold.profiles import Profile, command_id, decode_look, follows, plan_command, plan_look, plan_withdraw
from meterhold.profiles.wire import Document, MqttLatest, MqttWrite
from tests.unit.profiles.replies import EARLIER, NOW, PROFILES

UC511 = PROFILES["milesight-uc511-chirpstack"]
STREGA = PROFILES["strega-valve-chirpstack"]
EUI = "24e124460c000007"
ADDRESS = f"17/{EUI}"
DEVICE = f"application/17/device/{EUI}"
EXPIRES = datetime(2026, 1, 5, 10, 20, tzinfo=UTC)


def uplink(profile: Profile, data: bytes, at: datetime = NOW, after: datetime | None = EARLIER) -> Observation:
    """A look at the device whose last frame was this."""
    event = {
        "deviceInfo": {"devEui": EUI},
        "devAddr": "01a2b301",
        "fCnt": 7,
        "fPort": 85,
        "data": base64.b64encode(data).decode(),
    }
    decode = follows(profile, ADDRESS)[0].decode
    assert decode is not None
    value = decode(event)
    assert isinstance(value, dict)
    leaves = {f"/decoded/{name}": at for name in value["decoded"]} | {"/deviceInfo/devEui": at}
    document = Document(MqttLatest(f"{DEVICE}/event/up"), value, at, supplied_at=leaves)
    return decode_look(profile, [document], NOW, after)


@pytest.mark.parametrize(
    ("profile", "target", "number", "port", "data"),
    [
        (UC511, SupplyState.DISCONNECTED, 7, 85, "/x0ABwAAAAAAAAA="),
        (UC511, SupplyState.CONNECTED, 8, 85, "/x0gCAAAAAAAAAA="),
        (STREGA, SupplyState.DISCONNECTED, 7, 1, "MA=="),
        (STREGA, SupplyState.CONNECTED, 8, 1, "MQ=="),
    ],
)
def test_commands(profile: Profile, target: SupplyState, number: int, port: int, data: str) -> None:
    """One downlink for the server's queue, named, confirmed, and with an end where it has one."""
    (step,) = plan_command(profile, target, ADDRESS, number=number, expires_at=EXPIRES)
    assert isinstance(step, MqttWrite)
    assert (step.topic, step.reply) == (f"{DEVICE}/command/down", None)
    assert json.loads(step.payload) == {
        "id": command_id(ADDRESS, number),
        "devEui": EUI,
        "confirmed": True,
        "fPort": port,
        "data": data,
        "expiresAt": "2026-01-05T10:20:00Z",
    }


@pytest.mark.parametrize("profile", [UC511, STREGA], ids=lambda profile: profile.name)
def test_a_restore_never_expires_and_nothing_can_be_withdrawn(profile: Profile) -> None:
    """The server has no way back over MQTT: what waits there is delivered or lapses."""
    (step,) = plan_command(profile, SupplyState.CONNECTED, ADDRESS, number=8)
    assert isinstance(step, MqttWrite)
    assert "expiresAt" not in json.loads(step.payload)
    assert plan_withdraw(profile, ADDRESS) == ()


@pytest.mark.parametrize("profile", [UC511, STREGA], ids=lambda profile: profile.name)
def test_it_is_heard_and_never_asked(profile: Profile) -> None:
    """Frames are laid over each other in the order of their counter, within a session."""
    assert plan_look(profile, ADDRESS) == (MqttLatest(f"{DEVICE}/event/up", optional=True),)
    up, ack, log = follows(profile, ADDRESS)
    assert (up.merge, up.order_by, up.order_within) == (True, "/fCnt", "/devAddr")
    assert (ack.topic, log.topic) == (f"{DEVICE}/event/ack", f"{DEVICE}/event/log")
    assert decode_look(profile, [None], NOW).state is SupplyState.UNKNOWN


@pytest.mark.parametrize(
    ("profile", "event", "delivered"),
    [
        (UC511, {"queueItemId": "x", "acknowledged": True}, True),
        (UC511, {"queueItemId": "x", "acknowledged": False}, False),
        (STREGA, {"queueItemId": "x"}, None),
        (STREGA, {"queueItemId": "y", "acknowledged": True}, None),
    ],
)
def test_the_ladder(profile: Profile, event: dict[str, object], *, delivered: bool | None) -> None:
    """The acknowledgement of this very command says whether the device has it; one that says nothing says nothing."""
    assert profile.carrier is not None
    assert profile.carrier.delivered(Document(MqttLatest(f"{DEVICE}/event/ack"), event, NOW), "x") is delivered


def test_the_uc511_s_public_sample() -> None:
    """92 %, closed, 5 pulses."""
    seen = uplink(UC511, base64.b64decode("AXVcAwEABMgFAAAA"))
    assert (seen.state, seen.load) == (SupplyState.DISCONNECTED, None)
    assert seen.identity == IdentitySeen(Identity.DEVICE_ID, EUI)
    register = seen.register(Quantity.VOLUME_M3)
    assert register is not None
    assert str(register.value) == "0.005"
    assert {row.quantity: str(row.value) for row in seen.measured}[Quantity.BATTERY_PERCENT] == "92"
    assert seen.source == "valve(driver)"


@pytest.mark.parametrize(
    ("frame", "state"),
    [
        ("030100", SupplyState.DISCONNECTED),
        ("030101", SupplyState.CONNECTED),
        ("0301ff", SupplyState.UNKNOWN),
        ("030102", SupplyState.UNKNOWN),
        ("050100", SupplyState.UNKNOWN),
        ("fe1d0007", SupplyState.UNKNOWN),
        ("ff1d0007", SupplyState.UNKNOWN),
        ("f8a500000eaf000100", SupplyState.UNKNOWN),
        ("fe1da00905000000030101", SupplyState.CONNECTED),
        ("09bb2c01030100", SupplyState.UNKNOWN),
    ],
    ids=[
        "closed",
        "open",
        "delayed",
        "odd",
        "valve 2",
        "echo",
        "older echo",
        "task",
        "echo with a rule, then state",
        "unknown channel first",
    ],
)
def test_the_uc511_s_state(frame: str, state: SupplyState) -> None:
    """Only its own valve's channel is a state: an echo of a command is none, nor what stands behind an unknown one."""
    assert uplink(UC511, bytes.fromhex(frame)).state is state


@pytest.mark.parametrize(
    ("frame", "state"),
    [
        (b"3600p", SupplyState.DISCONNECTED),
        (b"3600A", SupplyState.CONNECTED),
        (b"36000", SupplyState.MOVING),
        (b"36001", SupplyState.MOVING),
        (b"3600@", SupplyState.CONNECTED),
        (b"3600q", SupplyState.DISCONNECTED),
        (b"3600\x80", SupplyState.FAULT),
        (b"3600r", SupplyState.DISCONNECTED),
        (b"36000@010", SupplyState.MOVING),
        (b"3600pC00002A", SupplyState.DISCONNECTED),
    ],
    ids=[
        "closed limit",
        "open limit",
        "neither",
        "neither, told to open",
        "open limit, told to close",
        "closed limit, told to open",
        "both limits",
        "closed, tampered with",
        "acknowledgement",
        "with counter",
    ],
)
def test_the_strega_s_state(frame: bytes, state: SupplyState) -> None:
    """The limit switches decide, never the bit that repeats the command."""
    assert uplink(STREGA, frame).state is state


def test_the_strega_s_battery_and_counter() -> None:
    """Four digits of mV; six hexadecimal digits of pulses, where there is a counter."""
    seen = uplink(STREGA, b"2150AC00002A")
    assert {row.quantity: str(row.value) for row in seen.measured} == {
        Quantity.BATTERY_V: "2.150",
        Quantity.VOLUME_M3: "0.042",
    }
    assert seen.interlocks == (Interlock(Because.BATTERY_LOW, blocks_disconnect=True, blocks_connect=False),)
    assert uplink(STREGA, b"3600A").registers == ()


def test_the_uc511_s_weak_battery() -> None:
    """Below 10 % no disconnect; water must still come back."""
    assert uplink(UC511, bytes.fromhex("01750a030101")).interlocks == ()
    weak = Interlock(Because.BATTERY_LOW, blocks_disconnect=True, blocks_connect=False)
    assert uplink(UC511, bytes.fromhex("017509030101")).interlocks == (weak,)


@pytest.mark.parametrize(
    ("profile", "closed"), [(UC511, bytes.fromhex("030100")), (STREGA, b"3600p")], ids=["uc511", "strega"]
)
def test_only_what_was_said_after_the_write_counts(profile: Profile, closed: bytes) -> None:
    """And before a write, what was said within four hours."""
    hours = timedelta(hours=4)
    assert uplink(profile, closed, at=EARLIER).state is SupplyState.UNKNOWN
    assert uplink(profile, closed, at=NOW - hours, after=None).state is SupplyState.DISCONNECTED
    assert uplink(profile, closed, at=NOW - hours - timedelta(seconds=1), after=None).state is SupplyState.UNKNOWN
