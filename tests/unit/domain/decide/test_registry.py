"""Meters as the registry names them, and what is seen of them outside any work."""

from dataclasses import replace
from datetime import timedelta

import pytest

from meterhold.domain.commands import CommissionMeter, ObserveMeter, RegisterMeters
from meterhold.domain.errors import Refused, UnknownThing
from meterhold.domain.meter import Actual
from meterhold.domain.words import Because, Flag, Identity, Proof, SupplyState
from tests.fakes.gateway import Gateway, home
from tests.fakes.metering import DDS238, place
from tests.fakes.world import run
from tests.unit.domain.build import commissioned, register
from tests.unit.domain.decide.stages import at_stage


def test_a_registry_that_says_nothing_new_writes_nothing() -> None:
    """Importing the same file again is free."""
    gateway = Gateway()
    one = place(DDS238, "E-1")
    gateway.install(one)
    said = len(gateway.journal.events)
    run(gateway.journal.submit(RegisterMeters(gateway.clock.now(), (one,))))
    assert len(gateway.journal.events) == said


def test_a_changed_entry_changes_the_registrys_part_only() -> None:
    """What was observed and confirmed stays."""
    at_home = home()
    before = at_home.gateway.meter("E-1")
    at_home.gateway.flag("E-1", area="feeder 9")
    after = at_home.gateway.meter("E-1")
    assert after == replace(before, installation=replace(before.installation, area="feeder 9"))


def test_a_home_that_loses_its_protection_raises_an_alarm() -> None:
    """Whoever keeps the registry could else make a home ready to be cut without anybody knowing."""
    gateway = Gateway()
    one = replace(place(DDS238, "E-1"), flags=frozenset({Flag.LIFE_SUPPORT}))
    gateway.install(one)
    assert gateway.meter("E-1").alarms == ()
    run(gateway.journal.submit(RegisterMeters(gateway.clock.now(), (replace(one, flags=frozenset()),))))
    (alarm,) = gateway.meter("E-1").alarms
    assert (alarm.code, alarm.subject) == (Because.PROTECTED_CUSTOMER, "life_support")


@pytest.mark.parametrize("field", ["address", "link", "profile"])
def test_other_wiring_voids_the_commissioning(field: str) -> None:
    """What a person confirmed at one address says nothing of another."""
    at_home = home()
    assert at_home.gateway.meter("E-1").commissioning is not None
    at_home.gateway.flag("E-1", **{field: "other"})
    assert at_home.gateway.meter("E-1").commissioning is None


def test_a_meter_with_an_open_hold_cannot_leave_the_registry() -> None:
    """Its supply has to come back first. Nothing of the import is kept."""
    at_home, hold_id = at_stage("suspended")
    now = at_home.gateway.clock.now()
    with pytest.raises(Refused, match=hold_id):
        run(at_home.gateway.journal.submit(RegisterMeters(now, (place(DDS238, "E-9"),), ("E-1",))))
    assert "E-9" not in at_home.gateway.journal.world.meters


def test_a_retired_meter_comes_back_as_it_was() -> None:
    """Retired twice is retired once; named again it is there again."""
    at_home = home()
    now = at_home.gateway.clock.now()
    for _ in range(2):
        run(at_home.gateway.journal.submit(RegisterMeters(now, (), ("E-1",))))
    assert at_home.gateway.meter("E-1").retired
    at_home.gateway.flag("E-1")
    assert not at_home.gateway.meter("E-1").retired
    with pytest.raises(UnknownThing):
        run(at_home.gateway.journal.submit(RegisterMeters(now, (), ("E-404",))))


def test_a_confirmation_of_another_wiring_is_refused() -> None:
    """The registry changed while the person was looking."""
    at_home = home()
    record = commissioned(register("1"), "model@elsewhere/1")
    command = CommissionMeter(at_home.gateway.clock.now(), "E-1", record, Identity.SERIAL)
    with pytest.raises(Refused) as refusal:
        run(at_home.gateway.journal.submit(command))
    assert refusal.value.code is Because.METER_MISMATCH


def test_an_older_observation_does_not_replace_a_newer_one() -> None:
    """Reads may overtake each other."""
    at_home = home()
    now = at_home.gateway.clock.now()
    newer = Actual(SupplyState.DISCONNECTED, Proof.STATE_READ, "valve(driver)", now)
    older = Actual(SupplyState.CONNECTED, Proof.STATE_READ, "valve(driver)", now - timedelta(seconds=1))
    for actual in (newer, older):
        run(at_home.gateway.journal.submit(ObserveMeter(now, "W-1", actual, Identity.SERIAL)))
    assert at_home.gateway.meter("W-1").actual == newer


def test_an_observation_without_a_register_keeps_the_last_one() -> None:
    """It is what the next look is measured against."""
    at_home = home()
    now = at_home.gateway.clock.now()
    seen = Actual(SupplyState.CONNECTED, Proof.STATE_READ, "relay(driver)", now)
    before = at_home.gateway.meter("E-1").last_register
    assert before is not None
    run(at_home.gateway.journal.submit(ObserveMeter(now, "E-1", seen, Identity.SERIAL)))
    assert at_home.gateway.meter("E-1").last_register == before
