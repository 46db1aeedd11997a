"""ABB A43 on its wire: measurements as its manual has them, and outputs that may belong to the calendar."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from meterhold_simulators import Fleet, parse_fleet
from tests.unit.simulators.hand_clock import HandClock
from tests.unit.simulators.raw_modbus import RawModbus

METER: dict[str, Any] = {
    "id": "E-1",
    "model": "abb_a43",
    "listener": "tcp",
    "unit": 5,
    "serial": "12345678",
    "load_w": 1035,
    "energy_kwh": 8567.20,
}
OFF, ON = "06 63 00 00 00", "06 63 00 00 01"
READ_OUTPUT, READ_INPUT = "03 63 00 00 01", "03 63 08 00 01"
READ_POWER = "03 5B 14 00 02"


@pytest.fixture
async def fleet(clock: HandClock) -> AsyncIterator[Fleet]:
    """A meter alone, and one with the contactor's own contact at its first input."""
    spec = {
        "listeners": {"tcp": {}, "line": {"framing": "rtu"}},
        "meters": [
            METER,
            {**METER, "id": "E-2", "unit": 6, "auxiliary_input": 1},
            {**METER, "id": "E-3", "listener": "line"},
        ],
    }
    async with Fleet.start(parse_fleet(spec), clock=clock) as running:
        yield running


async def test_the_manual_s_energy_request_is_answered(line: RawModbus) -> None:
    """The manual's own example: 05 03 50 00 00 24 brings 8567.20 kWh first."""
    line.send_raw(bytes.fromhex("05 03 50 00 00 24 55 55"))
    assert await line.raw(11) == "05 03 48 00 00 00 00 00 0d 12 90"


async def test_measurements_have_the_scales_of_the_table(tcp: RawModbus) -> None:
    """Volts to neutral in tenths, amperes in hundredths, watts in hundredths, hertz in hundredths."""
    volts = "00 00 08 fc"
    assert await tcp.ask(5, "03 5B 00 00 06") == f"03 0c {volts} {volts} {volts}"
    amperes = "00 00 00 96"
    assert await tcp.ask(5, "03 5B 0C 00 06") == f"03 0c {amperes} {amperes} {amperes}"
    assert await tcp.ask(5, READ_POWER) == "03 04 00 01 94 4c"
    assert await tcp.ask(5, "03 5B 2C 00 01") == "03 02 13 88"
    assert await tcp.ask(5, "03 5B 06 00 02") == "03 04 ff ff ff ff"


async def test_who_it_is(tcp: RawModbus) -> None:
    """Serial as 32 bits, firmware and type as text."""
    assert await tcp.ask(5, "03 89 00 00 02") == "03 04 00 bc 61 4e"
    assert bytes.fromhex((await tcp.ask(5, "03 89 08 00 08"))[6:]).rstrip(b"\0") == b"1.0.0"
    assert bytes.fromhex((await tcp.ask(5, "03 89 60 00 06"))[6:]) == b"A43 513-100\0"


async def test_an_output_switches_the_contactor(tcp: RawModbus, fleet: Fleet) -> None:
    """The register shows the output, the load goes with the contactor, both functions write."""
    assert await tcp.ask(5, OFF) == OFF
    assert (await tcp.ask(5, READ_OUTPUT), await tcp.ask(5, READ_POWER)) == ("03 02 00 00", "03 04 00 00 00 00")
    assert await tcp.ask(5, "10 63 00 00 01 02 00 01") == "10 63 00 00 01"
    assert await tcp.ask(5, READ_OUTPUT) == "03 02 00 01"
    assert [entry.target for entry in fleet.journal.writes("E-1")] == ["disconnected", "connected"]


async def test_the_contactor_s_own_contact_tells_where_it_is_wired(tcp: RawModbus, fleet: Fleet) -> None:
    """A welded contactor: the output is off, the input says on; without a wire the input says nothing."""
    for meter in ("E-1", "E-2"):
        fleet.set_fault(meter, "welded")
    await tcp.ask(6, OFF)
    assert (await tcp.ask(6, READ_OUTPUT), await tcp.ask(6, READ_INPUT)) == ("03 02 00 00", "03 02 00 01")
    assert await tcp.ask(5, READ_INPUT) == "03 02 00 00"


async def test_an_output_shows_the_command_before_the_contactor_moves(
    tcp: RawModbus, fleet: Fleet, clock: HandClock
) -> None:
    """The output is set at once, the contactor pulls twenty seconds later."""
    fleet.set_fault("E-1", "delay_actuation_s", 20)
    await tcp.ask(5, OFF)
    assert (await tcp.ask(5, READ_OUTPUT), fleet.truth("E-1").supply) == ("03 02 00 00", "moving")
    clock.seconds += 20
    assert fleet.truth("E-1").supply == "disconnected"


async def test_the_calendar_may_own_the_output(tcp: RawModbus, fleet: Fleet) -> None:
    """The write is echoed as ever, and the output stays as it was."""
    fleet.set_fault("E-1", "output_claimed")
    assert await tcp.ask(5, OFF) == OFF
    assert (await tcp.ask(5, READ_OUTPUT), fleet.truth("E-1").supply) == ("03 02 00 01", "connected")
    assert [entry.fate for entry in fleet.journal.writes("E-1")] == ["not_applied"]


async def test_what_is_not_measured_says_so(tcp: RawModbus, fleet: Fleet) -> None:
    """All bits set, or the largest number where there is a sign; the energy stands."""
    fleet.set_fault("E-1", "not_measured")
    assert await tcp.ask(5, "03 5B 00 00 02") == "03 04 ff ff ff ff"
    assert await tcp.ask(5, READ_POWER) == "03 04 7f ff ff ff"
    assert await tcp.ask(5, "03 50 00 00 04") == "03 08 00 00 00 00 00 0d 12 90"


@pytest.mark.parametrize(
    ("request_pdu", "target"), [("06 63 01 00 01", "output_2=True"), ("06 8F 00 00 01", "reset_8f00=1")]
)
async def test_what_must_never_be_written_is_seen(tcp: RawModbus, fleet: Fleet, request_pdu: str, target: str) -> None:
    """Another output and a reset stand in the journal as what they are."""
    await tcp.ask(5, request_pdu)
    assert [entry.target for entry in fleet.journal.writes("E-1")] == [target]


@pytest.mark.parametrize(
    ("request_pdu", "answer"),
    [
        ("06 63 00 00 02", "86 03"),
        ("06 63 08 00 01", "86 02"),
        ("10 63 00 00 02 04 00 00 00 00", "90 02"),
        ("05 00 00 FF 00", "85 01"),
        ("04 5B 00 00 02", "84 01"),
        ("03 64 00 00 01", "83 02"),
    ],
)
async def test_what_it_does_not_do_it_refuses(tcp: RawModbus, fleet: Fleet, request_pdu: str, answer: str) -> None:
    """Other values, addresses and functions get the exception of their kind and change nothing."""
    assert await tcp.ask(5, request_pdu) == answer
    assert fleet.journal.writes() == []
