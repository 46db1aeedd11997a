"""The Modbus server beside its meters: framing, addressing, pacing and connections."""

import asyncio

import pytest

from meterhold_simulators import Fleet, parse_fleet
from meterhold_simulators.wire.pacing import Line
from tests.unit.simulators.conftest import DDS238
from tests.unit.simulators.raw_modbus import RawModbus, connected

DISCONNECT = "10 00 1A 00 01 02 00 00"
READ_RELAY = "03 00 1A 00 01"
READ_RELAY_FRAME = bytes.fromhex("01 03 00 1A 00 01 A5 CD")
RELAY_ON_FRAME = "01 03 02 00 01 79 84"


async def test_a_frame_split_at_every_byte_is_understood(line: RawModbus) -> None:
    """How the network cuts a frame changes nothing."""
    for byte in READ_RELAY_FRAME:
        line.send_raw(bytes((byte,)))
        await asyncio.sleep(0)
    assert await line.raw(7) == RELAY_ON_FRAME


async def test_a_damaged_frame_is_passed_over(line: RawModbus, fleet: Fleet) -> None:
    """A wrong CRC gets no answer and no effect; the next sound frame is found behind it."""
    line.send_raw(bytes.fromhex("01 10 00 1A 00 01 02 00 00 A4 6B"))
    line.send_raw(READ_RELAY_FRAME)
    assert await line.raw(7) == RELAY_ON_FRAME
    assert list(fleet.journal.attempts()) == []


async def test_many_requests_in_one_packet_are_all_answered(tcp: RawModbus) -> None:
    """Pipelined requests are answered in order."""
    sent = [tcp.send(1, READ_RELAY) for _ in range(20)]
    assert [(await tcp.reply())[0] for _ in sent] == sent


async def test_what_is_not_mbap_ends_the_connection(tcp: RawModbus) -> None:
    """A stream that cannot be followed is not guessed at."""
    tcp.send_raw(b"GET / HTTP/1.1\r\n\r\n")
    assert await tcp.ended()


async def test_a_missing_unit_is_silence_on_a_line_and_an_exception_through_a_gateway(
    line: RawModbus, tcp: RawModbus
) -> None:
    """No meter at that address: nothing on a line, 0B where a Modbus TCP gateway answers for it."""
    line.send(77, READ_RELAY)
    line.send(1, READ_RELAY)
    assert await line.raw(7) == RELAY_ON_FRAME
    assert await tcp.ask(77, READ_RELAY) == "83 0b"


async def test_a_broadcast_reaches_every_meter_of_a_line_and_nobody_answers(line: RawModbus, fleet: Fleet) -> None:
    """Unit 0 is everyone, which is why it must never be sent."""
    line.send(0, "06 00 1C 00 02")
    line.send(1, READ_RELAY)
    assert await line.raw(7) == RELAY_ON_FRAME
    assert {entry.meter_id for entry in fleet.journal.writes()} == {"W-2", "W-3"}


async def test_a_connection_too_many_is_refused() -> None:
    """max_connections: the second client is cut off, and after the first has left there is room."""
    spec = parse_fleet({"listeners": {"tcp": {"max_connections": 1}}, "meters": [DDS238]})
    async with Fleet.start(spec) as fleet:
        async with connected(fleet.ports["tcp"]) as first:
            await first.ask(1, READ_RELAY)
            async with connected(fleet.ports["tcp"]) as second:
                assert await second.ended()
            assert await first.ask(1, READ_RELAY) == "03 02 00 01"
            fleet.hang_up("tcp")
            assert await first.ended()
        async with connected(fleet.ports["tcp"]) as third:
            assert await third.ask(1, READ_RELAY) == "03 02 00 01"


def test_a_paced_line_takes_the_time_of_its_characters() -> None:
    """Write and readback at 9600 8N1: 30 characters and four gaps of 3.5, each exchange after the other."""
    line = Line(baud=9600)
    written = line.delay_s(100.0, 8 + 8)
    assert line.delay_s(100.0, 8 + 6) == pytest.approx((30 + 4 * 3.5) * 10 / 9600)
    assert written == pytest.approx((16 + 2 * 3.5) * 10 / 9600)


def test_a_fast_line_has_fixed_gaps() -> None:
    """Above 19,200 baud the silent gap is 1.75 ms whatever the speed."""
    assert Line(baud=115_200, turnaround_s=0.02).delay_s(0.0, 16) == pytest.approx(160 / 115_200 + 2 * 0.00175 + 0.02)


async def test_a_paced_listener_answers() -> None:
    """A line at 115,200 baud works as any other."""
    spec = parse_fleet({"listeners": {"tcp": {"framing": "rtu", "baud": 115_200}}, "meters": [DDS238]})
    async with Fleet.start(spec) as fleet, connected(fleet.ports["tcp"], rtu=True) as client:
        client.send(1, DISCONNECT)
        assert await client.raw(8) == "01 10 00 1a 00 01 20 0e"
