"""Who answered is checked at every look: another meter is never switched and never counts."""

import pytest

from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import (
    Because,
    Identity,
    Outcome,
    SupplyState,
)
from tests.fakes.gateway import Gateway
from tests.fakes.metering import DDS238, SHELLY, SWV, XINTAI, FakeMeter, place
from tests.unit.usecases.courses import IDENTIFIED, OFF, begun


@pytest.mark.parametrize("connect", [False, True])
@pytest.mark.parametrize("profile", IDENTIFIED)
def test_another_meter_is_never_switched_and_never_counts(profile: str, connect: bool) -> None:
    """What it shows is not ours: a stranger that happens to be off makes no suspension, one that is on no restore."""
    gateway, meter, hold_id = begun(profile, connect=connect)
    before = gateway.meter("M-1")
    meter.stand(connected=connect)
    meter.serial = "00000000000000EE"
    gateway.settle()
    leg = gateway.leg(hold_id)
    assert (leg.outcome, leg.because) == (Outcome.IDENTITY_MISMATCH, Because.METER_MISMATCH)
    assert meter.writes == []
    assert not gateway.hold(hold_id).final
    assert gateway.hold(hold_id).status is (HoldStatus.RESTORING if connect else HoldStatus.SUSPENDING)
    assert leg.actual is (OFF if connect else SupplyState.UNKNOWN)
    assert gateway.meter("M-1").actual == before.actual
    assert gateway.meter("M-1").last_register == before.last_register
    assert [item.code for item in gateway.waiting(hold_id)] == [Because.METER_MISMATCH]


@pytest.mark.parametrize("profile", IDENTIFIED)
def test_a_stranger_in_one_look_does_not_end_what_is_in_doubt(profile: str) -> None:
    """A bridge that mixed two meters up for a second: the next look is ours again, and tells."""
    gateway, meter, hold_id = begun(profile)
    serial = meter.serial
    gateway.links.referee = lambda struck, _connect: setattr(struck, "serial", "00000000000000EE")
    while not meter.writes:
        gateway.once()
    gateway.run_s(1.5)
    operation = gateway.leg(hold_id).operation
    assert operation is not None
    assert operation.unresolved
    meter.serial = serial
    gateway.settle()
    assert gateway.leg(hold_id).outcome is Outcome.VERIFIED
    assert len(meter.writes) == 1


def test_a_fingerprint_that_leapt_stops_both_directions_and_voids_the_record() -> None:
    """Somebody exchanged the meter: a person must look before anything is switched."""
    for connect in (False, True):
        gateway, meter, hold_id = begun(DDS238, connect=connect)
        meter.total = 17.0
        gateway.settle()
        assert gateway.leg(hold_id).outcome is Outcome.IDENTITY_MISMATCH
        assert gateway.meter("M-1").commissioning is None
        assert meter.writes == []


def test_a_meter_that_nobody_confirmed_is_blocked_and_not_called_off() -> None:
    """It shows off and draws nothing; whose state that is nobody knows."""
    gateway = Gateway()
    (meter,) = gateway.install(place(DDS238, "M-1"), commission=False)
    hold_id = gateway.suspend("M-1").hold_id
    gateway.settle()
    leg = gateway.leg(hold_id)
    assert (leg.outcome, leg.because) == (Outcome.BLOCKED, Because.NOT_COMMISSIONED)
    assert (leg.actual, meter.writes) == (SupplyState.UNKNOWN, [])


def test_the_answer_names_how_the_meter_was_recognised() -> None:
    """The strongest that the profile gives."""
    expected = {
        DDS238: Identity.FINGERPRINT,
        SHELLY: Identity.DEVICE_ID,
        XINTAI: Identity.SERIAL,
        SWV: Identity.DEVICE_ID,
    }
    for profile, identity in expected.items():
        gateway, _, hold_id = begun(profile)
        gateway.settle()
        assert gateway.leg(hold_id).identity is identity


def test_a_meter_that_moved_to_another_line_is_looked_for_there() -> None:
    """The registry was corrected while a restore waited: its unit at the old line may by now be somebody else."""
    gateway, meter, hold_id = begun(DDS238, connect=True)
    neighbour = FakeMeter(place(DDS238, "N-1", address="77"), gateway.clock)
    neighbour.stand(connected=False)
    gateway.links.meters.append(neighbour)
    gateway.flag("M-1", link="other", address="77")
    meter.place = gateway.meter("M-1").installation
    gateway.settle()
    assert neighbour.writes == []
    assert meter.supplied
    assert gateway.hold(hold_id).status is HoldStatus.RESTORED


# the intent
