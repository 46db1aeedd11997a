"""The UC511's frames byte for byte, as its maker's documents and public samples have them."""

import base64

import pytest

from meterhold_simulators import Faults
from meterhold_simulators.clock import SimClock
from meterhold_simulators.faces.uc511 import Uc511
from meterhold_simulators.faults import Model
from meterhold_simulators.journal import Fate, Journal
from meterhold_simulators.spec_mqtt import Uc511Spec
from meterhold_simulators.water import WaterMeter
from tests.unit.simulators.hand_clock import HandClock

EUI = "24e124460c000007"
CLOSE_7 = "ff1d000700000000000000"
OPEN_8 = "ff1d200800000000000000"


def device(clock: HandClock, **spec: object) -> Uc511:
    """A UC511 whose valve moves at once."""
    row = Uc511Spec.model_validate(
        {"id": "W-1", "model": Model.UC511, "server": "lora", "dev_eui": EUI, "travel_s": 0, **spec}
    )
    meter = WaterMeter(row, row.dev_eui, SimClock(clock), Journal())
    return Uc511(meter, row)


def heard(uc511: Uc511, frame: str) -> str | None:
    """The frame that answers a downlink."""
    answer = uc511.hear(85, bytes.fromhex(frame))
    return None if answer is None else answer.hex()


async def test_the_public_sample(clock: HandClock) -> None:
    """92 %, closed, 5 pulses: the frame that the maker gives as its example, in its base64 as well."""
    frame = device(clock, connected=False, volume_m3=0.005).uplink()
    assert frame.hex(" ").upper() == "01 75 5C 03 01 00 04 C8 05 00 00 00"
    assert base64.b64encode(frame) == b"AXVcAwEABMgFAAAA"


async def test_pressure_follows_where_there_is_a_sensor(clock: HandClock) -> None:
    """Channel 9 in kPa, low byte first; a low battery stands in front."""
    uc511 = device(clock, pressure_kpa=300, litres_per_pulse=10, volume_m3=2.56)
    uc511.meter.set_faults(Faults(low_battery=True))
    assert uc511.uplink().hex(" ") == "01 75 04 03 01 01 04 c8 00 01 00 00 09 7b 2c 01"


async def test_the_first_frame_names_the_device(clock: HandClock) -> None:
    """Versions, serial number, class A, then the regular frame."""
    uc511 = device(clock)
    frame = uc511.joined()
    assert frame.startswith(bytes.fromhex("ff0101ff090400ff0a0102ff16" + "6412b8c3a0920012" + "ff0f00"))
    assert frame.endswith(uc511.uplink())


@pytest.mark.parametrize(
    ("connected", "data", "echo", "target"),
    [
        (True, "/x0ABwAAAAAAAAA=", "fe1d0007", "disconnected"),
        (False, "/x0gCAAAAAAAAAA=", "fe1d2008", "connected"),
    ],
)
async def test_switching(clock: HandClock, connected: bool, data: str, echo: str, target: str) -> None:
    """The control frame drives valve 1; its answer repeats control byte and sequence number, and is no state."""
    uc511 = device(clock, connected=connected)
    frame = base64.b64decode(data)
    assert frame.hex() in (CLOSE_7, OPEN_8)
    assert heard(uc511, frame.hex()) == echo
    assert uc511.meter.truth().supply == target
    assert uc511.uplink()[3:6].hex() == f"0301{int(not connected):02}"
    (entry,) = uc511.meter.journal.writes()
    assert (entry.wire, entry.target) == (frame, target)


async def test_a_sequence_number_acts_once(clock: HandClock) -> None:
    """The same number again is answered and does nothing; 0 is obeyed each time."""
    uc511 = device(clock)
    for _ in range(2):
        assert heard(uc511, CLOSE_7) == "fe1d0007"
    assert [entry.fate for entry in uc511.meter.journal.attempts()] == [Fate.APPLIED, Fate.REFUSED]
    for _ in range(2):
        heard(uc511, "ff1d200000000000000000")
    assert uc511.meter.journal.accepted["W-1"] == 3


async def test_a_query_tells_what_is_and_what_was_commanded(clock: HandClock) -> None:
    """Response code 0 and the task status of the valve; code 2 beyond the second valve."""
    uc511 = device(clock, travel_s=10)
    assert heard(uc511, "f9a500") == "f8a50000" + "0eaf000101"
    heard(uc511, CLOSE_7)
    assert heard(uc511, "f9a500") == "f8a50000" + "0eaf000100"
    clock.seconds += 10
    uc511.meter.now()
    assert heard(uc511, "f9a500") == "f8a50000" + "0eaf000000"
    assert heard(uc511, "f9a501") == "f8a50100" + "0faf000000"
    assert heard(uc511, "f9a502") == "f8a50202"
    uc511.meter.stop()


async def test_a_time_rule_moves_it_back(clock: HandClock) -> None:
    """Bit 7 with 5 s: connected, and disconnected again by itself; the answer repeats the rule."""
    uc511 = device(clock, connected=False)
    assert heard(uc511, "ff1da009" + "050000" + "00000000") == "fe1da009" + "05000000"
    assert uc511.meter.truth().supply == "connected"
    clock.seconds += 5
    assert uc511.meter.truth().supply == "disconnected"
    uc511.meter.stop()


async def test_other_valves_and_unknown_frames(clock: HandClock) -> None:
    """Valve 2 has nothing connected, index 7 is every valve, a frame of another kind or port is dropped."""
    uc511 = device(clock)
    assert heard(uc511, "ff1d010100000000000000") == "fe1d0101"
    assert heard(uc511, "ff10ff") is None
    assert uc511.hear(2, bytes.fromhex(CLOSE_7)) is None
    assert heard(uc511, CLOSE_7[:-2]) is None
    assert uc511.meter.truth().supply == "connected"
    assert uc511.meter.journal.writes() == []
    assert heard(uc511, "ff1d070200000000000000") == "fe1d0702"
    assert uc511.meter.truth().supply == "disconnected"


async def test_it_believes_itself(clock: HandClock) -> None:
    """A stuck or leaking valve is closed in its own words, and its pulses go on."""
    for faults in (Faults(jam_at=0.43), Faults(leak_m3_h=0.02)):
        uc511 = device(clock, demand_m3_h=0.6)
        uc511.meter.set_faults(faults)
        heard(uc511, CLOSE_7)
        first = uc511.pulses()
        clock.seconds += 3600
        uc511.meter.now()
        assert uc511.uplink()[3:6].hex() == "030100"
        assert uc511.pulses() - first >= 20
        assert uc511.meter.truth().supply == "connected"


async def test_echo_only_claims_the_state(clock: HandClock) -> None:
    """The new state is told and nothing has moved."""
    uc511 = device(clock)
    uc511.meter.set_faults(Faults(echo_only=True))
    heard(uc511, CLOSE_7)
    assert uc511.uplink()[3:6].hex() == "030100"
    assert uc511.meter.truth().supply == "connected"
