"""Codecs: vendors' bytes, keys, and how an installed package brings its own."""

import base64
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhold.domain.errors import Malformed, NeverSent
from meterhold.domain.words import SupplyState
from meterhold.profiles import decode_look, describe, load_profiles, parse_profile, plan_command, plan_look, resolve
from meterhold.profiles.codec import Codec, CodecFailed, decoder
from meterhold.profiles.codecs import key_from_serial, milesight_uc511, strega_valve
from meterhold.profiles.plugins import InstalledCodecs
from meterhold.profiles.wire import (
    Check,
    Document,
    MaskedWrite,
    ModbusRead,
    ModbusWrite,
    MqttAsk,
    MqttWrite,
    Pause,
    Table,
    Words,
)
from tests.unit.profiles.replies import NOW, SAMPLES, sample

UC511 = Codec.of("milesight_uc511", milesight_uc511)
STREGA = Codec.of("strega_valve", strega_valve)


@pytest.mark.parametrize(
    ("frame", "values"),
    [
        ("01755c03010004c805000000", {"battery_percent": 92, "valve_1": 0, "pulses_1": 5}),
        ("030101050100", {"valve_1": 1, "valve_2": 0}),
        ("0301ff", {"delayed_1": 255}),
        ("06c8010203040 97b6400".replace(" ", ""), {"pulses_2": 0x04030201, "pressure_kpa": 100}),
        ("ff166445b43411300001", {"serial": "6445b43411300001"}),
        ("ff0101ff090400ff0a0102ff0f00030100", {"valve_1": 0}),
        ("0eaf000100", {"task_1": 0, "real_1": 1, "commanded_1": 0}),
        ("fe1d2008030101", {"echo_control": 0x20, "echo_number": 8, "valve_1": 1}),
        ("fe1da00805000000030101", {"echo_control": 0xA0, "echo_number": 8, "valve_1": 1}),
        ("f8a500000eaf000000", {"queried_valve": 1, "queried_result": 0, "task_1": 0, "real_1": 0, "commanded_1": 0}),
        ("20ce0000000001000000000301 00".replace(" ", ""), {"valve_1": 0}),
        ("030100aabb0301", {"valve_1": 0, "unread": "aabb0301"}),
        ("", {}),
    ],
)
def test_uc511_frames(frame: str, values: Mapping[str, object]) -> None:
    """Each channel is read for what it is; what was stored earlier is no present state, the unknown is left alone."""
    assert UC511.values_of(bytes.fromhex(frame)) == values


@pytest.mark.parametrize("frame", ["04c80500", "0301", "ff16644500", "01750c04c801", "fe1da00805"])
def test_a_frame_that_was_cut_off_is_refused(frame: str) -> None:
    """Half a channel is no channel, and nothing of a frame that ends in one is believed."""
    with pytest.raises(CodecFailed, match="ends within a channel"):
        UC511.values_of(bytes.fromhex(frame))


def test_uc511_commands_are_the_documented_frames() -> None:
    """Commands name their target, run no rule that would move the valve back, and carry their number."""
    assert UC511.text_for("disconnect", 7) == "/x0ABwAAAAAAAAA="
    assert UC511.text_for("connect", 8) == "/x0gCAAAAAAAAAA="
    assert base64.b64decode(UC511.text_for("disconnect_2", 255)).hex() == "ff1d01ff00000000000000"
    with pytest.raises(CodecFailed, match="cannot encode 'restrict'"):
        UC511.text_for("restrict", 1)


@pytest.mark.parametrize(
    ("frame", "values"),
    [
        (b"3600@", {"status": 0x10, "battery_mv": 3600}),
        (b"3600p", {"status": 0x40, "battery_mv": 3600}),
        (b"3600A", {"status": 0x11, "battery_mv": 3600}),
        (b"36001C00002A", {"status": 1, "battery_mv": 3600, "counter": 42}),
        (b"36000#\x12\x34\x56\x78C0000FFV03E8", {"status": 0, "battery_mv": 3600, "counter": 255, "analog_mv": 1000}),
        (b"3600p@010", {"status": 0x40, "battery_mv": 3600, "acknowledged": "010"}),
        (b"@24000010", {"acknowledged": "24000010"}),
        (b"\xb6000A", {"status": 0x11, "battery_mv": 6000}),
        (b"\x76000A", {"status": 0x11}),
    ],
)
def test_strega_frames(frame: bytes, values: Mapping[str, object]) -> None:
    """Battery, status bits, counters; what a valve that hangs on the mains says of its battery is nothing."""
    assert STREGA.values_of(frame) == values


@pytest.mark.parametrize("frame", [b"", b"3600", b"3600\x20", b"36x01", b"36001CXY", "3600A"])
def test_strega_refuses_what_is_no_frame(frame: object) -> None:
    """Anything else is refused, not read as a valve that is shut."""
    with pytest.raises(CodecFailed):
        STREGA.values_of(frame)


def test_strega_commands() -> None:
    """One character: which way."""
    assert (STREGA.text_for("disconnect", 1), STREGA.text_for("connect", 255)) == ("MA==", "MQ==")


@given(st.binary(max_size=40))
def test_no_frame_makes_a_codec_fail_otherwise(frame: bytes) -> None:
    """Whatever the radio brings is read or refused."""
    for codec in (UC511, STREGA):
        try:
            codec.values_of(frame)
        except CodecFailed:
            continue


def test_decoding_a_part_keeps_the_rest() -> None:
    """What a message says beside its frame stays where it was; what cannot be read is refused."""
    decode = decoder(UC511, "/data")
    message = {"fCnt": 4, "data": "AXVcAwEABMgFAAAA"}
    assert decode(message) == {**message, "decoded": {"battery_percent": 92, "valve_1": 0, "pulses_1": 5}}
    unreadable: list[object] = [{"fCnt": 4}, {"data": 7}, {"data": "%%%"}, [], "text", {"data": "AXU="}]
    for broken in unreadable:
        with pytest.raises(CodecFailed):
            decode(broken)
    assert decoder(STREGA, None)(b"3600A") == {"status": 0x11, "battery_mv": 3600}


def test_a_codec_that_misbehaves_is_told_apart() -> None:
    """A function of somebody else's that fails, or gives something else, raises what is handled."""
    odd = Codec("odd", decode=lambda _: [1], encode=lambda *_: 1, words=lambda _: (70000,))
    for use in (
        lambda: odd.values_of(b""),
        lambda: odd.text_for("connect", 1),
        lambda: odd.words_for("x", 1),
        lambda: Codec("none").values_of(b""),
        lambda: Codec("none").text_for("connect", 1),
        lambda: Codec("none").words_for("x", 1),
    ):
        with pytest.raises(CodecFailed):
            use()


def test_a_key_is_made_of_what_was_read() -> None:
    """The serial number is read, the key made of it is written; the same frame, the same key."""
    keyed = sample("keyed-relay")
    unlock, move = plan_command(keyed, SupplyState.DISCONNECTED, "7")
    assert isinstance(unlock, MaskedWrite)
    assert unlock.read == ModbusRead(7, Table.HOLDING, 0x0010, 4)
    serial = Words(unlock.read, (0x3230, 0x3234, 0x3031, 0x3137), NOW)
    high, low = key_from_serial.words("20240117")
    assert resolve(unlock, serial) == ModbusWrite(7, 16, 0x0100, (high, low))
    assert describe(unlock) == "unit 7: 10 01 00 key_from_serial(serial)"
    assert move == ModbusWrite(7, 6, 0x0102, (0,), within_s=5)


@pytest.mark.parametrize("words", [(), (0, 0, 0), (0, 0, 0, 0), (0xFFFF,) * 4])
def test_no_key_is_made_of_nothing(words: tuple[int, ...]) -> None:
    """Where there is no serial number, nothing is written."""
    unlock, _ = plan_command(sample("keyed-relay"), SupplyState.DISCONNECTED, "7")
    assert isinstance(unlock, MaskedWrite)
    with pytest.raises(NeverSent):
        resolve(unlock, Words(unlock.read, words, NOW))


CODED = sample("coded-plug")


def answered(frame: object) -> Document:
    """The plug's answer."""
    (question,) = plan_look(CODED, "p")
    assert isinstance(question, MqttAsk)
    return Document(question, {"id": "plug-1", "frame": frame}, NOW)


@pytest.mark.parametrize(
    ("frame", "state"),
    [
        (b"3600@", SupplyState.CONNECTED),
        (b"3600p", SupplyState.DISCONNECTED),
        (b"36000", SupplyState.MOVING),
        (b"3600\x80", SupplyState.UNKNOWN),
        (b"3600", SupplyState.UNKNOWN),
    ],
)
def test_an_answer_is_read_by_its_codec(frame: bytes, state: SupplyState) -> None:
    """Limit switches in a frame are a state; what the codec cannot read is no answer at all, not even of somebody."""
    reply = answered(base64.b64encode(frame).decode())
    seen = decode_look(CODED, [reply], NOW)
    assert seen.state is state
    assert (seen.identity.value == "plug-1") is (len(frame) > 4)
    assert decode_look(CODED, [], NOW).state is decode_look(CODED, [None], NOW).state is SupplyState.UNKNOWN


def test_checks_read_the_same_frame() -> None:
    """A check between steps decodes its answer as a look does, and holds for nothing that cannot be read."""
    _, pause, *checks, write = plan_command(CODED, SupplyState.DISCONNECTED, "p")
    assert pause == Pause(1)
    assert write == MqttWrite("p/do", "MA==", within_s=5)
    assert [describe(check) for check in checks] == [
        "check that status has 0x0000 under mask 0x0020 within 2 s",
        "check that status is between 12 and 20 within 2 s",
        "check that status is above 8 within 2 s",
        "check that id equals 'plug-1' within 2 s",
    ]
    for check in checks:
        assert isinstance(check, Check)
        assert check.question == answered("").request
        assert check.holds(answered(base64.b64encode(b"3600@").decode()))
        assert not check.holds(answered("%"))
        assert not check.holds(Words(ModbusRead(1, Table.HOLDING, 0, 1), (0,), NOW))


# --- other packages -----------------------------------------------------------------------------


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of somebody else's: a codec, one that cannot be imported, and a folder with a profile."""
    package = tmp_path / "acme_meters"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "models" / "__init__.py").write_text("", encoding="utf-8")
    (package / "frames.py").write_text(
        "def decode(message):\n    return {'state': message.decode()}\n"
        "def encode(command, number):\n    return f'{command[:1]}{number}'\n",
        encoding="utf-8",
    )
    profile = (SAMPLES / "plain-text-valve.yaml").read_text(encoding="utf-8")
    profile = profile.replace("plain-text-valve", "acme-valve").replace(
        "payload_text: CLOSE", "payload_text: '{frame}', encode: {codec: acme}"
    )
    (package / "models" / "acme-valve.yaml").write_text(profile, encoding="utf-8")
    about = tmp_path / "acme_meters-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-meters\nVersion: 1.0\n", encoding="utf-8")
    (about / "entry_points.txt").write_text(
        "[meterhold.codecs]\nacme = acme_meters.frames\nbroken = acme_meters.absent\n"
        "[meterhold.profiles]\nacme = acme_meters.models\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [name for name in sys.modules if name.split(".")[0] == "acme_meters"]:
        monkeypatch.delitem(sys.modules, name)
    return tmp_path


def test_a_package_brings_its_own_codec_and_profiles(installed: Path) -> None:
    """A maker ships a file and a function in a package of its own, and nothing here is changed."""
    assert InstalledCodecs()["acme"].values_of(b"shut") == {"state": "shut"}
    profiles = load_profiles()
    (write,) = plan_command(profiles["acme-valve"], SupplyState.DISCONNECTED, "v", number=9)
    assert describe(write) == "v/set d9"


def test_nothing_is_imported_before_it_is_named(installed: Path) -> None:
    """A package with a broken codec harms nobody who does not use it; who names it is told."""
    codecs = InstalledCodecs()
    assert {"acme", "broken", "milesight_uc511", "strega_valve"} <= set(codecs)
    assert len(codecs) == len(list(codecs))
    assert "acme_meters.frames" not in sys.modules
    text = (SAMPLES / "carried-valve.yaml").read_text(encoding="utf-8")
    with pytest.raises(Malformed, match=r"codec 'broken' \(acme_meters.absent\) cannot be imported"):
        parse_profile(text.replace("milesight_uc511, data", "broken, data"), "x", codecs)


def test_a_package_that_holds_no_folder_is_told(installed: Path) -> None:
    """An entry point that leads nowhere is a fault like any other, with its name."""
    points = installed / "acme_meters-1.0.dist-info" / "entry_points.txt"
    points.write_text("[meterhold.profiles]\nacme = acme_meters.nowhere\n", encoding="utf-8")
    with pytest.raises(Malformed) as refused:
        load_profiles()
    (fault,) = refused.value.faults
    assert fault.field == "package acme_meters.nowhere"
    assert "named by the entry point 'acme', cannot be read" in fault.rule
