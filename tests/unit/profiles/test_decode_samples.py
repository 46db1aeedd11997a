"""Parts of the language that no shipped model needs all at once: positions, guards, the load side, bits, alarms."""

import pytest

from meterhold.domain.observation import IdentitySeen, Interlock, Observation
from meterhold.domain.words import Because, Evidence, Identity, Quantity, SupplyState
from meterhold.profiles import decode_look, plan_look, show_points
from meterhold.profiles.wire import ModbusRead, Reply, Table, Words
from tests.unit.profiles.replies import EARLIER, NOW, sample

POSITIONED = sample("positioned-valve")
WELL = {
    (Table.INPUT, 0x0100): 46,
    (Table.INPUT, 0x0101): 0x4C58,
    (Table.INPUT, 0x0102): 0x3437,
    (Table.INPUT, 0x0000): 0x000F,
    (Table.HOLDING, 0x0021): 0x0815,
}
BACK_FED = (Table.INPUT, 0x0012)
POSITION = (Table.INPUT, 0x0010)
SWITCH = (Table.INPUT, 0x0000)
REASON = (Table.INPUT, 0x0016)


def look(**changes: dict[tuple[Table, int], int]) -> Observation:
    """Decode a look at an image: what is not in it is 0."""
    image = {**WELL, **changes.get("image", {})}
    replies: list[Reply] = []
    for question in plan_look(POSITIONED, "1"):
        assert isinstance(question, ModbusRead)
        span = range(question.address, question.address + question.count)
        replies.append(Words(question, tuple(image.get((question.table, at), 0) for at in span), NOW))
    return decode_look(POSITIONED, replies, NOW, EARLIER)


@pytest.mark.parametrize(
    ("tenths", "state"),
    [
        (0, SupplyState.DISCONNECTED),
        (20, SupplyState.DISCONNECTED),
        (21, SupplyState.MOVING),
        (430, SupplyState.MOVING),
        (979, SupplyState.MOVING),
        (980, SupplyState.CONNECTED),
        (1020, SupplyState.CONNECTED),
        (1021, SupplyState.UNKNOWN),
        (0xFFFF, SupplyState.UNKNOWN),
    ],
)
def test_a_position_has_a_tolerance(tenths: int, state: SupplyState) -> None:
    """A valve is where it is meant to be give or take a little; between the ends it moves or is stuck."""
    assert look(image={POSITION: tenths}).state is state


@pytest.mark.parametrize(
    ("word", "state"),
    [
        (0x000F, SupplyState.DISCONNECTED),
        (0x010F, SupplyState.DISCONNECTED),
        (0x00F0, SupplyState.CONNECTED),
        (0x00FF, SupplyState.UNKNOWN),
        (0x0F00, SupplyState.UNKNOWN),
    ],
)
def test_a_state_in_the_low_byte(word: int, state: SupplyState) -> None:
    """What stands in the other byte hides no state and makes none."""
    assert look(image={SWITCH: word}).echo_state is state


@pytest.mark.parametrize(("tenths", "alive"), [(0, False), (500, False), (501, True), (2300, True)])
def test_voltage_behind_the_switch(tenths: int, *, alive: bool) -> None:
    """Voltage on the load side is told apart from load: it is there without a customer drawing anything."""
    seen = look(image={BACK_FED: tenths})
    assert seen.load_side_voltage is alive
    assert seen.load is None
    assert "load_side" in seen.source
    assert Evidence.LOAD in POSITIONED.evidence


def test_interlocks_come_from_bits_of_every_table() -> None:
    """A padlock in a high byte, a lock coil and a trip reason are each told."""
    assert look().interlocks == ()
    padlock = Interlock(Because.LOCAL_CONTROL, blocks_disconnect=False, blocks_connect=True)
    assert look(image={SWITCH: 0x010F}).interlocks == (padlock,)
    assert look(image={(Table.COIL, 2): 1}).interlocks == (padlock,)
    tripped = Interlock(Because.TRIPPED, blocks_disconnect=False, blocks_connect=True)
    assert look(image={REASON: 6}).interlocks == (tripped,)
    assert look(image={REASON: 7}).interlocks == ()


def test_an_alarm_forbids_nothing() -> None:
    """What a person should know of is told, and stops no movement."""
    alarm = Interlock(Because.LOCAL_CONTROL, blocks_disconnect=False, blocks_connect=False)
    assert look(image={(Table.DISCRETE, 7): 1}).interlocks == (alarm,)


@pytest.mark.parametrize(
    ("image", "guard"),
    [
        ({(Table.INPUT, 0x0100): 32}, "firmware(guard failed)"),
        ({(Table.INPUT, 0x0100): 50}, "firmware(guard failed)"),
        ({(Table.INPUT, 0x0102): 0x3438}, "model(guard failed)"),
        ({(Table.INPUT, 0x0101): 0, (Table.INPUT, 0x0102): 0}, "model(guard failed)"),
    ],
    ids=["older", "newer", "other model", "no model"],
)
def test_another_firmware_is_nobody(image: dict[tuple[Table, int], int], guard: str) -> None:
    """Registers of another map mean something else: nothing of them is believed, least of all who answered."""
    assert look(image=image) == Observation(at=NOW, source=guard)
    assert look().identity == IdentitySeen(Identity.SERIAL, "00000815")


def test_every_point_can_be_shown_with_its_words() -> None:
    """A person who tries a profile sees what came and what was made of it, even where a guard fails."""
    replies: list[Reply] = []
    for question in plan_look(POSITIONED, "1"):
        assert isinstance(question, ModbusRead)
        span = range(question.address, question.address + question.count)
        image = {BACK_FED: 2301, (Table.INPUT, 0x0101): 0x4C58, (Table.INPUT, 0x0102): 0x3437}
        replies.append(Words(question, tuple(image.get((question.table, at), 0) for at in span), NOW))
    shown = {point.name: point for point in show_points(POSITIONED, replies, NOW)}
    assert list(shown) == list(POSITIONED.definition.points)
    behind = shown["behind"]
    assert (behind.words, behind.raw, str(behind.value), behind.quantity) == (
        (2301,),
        2301,
        "230.1",
        Quantity.VOLTAGE_V,
    )
    assert (shown["model"].words, shown["model"].raw, shown["model"].value) == ((0x4C58, 0x3437), "LX47", None)
    assert (shown["serial"].words, shown["serial"].raw) == ((0, 0), None)
    assert all(point.raw is None and point.words == () for point in show_points(POSITIONED, [], NOW))
