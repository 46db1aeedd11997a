"""What the later Modbus models show in a look, and what is written to them, register by register."""

from collections.abc import Mapping
from decimal import Decimal
from importlib.resources import files

import pytest
import yaml

from meterhold.domain.errors import Malformed
from meterhold.domain.observation import IdentitySeen, Interlock, Observation
from meterhold.domain.words import Because, Identity, Quantity, SupplyState
from meterhold.profiles import Profile, decode_look, describe, parse_profile, plan_command, plan_look, resolve
from meterhold.profiles.wire import MaskedWrite, ModbusRead, Reply, Table, Words
from tests.unit.profiles.replies import EARLIER, NOW, PROFILES

LX47LE = PROFILES["lingxun-lx47le-125"]
NEPTUN = PROFILES["neptun-smart"]
WB_MWAC = PROFILES["wiren-board-wb-mwac-v2"]
ACTI9 = PROFILES["schneider-acti9-smartlink"]
ABB_A43 = PROFILES["abb-a43-outputs"]

S = SupplyState
Image = Mapping[tuple[Table, int], int]


def looked(profile: Profile, image: Image) -> Observation:
    """Decode a look at an image of the device; what is not in it is 0."""
    replies: list[Reply] = []
    for question in plan_look(profile, "1"):
        assert isinstance(question, ModbusRead)
        span = range(question.address, question.address + question.count)
        replies.append(Words(question, tuple(image.get((question.table, at), 0) for at in span), NOW))
    return decode_look(profile, replies, NOW, EARLIER)


def blocking(seen: Observation) -> list[tuple[Because, bool, bool]]:
    """What forbids a movement: cause, whether it forbids disconnecting, whether connecting."""
    return [(lock.because, lock.blocks_disconnect, lock.blocks_connect) for lock in seen.interlocks]


@pytest.mark.parametrize(
    ("profile", "unit", "target", "frame"),
    [
        (LX47LE, "1", S.DISCONNECTED, "unit 1: 05 00 01 00 00"),
        (LX47LE, "1", S.CONNECTED, "unit 1: 05 00 01 FF 00"),
        (WB_MWAC, "57", S.DISCONNECTED, "unit 57: 05 00 00 00 00"),
        (WB_MWAC, "57", S.CONNECTED, "unit 57: 05 00 00 FF 00"),
        (ACTI9, "3", S.DISCONNECTED, "unit 3: 06 37 79 00 01"),
        (ACTI9, "3", S.CONNECTED, "unit 3: 06 37 79 00 02"),
        (ABB_A43, "5", S.DISCONNECTED, "unit 5: 06 63 00 00 00"),
        (ABB_A43, "5", S.CONNECTED, "unit 5: 06 63 00 00 01"),
    ],
)
def test_each_command_is_one_write(profile: Profile, unit: str, target: SupplyState, frame: str) -> None:
    """Byte for byte what the device's documents show."""
    assert [describe(step) for step in plan_command(profile, target, unit)] == [frame]


@pytest.mark.parametrize(
    ("word", "disconnected", "connected"),
    [
        (0x0300, "06 00 00 00 00", "06 00 00 03 00"),
        (0x1B00, "06 00 00 18 00", "06 00 00 1B 00"),
        (0x1C01, "06 00 00 1C 01", "06 00 00 1F 01"),
        (0x18FE, "06 00 00 18 00", "06 00 00 1B 00"),
        (0xFFFF, "06 00 00 1C 01", "06 00 00 1F 01"),
    ],
    ids=["the published frames", "settings", "all settings", "alarms and pairing", "every bit"],
)
def test_neptun_settings_go_back_and_nothing_else(word: int, disconnected: str, connected: str) -> None:
    """Taps are set or cleared, settings are kept, what the module only shows and pairing are never written as 1."""
    for target, frame in ((S.DISCONNECTED, disconnected), (S.CONNECTED, connected)):
        (step,) = plan_command(NEPTUN, target, "240")
        assert isinstance(step, MaskedWrite)
        assert describe(resolve(step, Words(step.read, (word,), NOW))) == f"unit 240: {frame}"


_I, _C, _H = Table.INPUT, Table.COIL, Table.HOLDING
BREAKER: Image = {
    (_I, 0): 0x00F0,
    (_I, 7): 65,
    (_I, 8): 230,
    (_I, 9): 500,
    (_I, 11): 1150,
    (_I, 22): 0xF,
    (_I, 37): 12345,
}
OPENED: Image = {**BREAKER, (_I, 0): 0x000F, (_I, 9): 0, (_I, 11): 0, (_I, 22): 7}


def test_lx47le_connected_and_drawing() -> None:
    """The state follows the motor, the load is measured, the energy is the fingerprint."""
    seen = looked(LX47LE, BREAKER)
    assert (seen.state, seen.echo_state, seen.load, seen.supply_healthy) == (S.CONNECTED, S.UNKNOWN, True, True)
    assert seen.identity == IdentitySeen(Identity.FINGERPRINT, None)
    assert seen.interlocks == ()
    assert [(r.quantity, r.value) for r in seen.registers] == [(Quantity.ENERGY_TOTAL_KWH, Decimal("12.345"))]


@pytest.mark.parametrize(
    ("word", "state"),
    [
        (0x00F0, S.CONNECTED),
        (0x01F0, S.CONNECTED),
        (0x000F, S.DISCONNECTED),
        (0x010F, S.DISCONNECTED),
        (0x0000, S.UNKNOWN),
        (0x00FF, S.UNKNOWN),
        (0x00F1, S.UNKNOWN),
        (0x0F00, S.UNKNOWN),
    ],
)
def test_lx47le_states(word: int, state: SupplyState) -> None:
    """Only the two documented bytes are a state, whatever the lock says beside them."""
    assert looked(LX47LE, {**OPENED, (_I, 0): word}).state is state


@pytest.mark.parametrize(
    ("changes", "locks"),
    [
        ({(_I, 0): 0x010F}, [(Because.LOCAL_CONTROL, False, True)]),
        ({(_C, 2): 1}, [(Because.LOCAL_CONTROL, False, True)]),
        *(({(_I, 22): reason}, [(Because.TRIPPED, False, True)]) for reason in range(1, 7)),
        *(({(_I, 22): reason}, []) for reason in (0, 7, 8, 9, 0xA, 0xB, 0xF)),
    ],
)
def test_lx47le_locks_and_trips_forbid_closing_alone(changes: Image, locks: list[tuple[Because, bool, bool]]) -> None:
    """A padlock, the remote lock and each protection; what a person, a command or a power loss did forbids nothing."""
    assert blocking(looked(LX47LE, {**OPENED, **changes})) == locks


@pytest.mark.parametrize(
    "changes",
    [
        {(_I, 8): 65},
        {(_I, 8): 500},
        {(_I, 8): 230, (_I, 7): 230},
        {(_I, 8): 0},
    ],
    ids=["a temperature", "a current", "both off by one", "no voltage"],
)
def test_lx47le_of_another_firmware_is_not_believed(changes: Image) -> None:
    """Where voltage and temperature do not stand where they should, nobody has answered and nothing is known."""
    seen = looked(LX47LE, {**BREAKER, **changes})
    assert (seen.state, seen.load, seen.identity.strength) == (S.UNKNOWN, None, Identity.NONE)


@pytest.mark.parametrize(
    ("word", "echo"),
    [
        (0x0000, S.DISCONNECTED),
        (0x1C01, S.DISCONNECTED),
        (0x0300, S.CONNECTED),
        (0x1F01, S.CONNECTED),
        (0x0100, S.UNKNOWN),
        (0x0200, S.UNKNOWN),
    ],
)
def test_neptun_shows_an_echo_only(word: int, echo: SupplyState) -> None:
    """Both taps on or both off; one of each is neither; and never more than what was commanded."""
    seen = looked(NEPTUN, {(_H, 0): word, (_H, 108): 1230})
    assert (seen.state, seen.echo_state, seen.load) == (S.UNKNOWN, echo, None)
    assert [(r.quantity, r.value) for r in seen.registers] == [(Quantity.VOLUME_M3, Decimal("1.230"))]
    assert NEPTUN.paired


@pytest.mark.parametrize(
    ("bit", "locks"),
    [
        *((bit, [(Because.TRIPPED, False, True)]) for bit in (1, 2, 5, 6)),
        (7, [(Because.LOCAL_CONTROL, True, True)]),
        (3, [(Because.BATTERY_LOW, False, False)]),
        (4, [(Because.DEVICE_OFFLINE, False, False)]),
        *((bit, []) for bit in (0, 10, 11, 12)),
    ],
)
def test_neptun_alarms(bit: int, locks: list[tuple[Because, bool, bool]]) -> None:
    """A leak and a lost sensor that shut the taps forbid connecting; a weak battery and a lost sensor are told."""
    assert blocking(looked(NEPTUN, {(_H, 0): 1 << bit})) == locks


def test_wb_mwac_shows_an_echo_its_serial_and_its_counter() -> None:
    """32 bits of serial, 64 of litres; leakage mode forbids connecting."""
    image = {(_C, 0): 1, (_I, 270): 0x0041, (_I, 271): 0x1498, (_I, 1070): 1, (_I, 1071): 0xE240}
    seen = looked(WB_MWAC, image)
    assert (seen.state, seen.echo_state, seen.load) == (S.UNKNOWN, S.CONNECTED, None)
    assert seen.identity == IdentitySeen(Identity.SERIAL, "4265112")
    assert [(r.quantity, r.value) for r in seen.registers] == [(Quantity.VOLUME_M3, Decimal("123.456"))]
    assert seen.interlocks == ()
    leaking = looked(WB_MWAC, {**image, (_C, 0): 0, (_C, 2): 1})
    assert leaking.echo_state is S.DISCONNECTED
    assert leaking.interlocks == (Interlock(Because.TRIPPED, blocks_disconnect=False, blocks_connect=True),)


MODULE: Image = {
    **{(_H, 0x0064 + n): word for n, word in enumerate((0x5042, 0x3136, 0x3233, 0x3430, 0x3137))},
    (_H, 0x0070): 0x0002,
    (_H, 0x3778): 0x0003,
}


@pytest.mark.parametrize(
    ("status", "state"),
    [(0x0003, S.CONNECTED), (0x0002, S.DISCONNECTED), (0x0000, S.UNKNOWN), (0x0001, S.UNKNOWN)],
)
def test_acti9_states(status: int, state: SupplyState) -> None:
    """The contact counts only where the product is there."""
    seen = looked(ACTI9, {**MODULE, (_H, 0x3778): status})
    assert (seen.state, seen.load, seen.registers) == (state, None, ())
    assert seen.identity == IdentitySeen(Identity.SERIAL, "PB16234017")


@pytest.mark.parametrize("module", [0x0001, 0x0006, 0x0004, 0x0044, 0x0008, 0x0042, 0x0000])
def test_acti9_data_that_are_invalid_are_not_believed(module: int) -> None:
    """Starting, degraded, in error or invalid: every contact reads as open then, and means nothing."""
    seen = looked(ACTI9, {**MODULE, (_H, 0x0070): module, (_H, 0x3778): 0x0002})
    assert (seen.state, seen.identity.strength) == (S.UNKNOWN, Identity.NONE)


def test_acti9_nothing_on_the_channel_forbids_disconnecting() -> None:
    """The order would stay and be carried out whenever the product is back; a reconnection may wait there."""
    assert blocking(looked(ACTI9, {**MODULE, (_H, 0x3778): 0})) == [(Because.DEVICE_OFFLINE, True, False)]


@pytest.mark.parametrize("order", [1, 2])
def test_acti9_an_untaken_order_forbids_disconnecting(order: int) -> None:
    """Somebody else's order may still be carried out; bringing supply back is never held up by it."""
    assert blocking(looked(ACTI9, {**MODULE, (_H, 0x3779): order})) == [(Because.LOCAL_CONTROL, True, False)]


A43: Image = {
    (_H, 0x5002): 0x000D,
    (_H, 0x5003): 0x1290,
    (_H, 0x5B01): 2301,
    (_H, 0x5B0D): 101,
    (_H, 0x5B14): 0x0001,
    (_H, 0x5B15): 0xE8E4,
    (_H, 0x6300): 1,
    (_H, 0x8900): 0x00BC,
    (_H, 0x8901): 0x614E,
}
NOTHING: Image = {**A43, (_H, 0x5B0D): 0, (_H, 0x5B14): 0, (_H, 0x5B15): 0, (_H, 0x6300): 0}


def test_abb_a43_connected_and_drawing() -> None:
    """The output is an echo; the meter's own current and power are the load; the manual's example energy."""
    seen = looked(ABB_A43, A43)
    assert (seen.state, seen.echo_state, seen.load, seen.supply_healthy) == (S.UNKNOWN, S.CONNECTED, True, True)
    assert seen.identity == IdentitySeen(Identity.SERIAL, "12345678")
    assert [(r.quantity, r.value) for r in seen.registers] == [
        (Quantity.ENERGY_IMPORT_KWH, Decimal("8567.20")),
        (Quantity.ENERGY_EXPORT_KWH, Decimal(0)),
    ]
    assert Decimal("1251.56") in [one.value for one in seen.measured]


@pytest.mark.parametrize(
    ("changes", "load"),
    [
        ({}, False),
        ({(_H, 0x5B0F): 3}, True),
        ({(_H, 0x5B11): 3}, True),
        ({(_H, 0x5B14): 0xFFFF, (_H, 0x5B15): 0xFF00}, True),
        ({(_H, 0x5B0C): 0xFFFF, (_H, 0x5B0D): 0xFFFF}, None),
        ({(_H, 0x5B14): 0x7FFF, (_H, 0x5B15): 0xFFFF}, None),
    ],
    ids=["nothing", "on L2", "on L3", "feeding in", "current not measured", "power not measured"],
)
def test_abb_a43_load(changes: Image, *, load: bool | None) -> None:
    """Any phase is a load; none only if every point is measured and shows none."""
    seen = looked(ABB_A43, {**NOTHING, **changes})
    assert (seen.echo_state, seen.load) == (S.DISCONNECTED, load)


def _forbidden() -> list[tuple[str, dict[str, object]]]:
    rows = []
    for name, profile in PROFILES.items():
        text = (files("meterhold.profiles") / "builtin" / f"{name}.yaml").read_text(encoding="utf-8")
        document = yaml.safe_load(text)
        rows += [(name, row) for row in document.get("forbidden", ()) if profile.line is not None]
    return rows


@pytest.mark.parametrize(("name", "row"), _forbidden())
def test_no_command_can_be_written_that_touches_what_is_forbidden(name: str, row: dict[str, object]) -> None:
    """For each forbidden range of each Modbus profile: a write at its start is refused, with the reason."""
    text = (files("meterhold.profiles") / "builtin" / f"{name}.yaml").read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    function = 5 if row["table"] == "coil" else 6
    value = row.get("bits", 1)
    document["commands"]["disconnect"]["steps"] = [
        {"write": {"function": function, "address": row["address"], "values": [value]}}
    ]
    with pytest.raises(Malformed) as refused:
        parse_profile(yaml.safe_dump(document), name)
    assert str(row["why"]) in str(refused.value)
