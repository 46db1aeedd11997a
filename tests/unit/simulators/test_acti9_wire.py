"""Acti9 I/O Smart Link on its wire: orders that clear themselves, eleven channels, and data that may be invalid."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from meterhold_simulators import Fleet, FleetFileError, parse_fleet
from tests.unit.simulators.hand_clock import HandClock
from tests.unit.simulators.raw_modbus import RawModbus

MODULE: dict[str, Any] = {"model": "acti9", "listener": "tcp", "unit": 3, "serial": "PB16234017", "load_w": 690}
OPEN, CLOSE = "06 37 79 00 01", "06 37 79 00 02"
READ_STATUS, READ_ORDER = "03 37 78 00 01", "03 37 79 00 01"


@pytest.fixture
async def fleet(clock: HandClock) -> AsyncIterator[Fleet]:
    """One module: contactors on channels 1 and 11, a breaker with its remote control on channel 2."""
    spec = {
        "listeners": {"tcp": {}},
        "meters": [
            {**MODULE, "id": "E-1"},
            {**MODULE, "id": "E-2", "channel": 2, "product": "rca"},
            {**MODULE, "id": "E-11", "channel": 11, "connected": False},
        ],
    }
    async with Fleet.start(parse_fleet(spec), clock=clock) as running:
        yield running


async def test_an_order_clears_itself_when_it_is_taken(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """The bit stands until the order is taken; then it reads 0 and the auxiliary contact has followed."""
    assert await tcp.ask(3, READ_STATUS) == "03 02 00 03"
    assert await tcp.ask(3, OPEN) == OPEN
    assert (await tcp.ask(3, READ_ORDER), await tcp.ask(3, READ_STATUS)) == ("03 02 00 01", "03 02 00 03")
    clock.seconds += 0.2
    assert (await tcp.ask(3, READ_ORDER), await tcp.ask(3, READ_STATUS)) == ("03 02 00 00", "03 02 00 02")
    await tcp.ask(3, CLOSE)
    assert await tcp.ask(3, READ_ORDER) == "03 02 00 02"
    clock.seconds += 0.2
    assert await tcp.ask(3, READ_STATUS) == "03 02 00 03"
    assert [entry.target for entry in fleet.journal.writes("E-1")] == ["disconnected", "connected"]


async def test_an_order_may_come_with_function_16(tcp: RawModbus, fleet: Fleet) -> None:
    """One register, the other way."""
    assert await tcp.ask(3, "10 37 79 00 01 02 00 01") == "10 37 79 00 01"
    assert [entry.target for entry in fleet.journal.writes("E-1")] == ["disconnected"]


@pytest.mark.parametrize("bits", [0, 3])
async def test_both_bits_or_none_do_nothing(tcp: RawModbus, fleet: Fleet, clock: HandClock, bits: int) -> None:
    """The contradiction is acknowledged, and nothing follows."""
    await tcp.ask(3, f"06 37 79 00 0{bits}")
    clock.seconds += 1
    assert (await tcp.ask(3, READ_ORDER), await tcp.ask(3, READ_STATUS)) == ("03 02 00 00", "03 02 00 03")
    assert [entry.fate for entry in fleet.journal.writes("E-1")] == ["not_applied"]


@pytest.mark.parametrize(("meter", "address"), [("E-1", "37 79"), ("E-2", "37 a1"), ("E-11", "39 09")])
async def test_channels_stand_forty_registers_apart(tcp: RawModbus, fleet: Fleet, meter: str, address: str) -> None:
    """An order reaches its own channel and no other."""
    await tcp.ask(3, f"06 {address} 00 01")
    assert [entry.meter_id for entry in fleet.journal.writes()] == [meter]


async def test_one_read_may_span_channels(tcp: RawModbus) -> None:
    """Status of channels 1 and 2 in one block, with zeros for what has no meaning."""
    words = (await tcp.ask(3, "03 37 78 00 29")).split()[2:]
    assert (words[:2], words[80:]) == (["00", "03"], ["00", "03"])
    assert set(words[2:80]) == {"00"}


async def test_serial_and_state_of_the_module(tcp: RawModbus) -> None:
    """Twelve characters, the operating phase, and which bits are valid."""
    assert bytes.fromhex((await tcp.ask(3, "03 00 64 00 06"))[6:]) == b"PB16234017\0\0"
    assert await tcp.ask(3, "03 00 70 00 02") == "03 04 00 02 a0 cf"


async def test_cycles_count_movements(tcp: RawModbus, clock: HandClock, fleet: Fleet) -> None:
    """Off and on again are two more."""
    for order in (OPEN, CLOSE):
        await tcp.ask(3, order)
        clock.seconds += 0.2
        fleet.wake()
    assert await tcp.ask(3, "03 37 84 00 02") == "03 04 00 00 00 02"


async def test_without_a_product_orders_stay_untaken(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """The status says that nothing is there; the order stays, and is taken once the product is back."""
    fleet.set_fault("E-1", "no_product")
    await tcp.ask(3, OPEN)
    clock.seconds += 5
    assert (await tcp.ask(3, READ_ORDER), await tcp.ask(3, READ_STATUS)) == ("03 02 00 01", "03 02 00 00")
    assert fleet.truth("E-1").supply == "connected"
    fleet.clear_fault("E-1", "no_product")
    clock.seconds += 1
    assert (await tcp.ask(3, READ_ORDER), await tcp.ask(3, READ_STATUS)) == ("03 02 00 00", "03 02 00 02")
    assert fleet.journal.accepted["E-1"] == 1


async def test_degraded_data_look_like_off(tcp: RawModbus, fleet: Fleet) -> None:
    """Without its 24 V the module reads every contact as open, and only its own state says that this means nothing."""
    fleet.set_fault("E-1", "degraded")
    assert await tcp.ask(3, READ_STATUS) == "03 02 00 00"
    assert await tcp.ask(3, "03 00 70 00 01") == "03 02 00 44"
    assert fleet.truth("E-1").supply == "connected"


async def test_a_tripped_breaker_cannot_be_closed(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """Bit 1 of a breaker means that it has not tripped; a close is acknowledged and not done."""
    fleet.set_fault("E-2", "local_trip")
    assert await tcp.ask(3, "03 37 A0 00 01") == "03 02 00 00"
    await tcp.ask(3, "06 37 A1 00 02")
    clock.seconds += 1
    assert fleet.truth("E-2").supply == "disconnected"
    assert [entry.fate for entry in fleet.journal.writes("E-2")] == ["not_applied"]


async def test_a_group_order_reaches_everyone_it_names(tcp: RawModbus, fleet: Fleet) -> None:
    """The write that must never be sent switches all channels of its bitmap, and is seen at each."""
    await tcp.ask(3, "06 00 82 04 01")
    assert [entry.meter_id for entry in fleet.journal.writes()] == ["E-1", "E-11"]


@pytest.mark.parametrize(
    ("request_pdu", "answer"),
    [
        ("06 37 78 00 01", "86 02"),
        ("06 37 79 00 04", "86 03"),
        ("10 37 78 00 02 04 00 01 00 01", "90 02"),
        ("06 37 C9 00 01", "86 02"),
        ("04 37 78 00 01", "84 01"),
        ("03 00 00 00 01", "83 02"),
    ],
)
async def test_what_it_does_not_do_it_refuses(tcp: RawModbus, fleet: Fleet, request_pdu: str, answer: str) -> None:
    """Other addresses, values and tables get the exception of their kind and change nothing."""
    assert await tcp.ask(3, request_pdu) == answer
    assert fleet.journal.writes() == []


def test_a_channel_is_taken_once() -> None:
    """Two rows for one channel, or another model at the module's unit, are faults of the file; two channels are not."""
    rows = [
        {**MODULE, "id": "E-1"},
        {**MODULE, "id": "E-2"},
        {"id": "E-3", "model": "dds238", "listener": "tcp", "unit": 3},
    ]
    with pytest.raises(FleetFileError) as told:
        parse_fleet({"listeners": {"tcp": {}}, "meters": [{**row, "channel": 1} for row in rows[:2]] + rows[2:]})
    assert len(told.value.faults) == 2
