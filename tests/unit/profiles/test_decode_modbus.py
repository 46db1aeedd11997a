"""What looks at the two Modbus models show, register by register."""

from dataclasses import replace
from decimal import Decimal
from struct import pack, unpack

import pytest

from meterhold.domain.observation import IdentitySeen, Interlock
from meterhold.domain.words import Because, Identity, Quality, Quantity, SupplyState
from meterhold.profiles import decode_look
from meterhold.profiles.wire import ModbusRead, Table, Words
from tests.unit.profiles.replies import DDS238, EARLIER, NOW, XINTAI, words

DRAWING = {0x0001: 7133, 0x000B: 513, 0x0009: 7, 0x000C: 2327, 0x000D: 500, 0x000E: 1100, 0x001A: 1}
IDLE = {**DRAWING, 0x000D: 0, 0x000E: 0}


def f32_dcba(value: float) -> tuple[int, int]:
    """Two words as the Xintai sends a float."""
    first, second = unpack(">HH", pack("<f", value))
    return first, second


def xintai(valve: int, flow_m3_h: float = 0.0, pipe: int = 0x00AA) -> dict[int, int]:
    """A register image of the Xintai."""
    flow, volume = f32_dcba(flow_m3_h), f32_dcba(12.5)
    return {
        **dict(zip((0x0001, 0x0002), volume, strict=True)),
        **dict(zip((0x0005, 0x0006), flow, strict=True)),
        0x0007: pipe,
        0x0014: 0x2024,
        0x0015: 0x0117,
        0x001C: valve,
    }


def test_dds238_connected_and_drawing() -> None:
    """A relay register that may echo fills only the echo; load, supply and registers are measured."""
    seen = decode_look(DDS238, words(DDS238, DRAWING), NOW)
    assert (seen.state, seen.echo_state, seen.load) == (SupplyState.UNKNOWN, SupplyState.CONNECTED, True)
    assert seen.supply_healthy is True
    assert seen.identity == IdentitySeen(Identity.FINGERPRINT, None)
    assert seen.interlocks == ()
    assert {r.quantity: (str(r.value), r.quality, r.at) for r in seen.registers} == {
        Quantity.ENERGY_TOTAL_KWH: ("71.33", Quality.ACTUAL, NOW),
        Quantity.ENERGY_IMPORT_KWH: ("5.13", Quality.ACTUAL, NOW),
        Quantity.ENERGY_EXPORT_KWH: ("0.07", Quality.ACTUAL, NOW),
    }
    assert {m.quantity: str(m.value) for m in seen.measured} == {
        Quantity.ENERGY_TOTAL_KWH: "71.33",
        Quantity.ENERGY_IMPORT_KWH: "5.13",
        Quantity.ENERGY_EXPORT_KWH: "0.07",
        Quantity.VOLTAGE_V: "232.7",
        Quantity.CURRENT_A: "5.00",
        Quantity.POWER_W: "1100",
    }
    assert seen.source == "relay(echo), current(load), power(load)"


@pytest.mark.parametrize(
    ("registers", "load"),
    [
        ({}, False),
        ({0x000D: 2}, False),
        ({0x000D: 3}, True),
        ({0x000E: 2}, False),
        ({0x000E: 3}, True),
        ({0x000E: 0x10000 - 500}, True),
    ],
    ids=["nothing", "at the limit", "current", "power at the limit", "power", "feeding in"],
)
def test_dds238_load(registers: dict[int, int], *, load: bool) -> None:
    """Current or power above its threshold is a load, whichever way it flows; none only if neither is."""
    assert decode_look(DDS238, words(DDS238, {**IDLE, 0x001A: 0, **registers}), NOW, EARLIER).load is load


def test_dds238_welded_shows_off_with_a_load() -> None:
    """A relay register at 0 with current still flowing: the echo says one thing and the load another."""
    seen = decode_look(DDS238, words(DDS238, {**DRAWING, 0x001A: 0}), NOW, EARLIER)
    assert (seen.state, seen.echo_state, seen.load) == (SupplyState.UNKNOWN, SupplyState.DISCONNECTED, True)


@pytest.mark.parametrize("relay", [2, 255, 0xFF00, 0xFFFF])
def test_dds238_relay_values_that_nobody_documented_are_unknown(relay: int) -> None:
    """Only 0 and 1 mean anything."""
    seen = decode_look(DDS238, words(DDS238, {**IDLE, 0x001A: relay}), NOW)
    assert seen.shown_state is SupplyState.UNKNOWN
    assert "relay" not in seen.source


def test_dds238_does_not_break_more_than_it_may() -> None:
    """More than the assumed breaking current forbids disconnecting, never connecting."""
    at_most = decode_look(DDS238, words(DDS238, {**DRAWING, 0x000D: 6000}), NOW)
    above = decode_look(DDS238, words(DDS238, {**DRAWING, 0x000D: 6001}), NOW)
    assert at_most.interlocks == ()
    assert above.interlocks == (Interlock(Because.LOAD_TOO_HIGH, blocks_disconnect=True, blocks_connect=False),)


def test_dds238_dead_supply_side() -> None:
    """Without voltage nothing that stands still proves anything."""
    assert decode_look(DDS238, words(DDS238, {**IDLE, 0x000C: 1800}), NOW).supply_healthy is False


@pytest.mark.parametrize(
    ("bits", "state"),
    [
        (0b0001, SupplyState.CONNECTED),
        (0b0010, SupplyState.DISCONNECTED),
        (0b1010, SupplyState.DISCONNECTED),
        (0b1001, SupplyState.CONNECTED),
        (0b0000, SupplyState.MOVING),
        (0b1000, SupplyState.MOVING),
        (0b0100, SupplyState.FAULT),
        (0b0110, SupplyState.FAULT),
        (0b1111, SupplyState.FAULT),
        (0b0011, SupplyState.UNKNOWN),
        (0b1011, SupplyState.UNKNOWN),
    ],
)
def test_xintai_valve_bits(bits: int, state: SupplyState) -> None:
    """Bits combine: a low battery hides no state, both positions at once are none."""
    seen = decode_look(XINTAI, words(XINTAI, xintai(bits)), NOW)
    assert (seen.state, seen.echo_state) == (state, SupplyState.UNKNOWN)


def test_xintai_low_battery_forbids_only_disconnecting() -> None:
    """Water must still come back on a weak battery."""
    seen = decode_look(XINTAI, words(XINTAI, xintai(0b1001)), NOW)
    assert seen.interlocks == (Interlock(Because.BATTERY_LOW, blocks_disconnect=True, blocks_connect=False),)


@pytest.mark.parametrize(
    ("flow_m3_h", "pipe", "load", "empty"),
    [
        (0.545, 0x00AA, True, False),
        (0.02, 0x00AA, True, False),
        (0.0, 0x00AA, False, False),
        (0.0, 0x0055, None, True),
        (0.545, 0x0055, None, True),
        (0.0, 0x0000, None, False),
        (float("nan"), 0x00AA, None, False),
        (-0.5, 0x00AA, True, False),
    ],
    ids=["flow", "leaking seat", "none", "empty", "empty with flow", "pipe unknown", "no number", "backwards"],
)
def test_xintai_flow(flow_m3_h: float, pipe: int, load: bool | None, *, empty: bool) -> None:
    """Flow is the load; in a pipe that is not shown full it says nothing."""
    seen = decode_look(XINTAI, words(XINTAI, xintai(2, flow_m3_h, pipe)), NOW, EARLIER)
    assert (seen.load, seen.empty_pipe) == (load, empty)


def test_xintai_identity_and_register() -> None:
    """The meter address is the serial number, the volume the billing register."""
    seen = decode_look(XINTAI, words(XINTAI, xintai(1, 0.545)), NOW)
    assert seen.identity == IdentitySeen(Identity.SERIAL, "0000000020240117")
    volume = seen.register(Quantity.VOLUME_M3)
    assert volume is not None
    assert volume.value == Decimal("12.5")
    assert seen.source == "valve(driver), flow(load)"


def test_xintai_without_a_meter_address_is_nobody() -> None:
    """A meter whose address was never set is not identified, rather than identified as zeros."""
    image = {**xintai(1), 0x0014: 0, 0x0015: 0}
    assert decode_look(XINTAI, words(XINTAI, image), NOW).identity == IdentitySeen(Identity.NONE, None)


def test_a_reply_that_is_not_the_answer_tells_nothing() -> None:
    """Short, missing, swapped or foreign replies leave every point unread."""
    measured, relay = words(DDS238, DRAWING)
    assert isinstance(measured, Words)
    short = replace(measured, values=measured.values[:-1])
    elsewhere = replace(measured, request=replace(measured.request, address=1))
    other_table = replace(measured, request=replace(measured.request, table=Table.INPUT))
    for replies in ([], [short], [relay, measured], [elsewhere], [other_table]):
        seen = decode_look(DDS238, replies, NOW)
        assert (seen.shown_state, seen.load, seen.supply_healthy) == (SupplyState.UNKNOWN, None, None)
        assert seen.identity == IdentitySeen(Identity.NONE, None)
        assert (seen.registers, seen.measured, seen.source) == ((), (), "")


def test_half_an_answer_keeps_what_it_holds() -> None:
    """The block without the relay still measures; it shows no state."""
    block, _ = words(DDS238, DRAWING)
    seen = decode_look(DDS238, [block], NOW)
    assert (seen.shown_state, seen.load) == (SupplyState.UNKNOWN, True)


def test_a_read_that_nobody_planned_is_not_decoded() -> None:
    """More replies than questions do no harm."""
    extra = Words(ModbusRead(1, Table.HOLDING, 0, 1), (1,), NOW)
    replies = [*words(XINTAI, xintai(2)), extra]
    assert decode_look(XINTAI, replies, NOW).state is SupplyState.DISCONNECTED
