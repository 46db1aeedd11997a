"""WB-MWAC v2 on its wire: coils, wide counters, a leak that latches, and a will of its own after silence."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from meterhold_simulators import Fleet, parse_fleet
from tests.unit.simulators.hand_clock import HandClock
from tests.unit.simulators.raw_modbus import RawModbus, connected

MODULE: dict[str, Any] = {
    "id": "W-1",
    "model": "wb_mwac",
    "listener": "tcp",
    "unit": 57,
    "serial": "4265112",
    "demand_m3_h": 0.36,
    "travel_s": 10,
}
READ_COILS = "01 00 00 00 04"
SHUT, FREE = "05 00 00 00 00", "05 00 00 FF 00"


@pytest.fixture
async def fleet(clock: HandClock) -> AsyncIterator[Fleet]:
    """A module as unit 57, and one as 58 whose safe state is connected."""
    spec = {
        "listeners": {"tcp": {}},
        "meters": [
            {**MODULE, "volume_m3": 123.456},
            {**MODULE, "id": "W-2", "unit": 58, "safe_state": "connected", "connected": False},
        ],
    }
    async with Fleet.start(parse_fleet(spec), clock=clock) as running:
        yield running


async def test_an_output_shows_what_is_driven(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """The coil changes with the write, the valve follows in ten seconds; both outputs stand in one byte."""
    assert await tcp.ask(57, READ_COILS) == "01 01 03"
    assert await tcp.ask(57, SHUT) == SHUT.lower()
    assert await tcp.ask(57, READ_COILS) == "01 01 02"
    assert fleet.truth("W-1").supply == "moving"
    clock.seconds += 10
    assert fleet.truth("W-1").supply == "disconnected"
    await tcp.ask(57, FREE)
    clock.seconds += 10
    assert fleet.truth("W-1").supply == "connected"
    assert [entry.target for entry in fleet.journal.writes("W-1")] == ["disconnected", "connected"]


async def test_both_outputs_in_one_write(tcp: RawModbus, fleet: Fleet) -> None:
    """FC15 drives the valve and the other pipe's output."""
    assert await tcp.ask(57, "0F 00 00 00 02 01 00") == "0f 00 00 00 02"
    assert await tcp.ask(57, READ_COILS) == "01 01 00"
    assert [entry.target for entry in fleet.journal.writes("W-1")] == ["disconnected", "output_k2=False"]


async def test_a_jam_is_not_seen(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """The output is off, and water flows."""
    fleet.set_fault("W-1", "jam_at", 0.5)
    await tcp.ask(57, SHUT)
    clock.seconds += 20
    assert await tcp.ask(57, READ_COILS) == "01 01 02"
    assert fleet.truth("W-1").supply == "connected"


async def test_counters_serial_and_supply(tcp: RawModbus, clock: HandClock) -> None:
    """Pulses as 32 bits, litres as 64, the serial as 32, one character of the firmware a register, mV, seconds."""
    assert await tcp.ask(57, "04 04 26 00 02") == "03 04 00 00 30 39".replace("03", "04", 1)
    assert await tcp.ask(57, "04 04 2C 00 04") == "04 08 00 00 00 00 00 01 e2 40"
    assert await tcp.ask(57, "04 01 0E 00 02") == "04 04 00 41 14 98"
    assert await tcp.ask(57, "04 00 FA 00 03") == "04 06 00 31 00 2e 00 33"
    assert await tcp.ask(57, "04 00 79 00 01") == "04 02 2e e0"
    clock.seconds += 90
    assert await tcp.ask(57, "04 00 68 00 02") == "04 04 00 00 00 5a"


async def test_a_leak_latches_until_it_is_reset(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """The module shuts both outputs; dry again, it stays shut until leakage mode is reset, which is seen."""
    fleet.set_fault("W-1", "leak_alarm")
    assert await tcp.ask(57, READ_COILS) == "01 01 04"
    clock.seconds += 10
    assert fleet.truth("W-1").supply == "disconnected"
    fleet.clear_fault("W-1", "leak_alarm")
    assert await tcp.ask(57, FREE) == FREE.lower()
    assert await tcp.ask(57, READ_COILS) == "01 01 04"
    await tcp.ask(57, "05 00 02 00 00")
    await tcp.ask(57, FREE)
    assert await tcp.ask(57, READ_COILS) == "01 01 01"
    fates = [(entry.target, entry.fate) for entry in fleet.journal.writes("W-1")]
    assert fates == [("connected", "not_applied"), ("leakage_mode=False", "applied"), ("connected", "applied")]


async def test_while_it_is_wet_a_reset_does_not_help(tcp: RawModbus, fleet: Fleet) -> None:
    """Leakage mode comes back at once; in cleaning mode a leak counts for nothing."""
    fleet.set_fault("W-1", "leak_alarm")
    await tcp.ask(57, "05 00 02 00 00")
    assert await tcp.ask(57, READ_COILS) == "01 01 04"
    await tcp.ask(58, "05 00 03 FF 00")
    fleet.set_fault("W-2", "leak_alarm")
    assert await tcp.ask(58, READ_COILS) == "01 01 08"


async def test_after_silence_it_goes_to_its_safe_state(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """Each question puts it off; ten seconds without one and the valve moves by itself, without a write."""
    fleet.set_fault("W-1", "safe_state_after_s", 10)
    for _ in range(5):
        clock.seconds += 9
        assert await tcp.ask(57, READ_COILS) == "01 01 03"
    clock.seconds += 20
    assert fleet.truth("W-1").supply == "disconnected"
    assert await tcp.ask(57, READ_COILS) == "01 01 02"
    assert fleet.journal.writes("W-1") == []


async def test_a_safe_state_may_be_connected(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """A valve that was shut on purpose opens by itself when the gateway has been silent for too long."""
    fleet.set_fault("W-2", "safe_state_after_s", 10)
    await tcp.ask(58, READ_COILS)
    clock.seconds += 20
    assert fleet.truth("W-2").supply == "connected"


async def test_a_silent_module_hears_nothing_that_puts_it_off(fleet: Fleet, clock: HandClock) -> None:
    """Questions that are lost do not count."""
    fleet.set_fault("W-1", "safe_state_after_s", 10)
    fleet.set_fault("W-1", "silent")
    async with connected(fleet.ports["tcp"]) as client:
        clock.seconds += 9
        client.send(57, READ_COILS)
        assert await client.ask(58, READ_COILS) == "01 01 00"
    clock.seconds += 20
    assert fleet.truth("W-1").supply == "disconnected"


@pytest.mark.parametrize(
    ("request_pdu", "target"),
    [
        ("05 00 01 FF 00", "output_k2=True"),
        ("05 00 02 FF 00", "leakage_mode=True"),
        ("05 00 03 FF 00", "cleaning_mode=True"),
        ("06 03 C0 00 1E", "anti_seize_960=30"),
    ],
)
async def test_what_must_never_be_written_is_seen(tcp: RawModbus, fleet: Fleet, request_pdu: str, target: str) -> None:
    """The other pipe, the modes and the exercise stand in the journal as what they are."""
    await tcp.ask(57, request_pdu)
    assert [entry.target for entry in fleet.journal.writes("W-1")] == [target]


async def test_the_exercise_reads_back(tcp: RawModbus) -> None:
    """The only holding registers it has."""
    await tcp.ask(57, "06 03 C0 00 1E")
    assert await tcp.ask(57, "03 03 C0 00 02") == "03 04 00 1e 00 00"


@pytest.mark.parametrize(
    ("request_pdu", "answer"),
    [
        ("03 00 00 00 01", "83 02"),
        ("04 00 00 00 01", "84 02"),
        ("01 00 02 00 04", "81 02"),
        ("05 00 04 FF 00", "85 02"),
        ("0F 00 00 00 02 02 00 00", "8f 03"),
        ("0F 00", "8f 03"),
        ("06 00 00 00 01", "86 02"),
    ],
)
async def test_what_it_does_not_do_it_refuses(tcp: RawModbus, fleet: Fleet, request_pdu: str, answer: str) -> None:
    """Gaps, other addresses and wrong lengths get the exception of their kind and change nothing."""
    assert await tcp.ask(57, request_pdu) == answer
    assert fleet.journal.writes() == []
