"""The STREGA valve's ASCII frames, character for character."""

import base64

import pytest

from meterhold_simulators import Faults
from meterhold_simulators.clock import SimClock
from meterhold_simulators.faces.strega import Strega
from meterhold_simulators.faults import Model
from meterhold_simulators.journal import Fate, Journal
from meterhold_simulators.spec_mqtt import StregaSpec
from meterhold_simulators.water import WaterMeter
from tests.unit.simulators.hand_clock import HandClock


def device(clock: HandClock, **spec: object) -> Strega:
    """A STREGA valve that travels for 8 s."""
    row = StregaSpec.model_validate(
        {"id": "W-1", "model": Model.STREGA, "server": "lora", "dev_eui": "70b3d57ed0000001", **spec}
    )
    return Strega(WaterMeter(row, row.dev_eui, SimClock(clock), Journal()), row)


@pytest.mark.parametrize(
    ("connected", "command", "moving", "arrived"),
    [(True, b"0", b"36000", b"3600p"), (False, b"1", b"36001", b"3600A")],
)
async def test_a_movement_shows_in_both_limit_switches(
    clock: HandClock, connected: bool, command: bytes, moving: bytes, arrived: bytes
) -> None:
    """Neither limit while it travels, whatever the valve bit says; then bit 6 for shut, bit 4 for free."""
    strega = device(clock, connected=connected)
    assert strega.hear(1, command) == moving + b"@01" + command
    assert strega.uplink() == moving
    clock.seconds += 8
    strega.meter.now()
    assert strega.uplink() == arrived
    assert [entry.wire for entry in strega.meter.journal.writes()] == [command]
    strega.meter.stop()


def test_the_commands_in_base64() -> None:
    """What the network server is given."""
    assert (base64.b64encode(b"0"), base64.b64encode(b"1")) == (b"MA==", b"MQ==")


async def test_a_jam_leaves_both_limits_clear(clock: HandClock) -> None:
    """Stopped half way: as if it travelled, for ever."""
    strega = device(clock)
    strega.meter.set_faults(Faults(jam_at=0.43))
    strega.hear(1, b"0")
    clock.seconds += 60
    strega.meter.now()
    assert strega.uplink() == b"36000"
    assert strega.meter.truth().supply == "connected"


async def test_battery_and_counter(clock: HandClock) -> None:
    """Four digits of mV, and the counter as six hexadecimal digits behind a C."""
    strega = device(clock, volume_m3=0.42, litres_per_pulse=10)
    assert strega.uplink() == b"3600AC00002A"
    strega.meter.set_faults(Faults(low_battery=True))
    assert strega.joined() == b"2100AC00002A"


async def test_a_timed_command_moves_back(clock: HandClock) -> None:
    """Port 2: unit and direction in one byte, then the time; it must not be sent, and it is obeyed."""
    strega = device(clock, connected=False, travel_s=0)
    assert strega.hear(2, b"\x41\x02") is not None
    assert strega.meter.truth().supply == "connected"
    clock.seconds += 120
    assert strega.meter.truth().supply == "disconnected"
    strega.meter.stop()


async def test_other_frames_are_dropped(clock: HandClock) -> None:
    """Anything but one of two characters on port 1 moves nothing."""
    strega = device(clock)
    for port, data in ((1, b"2"), (1, b"00"), (1, b""), (9, b"0"), (2, b"\x00\x01")):
        assert strega.hear(port, data) is None
    assert [entry.fate for entry in strega.meter.journal.attempts()] == [Fate.REFUSED] * 5


async def test_echo_only_claims_a_limit_switch(clock: HandClock) -> None:
    """The limit is reported made, and the valve has not moved."""
    strega = device(clock)
    strega.meter.set_faults(Faults(echo_only=True))
    strega.hear(1, b"0")
    assert strega.uplink() == b"3600p"
    assert strega.meter.truth().supply == "connected"
