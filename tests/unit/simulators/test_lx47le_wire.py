"""The LX47LE-125 on its wire: the published frames, the motor's time, locks, trips, and coils that do harm."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from meterhold_simulators import Fleet, parse_fleet
from tests.unit.simulators.hand_clock import HandClock
from tests.unit.simulators.raw_modbus import RawModbus, connected, crc

BREAKER: dict[str, Any] = {"id": "E-1", "model": "lx47le", "listener": "tcp", "unit": 1, "load_w": 1150}
CLOSE, OPEN = "05 00 01 FF 00", "05 00 01 00 00"
READ_STATE, CLOSED, OPENED = "04 00 00 00 01", "04 02 00 f0", "04 02 00 0f"
READ_REASON = "04 00 16 00 01"
READ_CURRENT, FULL_LOAD, NO_LOAD = "04 00 09 00 01", "04 02 01 f4", "04 02 00 00"
MOTOR_S = 2


@pytest.fixture
async def fleet(clock: HandClock) -> AsyncIterator[Fleet]:
    """A breaker behind a converter, one on a line, and some that are set or built otherwise."""
    spec = {
        "listeners": {"tcp": {"max_connections": 5}, "line": {"framing": "rtu"}},
        "meters": [
            {**BREAKER, "energy_kwh": 12.345},
            {**BREAKER, "id": "E-2", "listener": "line"},
            {**BREAKER, "id": "E-3", "listener": "line", "unit": 2},
            {**BREAKER, "id": "E-4", "unit": 4, "firmware": "3.2", "frequency_counts_per_hz": 100},
            {**BREAKER, "id": "E-5", "unit": 5, "automatic": True},
            {**BREAKER, "id": "E-6", "unit": 6, "voltage_at": "load"},
        ],
    }
    async with Fleet.start(parse_fleet(spec), clock=clock) as running:
        yield running


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        ("01 05 00 01 FF 00 DD FA", "01 05 00 01 ff 00 dd fa"),
        ("01 06 00 0D FF 00 59 F9", "01 06 00 0d ff 00 59 f9"),
        ("01 05 00 01 00 00 9C 0A", "01 05 00 01 00 00 9c 0a"),
        ("01 06 00 0D 00 00 18 09", "01 06 00 0d 00 00 18 09"),
        ("01 04 00 00 00 01 31 CA", "01 04 02 00 f0 b9 74"),
        ("01 04 00 08 00 01 B0 08", "01 04 02 00 e6 38 ba"),
    ],
)
async def test_the_published_frames_are_answered(line: RawModbus, frame: str, answer: str) -> None:
    """Each frame of the device table, byte for byte; writes come back as they went."""
    line.send_raw(bytes.fromhex(frame))
    assert await line.raw(len(bytes.fromhex(answer))) == answer


async def test_the_published_block_is_answered(line: RawModbus) -> None:
    """State, frequency, temperatures, V, A, power factor, W, var and VA stand where the table has them."""
    line.send_raw(bytes.fromhex("01 04 00 00 00 0F B0 0E"))
    answer = bytes.fromhex(await line.raw(35))
    words = [int.from_bytes(answer[n : n + 2], "big") for n in range(3, 33, 2)]
    assert words == [0x00F0, 0, 0, 0, 500, 0, 65, 65, 230, 500, 100, 1150, 0, 1150, 0]
    assert crc(answer[:-2]) == answer[-2:]


async def test_a_broadcast_moves_every_breaker_and_nobody_answers(line: RawModbus, fleet: Fleet) -> None:
    """The frame that must never be sent does its harm on the whole line, and the referee sees it at each breaker."""
    line.send_raw(bytes.fromhex("00 05 00 01 FF 00 DC 2B"))
    line.send_raw(bytes.fromhex("01 04 00 00 00 01 31 CA"))
    assert (await line.raw(3)) == "01 04 02"
    assert [entry.meter_id for entry in fleet.journal.writes()] == ["E-2", "E-3"]


async def test_the_motor_takes_its_time(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """The old state stands until the motor is there; then state, coil, mirror and current change together."""
    assert await tcp.ask(1, OPEN) == OPEN.lower()
    assert (await tcp.ask(1, READ_STATE), await tcp.ask(1, READ_CURRENT)) == (CLOSED, FULL_LOAD)
    assert fleet.truth("E-1").supply == "moving"
    clock.seconds += MOTOR_S
    assert (await tcp.ask(1, READ_STATE), await tcp.ask(1, READ_CURRENT)) == (OPENED, NO_LOAD)
    assert await tcp.ask(1, "01 00 01 00 01") == "01 01 00"
    assert await tcp.ask(1, "03 00 0D 00 01") == "03 02 00 00"
    assert await tcp.ask(1, READ_REASON) == "04 02 00 07"
    await tcp.ask(1, CLOSE)
    clock.seconds += MOTOR_S
    assert (await tcp.ask(1, READ_STATE), await tcp.ask(1, READ_REASON)) == (CLOSED, "04 02 00 0f")
    assert [entry.target for entry in fleet.journal.writes("E-1")] == ["disconnected", "connected"]


async def test_an_old_firmware_has_no_switch_register(tcp: RawModbus, fleet: Fleet) -> None:
    """Version 3.2 refuses the mirror with exception 02 and takes the coil; its frequency counts hundredths."""
    assert await tcp.ask(4, "06 00 0D 00 00") == "86 02"
    assert await tcp.ask(4, "03 00 0D 00 01") == "83 02"
    assert await tcp.ask(4, OPEN) == OPEN.lower()
    assert await tcp.ask(4, "04 00 04 00 01") == "04 02 13 88"
    assert fleet.journal.accepted["E-4"] == 1


async def test_another_firmware_stands_one_register_further(tcp: RawModbus, fleet: Fleet) -> None:
    """With a shifted map the register of the voltage holds a temperature, or the current."""
    fleet.set_fault("E-1", "map_shift", 1)
    assert await tcp.ask(1, "04 00 08 00 01") == "04 02 00 41"
    assert await tcp.ask(1, READ_STATE) == "04 02 00 00"
    fleet.set_fault("E-1", "map_shift", -1)
    assert await tcp.ask(1, "04 00 08 00 01") == "04 02 01 f4"


async def test_settings_can_have_been_changed_or_be_missing(tcp: RawModbus, fleet: Fleet) -> None:
    """Somebody has halved the over-current; another firmware tells no settings at all."""
    assert await tcp.ask(1, "03 00 02 00 03") == "03 06 01 13 00 a0 18 9c"
    fleet.set_fault("E-1", "set_otherwise")
    assert await tcp.ask(1, "03 00 02 00 03") == "03 06 01 13 00 a0 0c 4e"
    fleet.set_fault("E-1", "no_settings")
    assert await tcp.ask(1, "03 00 02 00 03") == "83 02"


@pytest.mark.parametrize("locked", ["at the breaker", "remotely"])
async def test_a_lock_blocks_closing_and_not_opening(
    tcp: RawModbus, fleet: Fleet, clock: HandClock, locked: str
) -> None:
    """A close while locked is echoed as ever, the state stays 0F and the reason is A; opening works."""
    if locked == "at the breaker":
        fleet.set_fault("E-1", "local_lock")
    else:
        await tcp.ask(1, "05 00 02 FF 00")
    high = "01" if locked == "at the breaker" else "00"
    await tcp.ask(1, OPEN)
    clock.seconds += MOTOR_S
    assert await tcp.ask(1, READ_STATE) == f"04 02 {high} 0f"
    assert await tcp.ask(1, CLOSE) == CLOSE.lower()
    clock.seconds += 10
    assert await tcp.ask(1, READ_STATE) == f"04 02 {high} 0f"
    assert await tcp.ask(1, READ_REASON) == "04 02 00 0a"
    assert [entry.fate for entry in fleet.journal.writes("E-1")][-2:] == ["applied", "not_applied"]
    fleet.clear_faults("E-1")
    await tcp.ask(1, "05 00 02 00 00")
    await tcp.ask(1, CLOSE)
    clock.seconds += MOTOR_S
    assert await tcp.ask(1, READ_STATE) == CLOSED


@pytest.mark.parametrize("reason", range(1, 7))
async def test_a_trip_opens_and_in_manual_mode_stays(
    tcp: RawModbus, fleet: Fleet, clock: HandClock, reason: int
) -> None:
    """The breaker is open at once and says why; a remote close is echoed and not done until the cause is gone."""
    fleet.set_fault("E-1", "trip_reason", reason)
    assert await tcp.ask(1, READ_STATE) == OPENED
    assert await tcp.ask(1, READ_REASON) == f"04 02 00 0{reason}"
    assert await tcp.ask(1, CLOSE) == CLOSE.lower()
    clock.seconds += MOTOR_S
    assert await tcp.ask(1, READ_STATE) == OPENED
    fleet.clear_fault("E-1", "trip_reason")
    assert await tcp.ask(1, READ_STATE) == OPENED
    await tcp.ask(1, CLOSE)
    clock.seconds += MOTOR_S
    assert await tcp.ask(1, READ_STATE) == CLOSED


async def test_a_protection_may_speak_while_the_breaker_is_open(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """Opened by a command, and then held open by a protection: the reason is the protection's."""
    await tcp.ask(1, OPEN)
    clock.seconds += MOTOR_S
    fleet.set_fault("E-1", "trip_reason", 5)
    assert await tcp.ask(1, READ_REASON) == "04 02 00 05"


async def test_in_automatic_mode_a_close_resets_the_trip(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """The other assumption about trips: the remote close goes through."""
    fleet.set_fault("E-5", "trip_reason", 2)
    await tcp.ask(5, CLOSE)
    clock.seconds += MOTOR_S
    assert await tcp.ask(5, READ_STATE) == CLOSED
    assert fleet.truth("E-5").faults == {}


async def test_the_lever_moved_by_hand(tcp: RawModbus, fleet: Fleet) -> None:
    """Reason 0 is a person at the breaker."""
    fleet.press_button("E-1")
    assert (await tcp.ask(1, READ_STATE), await tcp.ask(1, READ_REASON)) == (OPENED, "04 02 00 00")


@pytest.mark.parametrize(
    ("request_pdu", "target"),
    [
        ("05 00 00 FF 00", "reset_configuration"),
        ("05 00 04 FF 00", "clear_records"),
        ("05 00 05 FF 00", "leakage_test"),
        ("05 00 02 FF 00", "remote_lock=True"),
        ("05 00 03 FF 00", "automatic=True"),
        ("06 00 00 00 09", "setting_0=9"),
        ("06 00 0C 00 03", "control=0x0003"),
        ("10 00 03 00 01 02 00 A0", "setting_3=160"),
    ],
)
async def test_what_must_never_be_written_is_seen(tcp: RawModbus, fleet: Fleet, request_pdu: str, target: str) -> None:
    """Coils that do harm and settings are taken, and stand in the journal as what they are."""
    await tcp.ask(1, request_pdu)
    assert [entry.target for entry in fleet.journal.writes("E-1")] == [target]


async def test_the_leakage_test_trips_the_load(tcp: RawModbus, fleet: Fleet) -> None:
    """The coil beside the switch cuts the customer off for good."""
    await tcp.ask(1, "05 00 05 FF 00")
    assert fleet.truth("E-1").supply == "disconnected"
    assert await tcp.ask(1, READ_REASON) == "04 02 00 02"


@pytest.mark.parametrize(
    ("request_pdu", "answer"),
    [
        ("02 00 01 00 01", "82 01"),
        ("0F 00 01 00 01 01 00", "8f 01"),
        ("05 00 01 00 01", "85 03"),
        ("05 00 09 FF 00", "85 02"),
        ("05 00 01", "85 03"),
        ("01 00 00 00 07", "81 02"),
        ("01 00 00 00 00", "81 03"),
        ("06 00 0D 00 01", "86 03"),
        ("06 00 0E 00 01", "86 02"),
        ("04 00 28 00 01", "84 02"),
    ],
)
async def test_what_it_does_not_do_it_refuses(tcp: RawModbus, fleet: Fleet, request_pdu: str, answer: str) -> None:
    """Other functions, values and addresses get the exception of their kind and change nothing."""
    assert await tcp.ask(1, request_pdu) == answer
    assert fleet.journal.writes() == []


async def test_energy_is_counted(tcp: RawModbus) -> None:
    """Register 36 counts watt-hours, high word first."""
    assert await tcp.ask(1, "04 00 24 00 02") == "04 04 00 00 30 39"


async def test_a_breaker_may_measure_behind_its_contacts(tcp: RawModbus, fleet: Fleet, clock: HandClock) -> None:
    """Then it shows 0 V when open, and what the premises feed back."""
    await tcp.ask(6, OPEN)
    clock.seconds += MOTOR_S
    assert await tcp.ask(6, "04 00 08 00 01") == "04 02 00 00"
    fleet.set_fault("E-6", "backfeed_v", 228)
    assert await tcp.ask(6, "04 00 08 00 01") == "04 02 00 e4"


async def test_the_converter_takes_five_connections(fleet: Fleet) -> None:
    """The sixth is ended without an answer; the five go on."""
    port = fleet.ports["tcp"]
    async with connected(port) as a, connected(port) as b, connected(port) as c, connected(port) as d:
        async with connected(port) as e:
            for client in (a, b, c, d, e):
                assert await client.ask(1, READ_STATE) == CLOSED
            async with connected(port) as sixth:
                assert await sixth.ended()
        assert await a.ask(1, READ_STATE) == CLOSED
