"""Each fault of a Modbus meter and of its line, as a client meets it."""

import pytest

from meterhold_simulators import Fleet
from tests.unit.simulators.hand_clock import HandClock
from tests.unit.simulators.raw_modbus import RawModbus, connected

DISCONNECT = "10 00 1A 00 01 02 00 00"
ECHO = "10 00 1a 00 01"
READ_RELAY = "03 00 1A 00 01"
READ_CURRENT = "03 00 0D 00 01"
ON, OFF = "03 02 00 01", "03 02 00 00"
FULL_LOAD, NO_LOAD = "03 02 01 f4", "03 02 00 00"


async def test_welded(tcp: RawModbus, fleet: Fleet) -> None:
    """The register says off, the current stays, the supply is connected."""
    fleet.set_fault("E-1", "welded")
    assert await tcp.ask(1, DISCONNECT) == ECHO
    assert (await tcp.ask(1, READ_RELAY), await tcp.ask(1, READ_CURRENT)) == (OFF, FULL_LOAD)
    assert fleet.truth("E-1").supply == "connected"
    assert [entry.fate for entry in fleet.journal.writes("E-1")] == ["applied"]


async def test_echo_only(tcp: RawModbus, fleet: Fleet) -> None:
    """The register says off and nothing has moved: the command was only repeated."""
    fleet.set_fault("E-1", "echo_only")
    assert await tcp.ask(1, DISCONNECT) == ECHO
    assert (await tcp.ask(1, READ_RELAY), await tcp.ask(1, READ_CURRENT)) == (OFF, FULL_LOAD)
    assert [entry.fate for entry in fleet.journal.writes("E-1")] == ["not_applied"]


async def test_echo_only_of_a_valve(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """The valve claims to be shut at once, and water flows as before."""
    fleet.set_fault("W-1", "echo_only")
    await tcp.ask(2, "06 00 1C 00 02")
    assert await tcp.ask(2, "03 00 1C 00 01") == "03 02 00 02"
    clock.seconds += 20
    assert fleet.truth("W-1").flow_m3_h == pytest.approx(0.545)


async def test_ack_only(tcp: RawModbus, fleet: Fleet) -> None:
    """The write is acknowledged and even the register stays."""
    fleet.set_fault("E-1", "ack_only")
    assert await tcp.ask(1, DISCONNECT) == ECHO
    assert (await tcp.ask(1, READ_RELAY), await tcp.ask(1, READ_CURRENT)) == (ON, FULL_LOAD)


async def test_load_falls_after(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """The register changes at once, the current half a second later."""
    fleet.set_fault("E-1", "load_falls_after_s", 0.5)
    await tcp.ask(1, DISCONNECT)
    assert (await tcp.ask(1, READ_RELAY), await tcp.ask(1, READ_CURRENT)) == (OFF, FULL_LOAD)
    clock.seconds += 0.6
    assert await tcp.ask(1, READ_CURRENT) == NO_LOAD


async def test_delay_actuation(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """The register shows the command; the contacts move twenty seconds later."""
    fleet.set_fault("E-1", "delay_actuation_s", 20)
    await tcp.ask(1, DISCONNECT)
    assert await tcp.ask(1, READ_RELAY) == OFF
    assert fleet.truth("E-1").supply == "moving"
    clock.seconds += 20
    assert fleet.truth("E-1").supply == "disconnected"


async def test_flips_back_after(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """Five seconds after the disconnect the device reconnects by itself, without a write."""
    fleet.set_fault("E-1", "flips_back_after_s", 5)
    await tcp.ask(1, DISCONNECT)
    assert await tcp.ask(1, READ_RELAY) == OFF
    clock.seconds += 6
    assert (await tcp.ask(1, READ_RELAY), await tcp.ask(1, READ_CURRENT)) == (ON, FULL_LOAD)
    assert fleet.journal.accepted["E-1"] == 1


async def test_local_trip(tcp: RawModbus, fleet: Fleet) -> None:
    """The relay says on and nothing is supplied."""
    fleet.set_fault("E-1", "local_trip")
    assert (await tcp.ask(1, READ_RELAY), await tcp.ask(1, READ_CURRENT)) == (ON, NO_LOAD)
    assert fleet.truth("E-1").supply == "disconnected"


async def test_the_local_button(tcp: RawModbus, fleet: Fleet) -> None:
    """A person at the meter switches, and the journal has no write."""
    fleet.press_button("E-1")
    assert await tcp.ask(1, READ_RELAY) == OFF
    assert fleet.journal.writes() == []


async def test_silent_once(tcp: RawModbus, fleet: Fleet) -> None:
    """A write to a silent meter is lost and the next request is answered as if nothing had been."""
    fleet.set_fault("E-1", "silent", times=1)
    tcp.send(1, DISCONNECT)
    assert await tcp.ask(1, READ_RELAY) == ON
    assert [entry.fate for entry in fleet.journal.attempts("E-1")] == ["lost"]
    assert fleet.journal.writes("E-1") == []


async def test_drop_write(tcp: RawModbus, fleet: Fleet) -> None:
    """Writes vanish, reads go on."""
    fleet.set_fault("E-1", "drop_write")
    tcp.send(1, DISCONNECT)
    assert await tcp.ask(1, READ_RELAY) == ON
    assert fleet.truth("E-1").supply == "connected"


async def test_drop_write_reply(tcp: RawModbus, fleet: Fleet) -> None:
    """The write is carried out once and nobody says so."""
    fleet.set_fault("E-1", "drop_write_reply")
    tcp.send(1, DISCONNECT)
    assert await tcp.ask(1, READ_RELAY) == OFF
    assert [entry.fate for entry in fleet.journal.writes("E-1")] == ["applied"]


async def test_late_write_reply(tcp: RawModbus, fleet: Fleet) -> None:
    """The answer to the write comes after the answer to the read that follows it."""
    fleet.set_fault("E-1", "late_write_reply_s", 0.1)
    written = tcp.send(1, DISCONNECT)
    read = tcp.send(1, READ_RELAY)
    assert await tcp.reply() == (read, 1, OFF)
    assert await tcp.reply() == (written, 1, ECHO)


async def test_late_reply(tcp: RawModbus, fleet: Fleet) -> None:
    """Reads are late as well, each by the same time, so that their order stays."""
    fleet.set_fault("E-1", "late_reply_s", 0.02)
    first, second = tcp.send(1, READ_RELAY), tcp.send(1, READ_CURRENT)
    assert await tcp.reply() == (first, 1, ON)
    assert await tcp.reply() == (second, 1, FULL_LOAD)


async def test_duplicate_reply(tcp: RawModbus, fleet: Fleet) -> None:
    """One write, two answers."""
    fleet.set_fault("E-1", "duplicate_reply")
    sent = tcp.send(1, DISCONNECT)
    assert [await tcp.reply(), await tcp.reply()] == [(sent, 1, ECHO)] * 2
    assert fleet.journal.accepted["E-1"] == 1


@pytest.mark.parametrize("code", [1, 4, 6])
async def test_exception_on_write(tcp: RawModbus, fleet: Fleet, code: int) -> None:
    """Every write is refused with the code, and none is applied."""
    fleet.set_fault("E-1", "exception_on_write", code)
    assert await tcp.ask(1, DISCONNECT) == f"90 {code:02x}"
    assert fleet.truth("E-1").supply == "connected"
    assert [entry.fate for entry in fleet.journal.attempts("E-1")] == ["refused"]


async def test_exception_on_read(tcp: RawModbus, fleet: Fleet) -> None:
    """Reads are refused, writes are not."""
    fleet.set_fault("E-1", "exception_on_read", 6)
    assert await tcp.ask(1, READ_RELAY) == "83 06"
    assert await tcp.ask(1, DISCONNECT) == ECHO


async def test_answers_as_unit(tcp: RawModbus, fleet: Fleet) -> None:
    """The answer names another unit than the one asked."""
    fleet.set_fault("E-1", "answers_as_unit", 9)
    sent = tcp.send(1, READ_RELAY)
    assert await tcp.reply() == (sent, 9, ON)


async def test_wrong_function_reply(tcp: RawModbus, fleet: Fleet) -> None:
    """The answer to a write looks like the answer to a read of the new state."""
    fleet.set_fault("E-1", "wrong_function_reply")
    assert await tcp.ask(1, DISCONNECT) == OFF
    assert fleet.truth("E-1").supply == "disconnected"


async def test_wrong_echo(tcp: RawModbus, fleet: Fleet) -> None:
    """The echo names the next register."""
    fleet.set_fault("E-1", "wrong_echo")
    assert await tcp.ask(1, DISCONNECT) == "10 00 1b 00 01"


async def test_garbled_reply_on_a_line_has_a_wrong_crc(line: RawModbus, fleet: Fleet) -> None:
    """Two meters with one unit id: what arrives is no frame."""
    fleet.set_fault("E-2", "garbled_reply")
    line.send(1, READ_RELAY)
    assert await line.raw(7) == bytes(b ^ 0x55 for b in bytes.fromhex("01 03 02 00 01 79 84")).hex(" ")


async def test_garbled_reply_through_a_converter_has_a_sound_header(tcp: RawModbus, fleet: Fleet) -> None:
    """The MBAP header is right, and what it carries is not."""
    fleet.set_fault("E-1", "garbled_reply")
    assert await tcp.ask(1, READ_RELAY) == "56 57 55 54"


async def test_trickle_reply(tcp: RawModbus, fleet: Fleet) -> None:
    """The answer comes whole in the end, byte by byte."""
    fleet.set_fault("E-1", "trickle_reply_s", 0.001)
    assert await tcp.ask(1, READ_RELAY) == ON


async def test_hang_up_on_write(tcp: RawModbus, fleet: Fleet) -> None:
    """The write is carried out and the connection ends without an answer."""
    fleet.set_fault("E-1", "hang_up_on_write", times=1)
    tcp.send(1, DISCONNECT)
    assert await tcp.ended()
    assert fleet.truth("E-1").supply == "disconnected"
    async with connected(fleet.ports["tcp"]) as again:
        assert await again.ask(1, READ_RELAY) == OFF


async def test_swapped_units(tcp: RawModbus, fleet: Fleet) -> None:
    """After a mistake at the switchboard each address is the other meter's."""
    fleet.swap_units("tcp", 1, 2)
    assert await tcp.ask(1, "03 00 1C 00 01") == "03 02 00 01"
    assert await tcp.ask(2, READ_CURRENT) == FULL_LOAD


async def test_a_replaced_meter_is_told_by_its_register_alone(tcp: RawModbus, fleet: Fleet) -> None:
    """A DDS238 has no serial: another one in its place differs by its energy only, which may go back."""
    fleet.replace("E-1", "DDS-9", register=3.5)
    assert await tcp.ask(1, "03 00 00 00 02") == "03 04 00 00 01 5e"
    assert fleet.truth("E-1").serial == "DDS-9"


async def test_a_fault_set_for_a_number_of_times_ends_by_itself(tcp: RawModbus, fleet: Fleet) -> None:
    """Two writes are refused, the third is taken, and the truth lists the fault only while it is there."""
    fleet.set_fault("E-1", "exception_on_write", 4, times=2)
    assert fleet.truth("E-1").faults == {"exception_on_write": 4}
    assert [await tcp.ask(1, DISCONNECT) for _ in range(3)] == ["90 04", "90 04", ECHO]
    assert fleet.truth("E-1").faults == {}
