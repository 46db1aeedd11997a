"""The Xintai valve meter on its wire, byte for byte as the device tables have it."""

from struct import unpack

import pytest

from meterhold_simulators import Fleet
from tests.unit.simulators.hand_clock import HandClock
from tests.unit.simulators.raw_modbus import RawModbus, crc

DISCONNECT = "06 00 1C 00 02"
CONNECT = "06 00 1C 00 01"
READ_VALVE = "03 00 1C 00 01"


@pytest.mark.parametrize(
    ("frame", "length"),
    [
        ("01 06 00 1C 00 02 C9 CD", 8),
        ("01 06 00 1C 00 01 89 CC", 8),
        ("01 03 00 1C 00 01 45 CC", 7),
        ("01 03 00 01 00 1C 15 C3", 61),
    ],
)
async def test_the_published_frames_are_understood(line: RawModbus, fleet: Fleet, frame: str, length: int) -> None:
    """Each frame of the device table is taken for unit 1; writes are echoed to the byte."""
    fleet.swap_units("line", 1, 2)
    line.send_raw(bytes.fromhex(frame))
    answer = bytes.fromhex(await line.raw(length))
    assert crc(answer[:-2]) == answer[-2:]
    if frame[3:5] == "06":
        assert answer == bytes.fromhex(frame)


async def test_write_codes_and_read_bits_differ(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """2 disconnects and reads as bit 2, 1 connects and reads as bit 1; on the way neither bit is set."""
    assert await tcp.ask(2, READ_VALVE) == "03 02 00 01"
    assert await tcp.ask(2, DISCONNECT) == "06 00 1c 00 02"
    clock.seconds += 7.9
    assert await tcp.ask(2, READ_VALVE) == "03 02 00 00"
    clock.seconds += 0.2
    assert await tcp.ask(2, READ_VALVE) == "03 02 00 02"
    await tcp.ask(2, CONNECT)
    clock.seconds += 8
    assert await tcp.ask(2, READ_VALVE) == "03 02 00 01"
    assert [entry.target for entry in fleet.journal.writes("W-1")] == ["disconnected", "connected"]


async def test_floats_stand_in_reverse_byte_order(tcp: RawModbus, fleet: Fleet) -> None:
    """1E 85 0B 3F is the table's example of 0.545, a last bit below the nearest float."""
    (example,) = unpack("<f", bytes.fromhex("1E 85 0B 3F"))
    fleet.set_register("W-1", example)
    fleet.set_demand("W-1", example)
    assert await tcp.ask(2, "03 00 01 00 02") == "03 04 1e 85 0b 3f"
    assert await tcp.ask(2, "03 00 05 00 02") == "03 04 1e 85 0b 3f"
    assert example == pytest.approx(0.545)


async def test_the_serial_stands_as_bcd_digits(tcp: RawModbus, fleet: Fleet) -> None:
    """Sixteen digits, zeros on the left; another device in its place shows another serial."""
    assert await tcp.ask(2, "03 00 12 00 04") == "03 08 00 00 00 22 08 15 00 42"
    fleet.replace("W-1", "2301010001", register=3)
    assert await tcp.ask(2, "03 00 12 00 04") == "03 08 00 00 00 23 01 01 00 01"
    assert fleet.truth("W-1").volume_m3 == 3


async def test_the_whole_block_can_be_read_at_once(tcp: RawModbus) -> None:
    """28 registers from 1: volume, flow, pipe, balance, pressure, temperature, serial, battery and valve."""
    data = bytes.fromhex(await tcp.ask(2, "03 00 01 00 1C"))[2:]

    def f32(register: int) -> float:
        value: float = unpack("<f", data[2 * (register - 1) :][:4])[0]
        return value

    assert [round(f32(register), 3) for register in (0x01, 0x03, 0x05, 0x08, 0x0A, 0x0C, 0x1A)] == [
        0.545,
        0,
        0.545,
        100,
        0.3,
        12,
        3.6,
    ]
    assert data[2 * 6 : 2 * 7] == b"\x00\xaa"
    assert data[-2:] == b"\x00\x01"


@pytest.mark.parametrize(
    ("request_pdu", "answer"),
    [
        ("06 00 1C 00 03", "86 03"),
        ("06 00 02 00 01", "86 02"),
        ("10 00 1C 00 01 02 00 02", "90 01"),
        ("03 00 00 00 01", "83 02"),
        ("03 00 1E 00 01", "83 02"),
        ("04 00 01 00 01", "84 01"),
    ],
)
async def test_what_it_does_not_do_it_refuses(tcp: RawModbus, fleet: Fleet, request_pdu: str, answer: str) -> None:
    """Other codes, functions and addresses get their exception and change nothing."""
    assert await tcp.ask(2, request_pdu) == answer
    assert fleet.journal.writes() == []


@pytest.mark.parametrize(
    ("request_pdu", "target"),
    [
        ("10 00 01 00 02 04 00 00 00 00", "volume_m3=0.0"),
        ("06 00 0E 00 07", "address=7"),
        ("06 00 1D 00 0A", "pulse_coefficient=10"),
    ],
)
async def test_forbidden_writes_work_and_are_seen(tcp: RawModbus, fleet: Fleet, request_pdu: str, target: str) -> None:
    """The harmful writes are taken and stand in the journal."""
    assert not (await tcp.ask(2, request_pdu)).startswith(("86", "90"))
    assert [entry.target for entry in fleet.journal.writes("W-1")] == [target]


async def test_a_jam_reads_as_abnormal_after_the_motor_has_stopped(
    tcp: RawModbus, fleet: Fleet, clock: HandClock
) -> None:
    """jam_at: bit 4 and water still flowing."""
    fleet.set_fault("W-1", "jam_at", 0.43)
    await tcp.ask(2, DISCONNECT)
    clock.seconds += 9
    assert await tcp.ask(2, READ_VALVE) == "03 02 00 04"
    assert fleet.truth("W-1").flow_m3_h == pytest.approx(0.43 * 0.545)


async def test_a_low_battery_is_a_bit_beside_the_state(tcp: RawModbus, fleet: Fleet) -> None:
    """low_battery: 8 joins the state bit, and the voltage falls."""
    fleet.set_fault("W-1", "low_battery")
    assert await tcp.ask(2, READ_VALVE) == "03 02 00 09"
    assert unpack("<f", bytes.fromhex(await tcp.ask(2, "03 00 1A 00 02"))[2:])[0] == pytest.approx(2.9)


async def test_a_leaking_seat_reads_disconnected_and_flows(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """leak_m3_h: the bit says 2, the flow says 0.02."""
    fleet.set_fault("W-1", "leak_m3_h", 0.02)
    await tcp.ask(2, DISCONNECT)
    clock.seconds += 9
    assert await tcp.ask(2, READ_VALVE) == "03 02 00 02"
    assert unpack("<f", bytes.fromhex(await tcp.ask(2, "03 00 05 00 02"))[2:])[0] == pytest.approx(0.02)
    assert fleet.truth("W-1").supply == "connected"


async def test_an_empty_pipe_is_told(tcp: RawModbus, fleet: Fleet) -> None:
    """pipe_empty: 0x0055 instead of 0x00AA, and no flow."""
    fleet.set_fault("W-1", "pipe_empty")
    assert await tcp.ask(2, "03 00 05 00 03") == "03 06 00 00 00 00 00 55"


async def test_an_empty_balance_disconnects_by_itself(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """prepaid_empty: the valve goes shut without a write, and a reconnect is acknowledged in vain."""
    fleet.set_fault("W-1", "prepaid_empty")
    clock.seconds += 9
    assert await tcp.ask(2, READ_VALVE) == "03 02 00 02"
    assert await tcp.ask(2, CONNECT) == "06 00 1c 00 01"
    clock.seconds += 9
    assert await tcp.ask(2, READ_VALVE) == "03 02 00 02"
    assert [entry.fate for entry in fleet.journal.writes("W-1")] == ["not_applied"]
    assert await tcp.ask(2, "03 00 08 00 02") == "03 04 00 00 00 00"
