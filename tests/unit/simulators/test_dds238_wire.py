"""The DDS238 on its wire, byte for byte as the device tables have it."""

import pytest

from meterhold_simulators import Fleet
from tests.unit.simulators.hand_clock import HandClock
from tests.unit.simulators.raw_modbus import RawModbus, crc

DISCONNECT = "10 00 1A 00 01 02 00 00"
CONNECT = "10 00 1A 00 01 02 00 01"
READ_RELAY = "03 00 1A 00 01"


@pytest.mark.parametrize(
    "frame",
    [
        "01 10 00 1A 00 01 02 00 00 A4 6A",
        "01 10 00 1A 00 01 02 00 01 65 AA",
        "01 03 00 1A 00 01 A5 CD",
        "01 03 00 0C 00 06 05 CB",
        "01 03 00 00 00 0C 45 CF",
    ],
)
async def test_the_published_frames_are_understood(line: RawModbus, frame: str) -> None:
    """Each frame of the device table is taken on an RTU line and answered for unit 1 with a right CRC."""
    line.send_raw(bytes.fromhex(frame))
    head = bytes.fromhex(await line.raw(3))
    rest = bytes.fromhex(await line.raw(head[2] + 2 if head[1] == 0x03 else 5))
    answer = head + rest
    assert answer[:2] == bytes.fromhex(frame)[:2]
    assert crc(answer[:-2]) == answer[-2:]


async def test_a_disconnect_is_echoed_and_switches(line: RawModbus, fleet: Fleet) -> None:
    """The published frame disconnects, is echoed as FC16 echoes, and stands in the journal as it was sent."""
    line.send_raw(bytes.fromhex("01 10 00 1A 00 01 02 00 00 A4 6A"))
    assert await line.raw(8) == "01 10 00 1a 00 01 20 0e"
    assert fleet.truth("E-2").supply == "disconnected"
    (entry,) = fleet.journal.writes("E-2")
    assert (entry.wire_text, entry.target, entry.applied) == (
        "01 10 00 1a 00 01 02 00 00 a4 6a",
        "disconnected",
        True,
    )


async def test_the_relay_register_shows_the_command(tcp: RawModbus) -> None:
    """0 after a disconnect, 1 after a reconnect."""
    assert await tcp.ask(1, READ_RELAY) == "03 02 00 01"
    assert await tcp.ask(1, DISCONNECT) == "10 00 1a 00 01"
    assert await tcp.ask(1, READ_RELAY) == "03 02 00 00"
    await tcp.ask(1, CONNECT)
    assert await tcp.ask(1, READ_RELAY) == "03 02 00 01"


async def test_measurements_have_the_scales_of_the_table(tcp: RawModbus) -> None:
    """Voltage 0.1 V, current 0.01 A, power 1 W, reactive, power factor 0.001, frequency 0.01 Hz."""
    assert await tcp.ask(1, "03 00 0C 00 06") == "03 0c 08 fc 01 f4 04 7e 00 00 03 e8 13 86"


async def test_energies_stand_high_word_first(tcp: RawModbus) -> None:
    """71.33 kWh is 7133 in hundredths, as total and as import; export is 0."""
    zeros = " 00 00" * 6
    assert await tcp.ask(1, "03 00 00 00 0C") == f"03 18 00 00 1b dd{zeros} 00 00 00 00 00 00 1b dd"


async def test_energy_counts_with_the_load(tcp: RawModbus, clock: HandClock) -> None:
    """1.15 kW for an hour are 115 hundredths more."""
    clock.seconds += 3600
    assert await tcp.ask(1, "03 00 00 00 02") == f"03 04 00 00 {7133 + 115:04x}"[:-2] + f" {(7133 + 115) & 0xFF:02x}"


async def test_the_settings_register_tells_address_and_baud_code(tcp: RawModbus) -> None:
    """257 is address 1 at 9600 baud."""
    assert await tcp.ask(1, "03 00 15 00 01") == "03 02 01 01"


@pytest.mark.parametrize(
    ("request_pdu", "answer"),
    [
        ("06 00 1A 00 00", "86 01"),
        ("04 00 0C 00 01", "84 01"),
        ("05 00 01 FF 00", "85 01"),
        ("03 00 16 00 01", "83 02"),
        ("03 00 00 00 7E", "83 03"),
        ("03 00 00 00 00", "83 03"),
        ("03 00 00", "83 03"),
        ("10 00 1A 00 01 02 00 02", "90 03"),
        ("10 00 1A 00 02 04 00 00 00 00", "90 02"),
        ("10 00 1A 00 01 04 00 00", "90 03"),
        ("10 00", "90 03"),
    ],
)
async def test_what_it_does_not_do_it_refuses(tcp: RawModbus, fleet: Fleet, request_pdu: str, answer: str) -> None:
    """FC06, other tables, gaps, bad counts and bad values get the exception of their kind and change nothing."""
    assert await tcp.ask(1, request_pdu) == answer
    assert fleet.journal.writes() == []
    assert fleet.truth("E-1").supply == "connected"


async def test_erasing_energy_works_and_is_seen_by_the_referee(tcp: RawModbus, fleet: Fleet) -> None:
    """The forbidden write does its harm, so that a gateway that sends it is found out."""
    await tcp.ask(1, "10 00 00 00 02 04 00 00 00 00")
    assert fleet.truth("E-1").energy_kwh == 0
    assert [entry.target for entry in fleet.journal.writes("E-1")] == ["energy_kwh=0.0"]


async def test_changing_the_line_settings_is_seen_by_the_referee(tcp: RawModbus, fleet: Fleet) -> None:
    """The other forbidden write is taken and kept."""
    await tcp.ask(1, "10 00 15 00 01 02 05 01")
    assert await tcp.ask(1, "03 00 15 00 01") == "03 02 05 01"
    assert [entry.target for entry in fleet.journal.writes("E-1")] == ["settings=0x0501"]


async def test_fc06_may_be_met_with_silence_or_accepted(tcp: RawModbus, fleet: Fleet) -> None:
    """Both plausible refusals can be had, and a variant that takes it; the next read shows which happened."""
    fleet.set_fault("E-1", "fc06", "silent")
    tcp.send(1, "06 00 1A 00 00")
    assert await tcp.ask(1, READ_RELAY) == "03 02 00 01"
    fleet.set_fault("E-1", "fc06", "accepted")
    assert await tcp.ask(1, "06 00 1A 00 00") == "06 00 1a 00 00"
    assert await tcp.ask(1, READ_RELAY) == "03 02 00 00"


async def test_a_model_without_relay_has_no_such_register(tcp: RawModbus, fleet: Fleet) -> None:
    """no_relay: reads and writes of it get exception 02, everything else works."""
    fleet.set_fault("E-1", "no_relay")
    assert await tcp.ask(1, READ_RELAY) == "83 02"
    assert await tcp.ask(1, DISCONNECT) == "90 02"
    assert await tcp.ask(1, "03 00 0C 00 01") == "03 02 08 fc"


async def test_voltage_may_be_measured_behind_the_contacts() -> None:
    """voltage_at load: 0 V when disconnected, and what the premises feed back, which is an interlock to see."""
    from meterhold_simulators import parse_fleet
    from tests.unit.simulators.conftest import DDS238
    from tests.unit.simulators.raw_modbus import connected

    spec = parse_fleet({"listeners": {"tcp": {}}, "meters": [{**DDS238, "voltage_at": "load", "connected": False}]})
    async with Fleet.start(spec) as fleet, connected(fleet.ports["tcp"]) as client:
        assert await client.ask(1, "03 00 0C 00 01") == "03 02 00 00"
        fleet.set_fault("E-1", "backfeed_v", 230)
        assert await client.ask(1, "03 00 0C 00 01") == "03 02 08 fc"
