"""Neptun Smart on its wire: one word for taps, settings and alarms, and what a careless write does to it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from meterhold_simulators import Fleet, parse_fleet
from tests.unit.simulators.hand_clock import HandClock
from tests.unit.simulators.raw_modbus import RawModbus, connected

UNIT = 240
MODULE: dict[str, Any] = {"id": "W-1", "model": "neptun", "listener": "tcp", "demand_m3_h": 0.4, "travel_s": 20}
READ = "03 00 00 00 01"


def word(value: int) -> str:
    """The answer to a read of register 0."""
    return f"03 02 {value >> 8:02x} {value & 0xFF:02x}"


@pytest.fixture
async def fleet(clock: HandClock) -> AsyncIterator[Fleet]:
    """A module with one group on a port of its own, one with two groups, and one on a line."""
    spec = {
        "listeners": {"tcp": {"max_connections": 1}, "two": {"max_connections": 1}, "line": {"framing": "rtu"}},
        "meters": [
            {**MODULE, "volume_m3": 1.239, "close_on_sensor_loss": True, "keyboard_lock": True},
            {**MODULE, "id": "W-2", "listener": "two", "two_groups": True, "second_demand_m3_h": 0.2},
            {**MODULE, "id": "W-3", "listener": "line"},
        ],
    }
    async with Fleet.start(parse_fleet(spec), clock=clock) as running:
        yield running


@pytest.fixture
async def two(fleet: Fleet) -> AsyncIterator[RawModbus]:
    """A connection to the module with two groups."""
    async with connected(fleet.ports["two"]) as client:
        yield client


@pytest.mark.parametrize(
    ("frame", "answer", "supply"),
    [
        ("F0 03 00 00 00 01 91 2B", "f0 03 02 03 00 c5 61", "connected"),
        ("F0 06 00 00 00 00 9C EB", "f0 06 00 00 00 00 9c eb", "disconnected"),
        ("F0 06 00 00 03 00 9C 1B", "f0 06 00 00 03 00 9c 1b", "connected"),
    ],
)
async def test_the_published_frames_are_answered(
    line: RawModbus, fleet: Fleet, clock: HandClock, frame: str, answer: str, supply: str
) -> None:
    """Each frame of the device table, byte for byte, and what it leads to."""
    line.send_raw(bytes.fromhex(frame))
    assert await line.raw(len(bytes.fromhex(answer))) == answer
    clock.seconds += 20
    assert fleet.truth("W-3").supply == supply


async def test_a_tap_bit_is_the_command_and_the_tap_follows(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """The bits change with the write, the tap travels for twenty seconds, and water flows meanwhile."""
    await tcp.ask(UNIT, "06 00 00 18 00")
    assert await tcp.ask(UNIT, READ) == word(0x1800)
    assert fleet.truth("W-1").supply == "moving"
    clock.seconds += 20
    assert (fleet.truth("W-1").supply, fleet.truth("W-1").flow_m3_h) == ("disconnected", 0)


async def test_the_step_of_its_counters_can_have_been_changed(tcp: RawModbus, fleet: Fleet) -> None:
    """Ten litres a pulse, until somebody sets a hundred."""
    assert await tcp.ask(UNIT, "03 00 7B 00 02") == "03 04 0a 01 0a 01"
    fleet.set_fault("W-1", "set_otherwise")
    assert await tcp.ask(UNIT, "03 00 7B 00 02") == "03 04 64 01 64 01"


async def test_a_jam_is_not_seen(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """No limit switch: the bits say shut, and water flows."""
    fleet.set_fault("W-1", "jam_at", 0.4)
    await tcp.ask(UNIT, "06 00 00 18 00")
    clock.seconds += 60
    assert await tcp.ask(UNIT, READ) == word(0x1800)
    assert fleet.truth("W-1").supply == "connected"


async def test_with_one_group_the_second_bit_mirrors_the_first(tcp: RawModbus) -> None:
    """What is written to bit 9 counts for nothing."""
    await tcp.ask(UNIT, "06 00 00 1A 00")
    assert await tcp.ask(UNIT, READ) == word(0x1800)
    await tcp.ask(UNIT, "06 00 00 19 00")
    assert await tcp.ask(UNIT, READ) == word(0x1B00)


async def test_with_two_groups_each_bit_has_its_tap(two: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """Supply is off only when both are shut."""
    assert await two.ask(UNIT, READ) == word(0x0700)
    await two.ask(UNIT, "06 00 00 06 00")
    clock.seconds += 20
    assert await two.ask(UNIT, READ) == word(0x0600)
    assert fleet.truth("W-2").supply == "connected"
    assert fleet.truth("W-2").flow_m3_h == pytest.approx(0.2)
    await two.ask(UNIT, "06 00 00 04 00")
    clock.seconds += 20
    assert fleet.truth("W-2").supply == "disconnected"
    targets = [entry.target for entry in fleet.journal.writes("W-2")]
    assert targets == ["group 1 disconnected, group 2 connected", "disconnected"]


async def test_a_leak_shuts_and_keeps_shut(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """The module shuts by itself; a write is echoed, the tap bits stay 0, and afterwards it works again."""
    fleet.set_fault("W-1", "leak_alarm")
    clock.seconds += 20
    assert fleet.truth("W-1").supply == "disconnected"
    assert await tcp.ask(UNIT, "06 00 00 1B 00") == "06 00 00 1b 00"
    assert await tcp.ask(UNIT, READ) == word(0x1806)
    assert [entry.fate for entry in fleet.journal.writes("W-1")] == ["not_applied"]
    fleet.clear_fault("W-1", "leak_alarm")
    assert await tcp.ask(UNIT, READ) == word(0x1800)
    await tcp.ask(UNIT, "06 00 00 1B 00")
    assert await tcp.ask(UNIT, READ) == word(0x1B00)


async def test_a_leak_in_one_of_two_groups(two: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """Only the wet group is shut, and a command for both moves the other."""
    fleet.set_fault("W-2", "leak_alarm")
    assert await two.ask(UNIT, READ) == word(0x0602)
    await two.ask(UNIT, "06 00 00 04 00")
    clock.seconds += 20
    await two.ask(UNIT, "06 00 00 07 00")
    assert await two.ask(UNIT, READ) == word(0x0602)
    clock.seconds += 20
    assert fleet.truth("W-2").flow_m3_h == pytest.approx(0.2)


async def test_while_the_floor_is_washed_leaks_count_for_nothing(tcp: RawModbus, fleet: Fleet) -> None:
    """The alert shows and the taps stay."""
    await tcp.ask(UNIT, "06 00 00 1B 01")
    fleet.set_fault("W-1", "leak_alarm")
    assert await tcp.ask(UNIT, READ) == word(0x1B07)
    assert fleet.truth("W-1").supply == "connected"


async def test_a_lost_sensor_shuts_where_the_module_is_set_so(tcp: RawModbus, two: RawModbus, fleet: Fleet) -> None:
    """Bit 4 tells of it, bits 5 and 6 that the taps are shut for it."""
    fleet.set_fault("W-1", "sensor_lost")
    fleet.set_fault("W-2", "sensor_lost")
    assert await tcp.ask(UNIT, READ) == word(0x1870)
    assert await two.ask(UNIT, READ) == word(0x0710)


async def test_a_sensor_battery_is_low(tcp: RawModbus, fleet: Fleet) -> None:
    """Bit 3, beside everything else."""
    fleet.set_fault("W-1", "low_battery")
    assert await tcp.ask(UNIT, READ) == word(0x1B08)


async def test_a_sensor_is_lost_between_a_read_and_its_write(two: RawModbus, fleet: Fleet) -> None:
    """The word that was read is no longer the word that is there, each time anew where the fault stays."""
    fleet.set_fault("W-2", "sensor_lost_after_read", times=1)
    assert await two.ask(UNIT, READ) == word(0x0700)
    assert await two.ask(UNIT, READ) == word(0x0710)
    assert fleet.truth("W-2").faults == {"sensor_lost": True}


@pytest.mark.parametrize(
    ("written", "harm"),
    [
        (0x1880, ["pairing", "disconnected"]),
        (0x1810, ["read_only=0x0010", "disconnected"]),
        (0x0800, ["settings=0x0800", "disconnected"]),
        (0x1800, ["disconnected"]),
    ],
)
async def test_a_careless_write_is_seen(tcp: RawModbus, fleet: Fleet, written: int, harm: list[str]) -> None:
    """Pairing, flags that are not to be written and changed settings each stand in the journal beside the movement."""
    await tcp.ask(UNIT, f"06 00 00 {written.to_bytes(2, 'big').hex()}")
    assert [entry.target for entry in fleet.journal.writes("W-1")] == harm


async def test_counters_tell_whole_pulses(tcp: RawModbus) -> None:
    """1.239 m3 at 10 litres a pulse are 1,230 litres; the second meter has counted nothing."""
    assert await tcp.ask(UNIT, "03 00 6B 00 04") == "03 08 00 00 04 ce 00 00 00 00"
    assert await tcp.ask(UNIT, "03 00 7B 00 01") == "03 02 0a 01"


@pytest.mark.parametrize(
    ("request_pdu", "answer"),
    [("10 00 00 00 01 02 00 00", "90 01"), ("06 00 05 F0 01", "86 02"), ("04 00 00 00 01", "84 01")],
)
async def test_what_it_does_not_do_it_refuses(tcp: RawModbus, fleet: Fleet, request_pdu: str, answer: str) -> None:
    """Only FC03 and FC06, and only the first register is written."""
    assert await tcp.ask(UNIT, request_pdu) == answer
    assert fleet.journal.writes() == []


async def test_one_connection_at_a_time(tcp: RawModbus, fleet: Fleet) -> None:
    """A second connection is reset; the first goes on."""
    async with connected(fleet.ports["tcp"]) as second:
        assert await second.ended()
    assert await tcp.ask(UNIT, READ) == word(0x1B00)


async def test_an_echo_without_movement_and_a_hand_at_the_taps(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """The bits may repeat the command alone; a person turns both taps."""
    fleet.set_fault("W-1", "echo_only", times=1)
    await tcp.ask(UNIT, "06 00 00 18 00")
    assert await tcp.ask(UNIT, READ) == word(0x1800)
    clock.seconds += 20
    assert fleet.truth("W-1").flow_m3_h == pytest.approx(0.4)
    fleet.press_button("W-1")
    clock.seconds += 20
    assert fleet.truth("W-1").supply == "disconnected"
