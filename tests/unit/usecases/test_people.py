"""Locking and verifying: what a technician at the meter is told."""

from dataclasses import replace

import pytest

from meterhold.domain.errors import UnknownThing
from meterhold.domain.words import Because, SupplyState
from meterhold.usecases.locking import lock_state
from meterhold.usecases.registering import Registered, register_meters
from meterhold.usecases.verifying import verify_meter
from tests.fakes.gateway import Gateway, home
from tests.fakes.metering import DDS238, PROFILES, SHELLY, XINTAI, OnWrite, place
from tests.fakes.world import run


def test_hands_may_go_in_only_when_the_lock_holds() -> None:
    """With a write unresolved the answer names the operation that is waited for."""
    at_home = home()
    at_home.water.next_write = OnWrite.LOSE_REPLY
    hold_id = at_home.suspend().hold_id
    at_home.gateway.once()
    assert not at_home.gateway.lock("W-1")
    operation = at_home.gateway.leg(hold_id, "W-1").operation
    assert operation is not None
    assert [wait.operation for wait in run(lock_state(at_home.gateway.ports, "W-1")).waits] == [operation]
    at_home.gateway.settle()
    state = run(lock_state(at_home.gateway.ports, "W-1"))
    assert (state.held, state.waits) == (True, ())
    at_home.gateway.unlock("W-1")
    assert not run(lock_state(at_home.gateway.ports, "W-1")).held


def test_an_unknown_meter_is_said() -> None:
    """For a lock and for a verification."""
    gateway = home().gateway
    with pytest.raises(UnknownThing):
        run(lock_state(gateway.ports, "E-404"))
    with pytest.raises(UnknownThing):
        run(verify_meter(gateway.ports, "E-404", "fitter", commission=True))


@pytest.mark.parametrize("profile", PROFILES)
def test_a_verification_says_what_would_be_written_and_writes_nothing(profile: str) -> None:
    """Both directions, readable; and with a person's word the address is the meter."""
    gateway = Gateway()
    (meter,) = gateway.install(place(profile, "M-1"), commission=False)
    dry = run(verify_meter(gateway.ports, "M-1", "fitter", commission=False))
    assert {SupplyState.CONNECTED, SupplyState.DISCONNECTED} <= set(dry.would_write)
    assert (dry.faults, dry.commissioned, gateway.meter("M-1").commissioning) == ((), False, None)
    assert run(verify_meter(gateway.ports, "M-1", "fitter", commission=True)).commissioned
    record = gateway.meter("M-1").commissioning
    assert record is not None
    assert (record.by, record.wiring) == ("fitter", gateway.meter("M-1").wiring)
    assert meter.writes == []


@pytest.mark.parametrize("profile", [SHELLY, XINTAI])
def test_another_meter_is_not_commissioned(profile: str) -> None:
    """The verification says which number answered."""
    gateway = Gateway()
    (meter,) = gateway.install(place(profile, "M-1"), commission=False)
    meter.serial = "00000000000000EE"
    found = run(verify_meter(gateway.ports, "M-1", "fitter", commission=True))
    assert [(fault.field, fault.code) for fault in found.faults] == [("serial", Because.METER_MISMATCH)]
    assert gateway.meter("M-1").commissioning is None


def test_a_meter_without_its_supply_is_not_commissioned() -> None:
    """A wrong profile or a dead street: not now."""
    gateway = Gateway()
    (meter,) = gateway.install(place(DDS238, "M-1"), commission=False)
    meter.mains = False
    found = run(verify_meter(gateway.ports, "M-1", "fitter", commission=True))
    assert "supply" in {fault.field for fault in found.faults}
    assert gateway.meter("M-1").commissioning is None


def test_the_registry_becomes_what_the_file_says() -> None:
    """New ones, changed ones, and those that are gone; the same file again changes nothing."""
    gateway = Gateway()
    places = [place(SHELLY, f"M-{n}") for n in range(1, 4)]
    assert run(register_meters(gateway.ports, places)) == Registered(3, 3, 0)
    assert run(register_meters(gateway.ports, places)) == Registered(3, 0, 0)
    changed = [replace(places[0], area="north"), places[1]]
    assert run(register_meters(gateway.ports, changed)) == Registered(2, 1, 1)
    assert run(gateway.journal.meter_ids()) == ["M-1", "M-2"]
