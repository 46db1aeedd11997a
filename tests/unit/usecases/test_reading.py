"""A live read: what the meter shows now is kept, unless another meter answered."""

import pytest

from meterhold.domain.errors import NoAnswer, UnknownThing
from meterhold.domain.words import Outcome, Proof, SupplyState
from meterhold.usecases.reading import read_meter
from tests.fakes.gateway import Gateway
from tests.fakes.metering import DDS238, SHELLY, XINTAI, FakeMeter, place
from tests.fakes.world import run


def one(profile: str) -> tuple[Gateway, FakeMeter]:
    """A gateway with one meter."""
    gateway = Gateway()
    (meter,) = gateway.install(place(profile, "M-1"))
    return gateway, meter


@pytest.mark.parametrize("connected", [True, False])
def test_what_is_seen_is_kept(connected: bool) -> None:
    """State, proof, source and register."""
    gateway, meter = one(XINTAI)
    meter.stand(connected=connected)
    meter.total += 1
    seen = run(read_meter(gateway.ports, "M-1"))
    row = gateway.meter("M-1")
    assert seen.meter == row
    assert row.actual.state is (SupplyState.CONNECTED if connected else SupplyState.DISCONNECTED)
    assert row.last_register is not None
    assert row.last_register.value == seen.observation.registers[0].value


def test_an_echo_tells_a_live_read_nothing() -> None:
    """A register that may repeat a command is no state."""
    gateway, meter = one(DDS238)
    meter.stand(connected=False)
    seen = run(read_meter(gateway.ports, "M-1"))
    assert (seen.actual, seen.proof) == (SupplyState.UNKNOWN, Proof.NONE)


@pytest.mark.parametrize("profile", [SHELLY, XINTAI, DDS238])
def test_another_meter_s_answer_is_shown_and_not_kept(profile: str) -> None:
    """Its state is not ours, and its register must not become the one that ours is recognised by."""
    gateway, meter = one(profile)
    before = gateway.meter("M-1")
    meter.stand(connected=False)
    meter.serial, meter.total = "00000000000000EE", 500_000.0
    seen = run(read_meter(gateway.ports, "M-1"))
    assert (seen.actual, seen.proof) == (SupplyState.UNKNOWN, Proof.NONE)
    assert seen.observation.registers
    assert gateway.meter("M-1") == before
    hold_id = gateway.suspend("M-1").hold_id
    gateway.settle()
    assert gateway.leg(hold_id).outcome is Outcome.IDENTITY_MISMATCH
    assert meter.writes == []


def test_what_cannot_be_read_is_said() -> None:
    """An unknown meter, and a silent one."""
    gateway, meter = one(SHELLY)
    with pytest.raises(UnknownThing):
        run(read_meter(gateway.ports, "M-404"))
    meter.silent = True
    before = gateway.meter("M-1")
    with pytest.raises(NoAnswer):
        run(read_meter(gateway.ports, "M-1"))
    assert gateway.meter("M-1") == before
