"""The machine's clock is set while work waits: nothing is hurried, repeated, forgotten or taken for another's doing."""

from datetime import UTC, datetime, timedelta

import pytest

from meterhold.domain.commands import StepClock
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.operation import Operation
from meterhold.domain.operation_table import OperationState
from meterhold.domain.words import Outcome, SupplyState
from tests.fakes.carried import HOURS, sleeping
from tests.fakes.gateway import Gateway
from tests.fakes.metering import SHELLY, FakeMeter, OnWrite, place
from tests.fakes.world import run

CHECK_S = 61
STEPS_S = pytest.mark.parametrize("step_s", [3600.0, -3600.0, -1.79e9], ids=["forward", "back", "to 1970"])


def step(gateway: Gateway, step_s: float) -> None:
    """Let the clock be set, and the gateway take the new time over."""
    gateway.clock.at += timedelta(seconds=step_s)
    hold_ids = tuple(run(gateway.journal.open_operation_holds()))
    run(gateway.journal.submit(StepClock(gateway.clock.now(), step_s, hold_ids)))


def switched(*, connect: bool = False) -> tuple[Gateway, FakeMeter, str]:
    """A switching that was just verified; its check comes in a minute."""
    gateway = Gateway()
    (meter,) = gateway.install(place(SHELLY, "M-1"))
    hold_id = gateway.suspend("M-1").hold_id
    gateway.run_s(40)
    if connect:
        gateway.run_s(CHECK_S)
        gateway.restore(hold_id)
        gateway.run_s(40)
    assert gateway.leg(hold_id).check is not None
    return gateway, meter, hold_id


def check_of(gateway: Gateway, hold_id: str) -> Operation:
    """The leg's check."""
    check = gateway.leg(hold_id).check
    assert check is not None
    return check


@STEPS_S
def test_a_check_is_made_all_the_same(step_s: float) -> None:
    """A device that goes back by itself is found, at the time that was meant."""
    gateway, meter, hold_id = switched()
    step(gateway, step_s)
    meter.stand(connected=True)
    gateway.run_s(CHECK_S)
    assert gateway.leg(hold_id).outcome is Outcome.REVERTED


@STEPS_S
def test_what_another_hold_did_before_the_step_is_still_its_doing(step_s: float) -> None:
    """The check does not take the newer disconnection for a device that went back by itself."""
    gateway, _, hold_id = switched(connect=True)
    other_id = gateway.suspend("M-1").hold_id
    gateway.run_s(10)
    assert gateway.leg(other_id).outcome is Outcome.VERIFIED
    assert not check_of(gateway, hold_id).ended
    step(gateway, step_s)
    gateway.run_s(CHECK_S)
    assert check_of(gateway, hold_id).outcome is Outcome.SUPERSEDED
    assert gateway.leg(hold_id).outcome is Outcome.VERIFIED
    assert gateway.waiting(hold_id) == []


@STEPS_S
def test_a_command_at_its_carrier_is_waited_for_without_haste(step_s: float) -> None:
    """The carrier goes by a clock of its own: the later limit counts, and until then it is looked at now and then."""
    site = sleeping()
    hold_id = site.lab.suspend("W-1").hold_id
    site.wait(10)
    operation = site.lab.leg(hold_id).operation
    assert operation is not None
    assert operation.state is OperationState.AT_CARRIER
    assert operation.intent is not None
    told = operation.intent.expires_at
    assert told is not None
    step(site.lab, step_s)
    operation = site.lab.leg(hold_id).operation
    assert operation is not None
    assert operation.intent is not None
    assert operation.intent.expires_at == max(told, told + timedelta(seconds=step_s))
    assert operation.written_by == operation.intent.expires_at
    before = len(site.lab.journal.events)
    site.wait(2 * HOURS)
    assert len(site.lab.journal.events) - before <= 2 * HOURS / 60, "it looks without end"
    site.speak()
    site.wait(HOURS)
    site.speak()
    leg = site.lab.leg(hold_id)
    assert (leg.outcome, leg.actual) == (Outcome.VERIFIED, SupplyState.DISCONNECTED)
    assert site.device.moved == ["shut"]
    assert len(site.device.sent) == 1


@STEPS_S
def test_a_write_in_doubt_gets_the_time_that_was_meant(step_s: float) -> None:
    """Neither repeated before its time nor left: one look after the settling time, one write in all."""
    gateway = Gateway()
    (meter,) = gateway.install(place(SHELLY, "M-1"))
    meter.next_write = OnWrite.LOSE_REPLY
    hold_id = gateway.suspend("M-1").hold_id
    gateway.once()
    # The relay of a test moves by the same clock: let it come to rest, which takes less than the gateway waits.
    gateway.clock.at += timedelta(seconds=0.9)
    assert not meter.supplied
    step(gateway, step_s)
    gateway.run_s(60)
    assert gateway.leg(hold_id).outcome is Outcome.VERIFIED
    assert len(meter.writes) == 1


def test_a_step_forward_expires_nothing_that_the_new_time_has_not_passed() -> None:
    """Holds planned for tomorrow are still planned; those of which the time has come begin, once."""
    gateway = Gateway()
    gateway.install(*(place(SHELLY, f"M-{n}") for n in range(20)))
    soon = gateway.clock.now() + timedelta(minutes=30)
    tomorrow = gateway.clock.now() + timedelta(days=1)
    first = [gateway.suspend(f"M-{n}", starts_at=soon).hold_id for n in range(10)]
    rest = [gateway.suspend(f"M-{n}", starts_at=tomorrow).hold_id for n in range(10, 20)]
    step(gateway, 3600.0)
    gateway.run_s(120)
    assert {gateway.hold(hold_id).status for hold_id in first} == {HoldStatus.SUSPENDED}
    assert {gateway.hold(hold_id).status for hold_id in rest} == {HoldStatus.SCHEDULED}


def test_a_step_to_1970_begins_and_expires_nothing() -> None:
    """Until the time is right again everything waits, and then goes on."""
    gateway = Gateway()
    gateway.install(place(SHELLY, "M-1"))
    soon = gateway.clock.now() + timedelta(minutes=30)
    hold_id = gateway.suspend("M-1", starts_at=soon).hold_id
    back_s = (gateway.clock.now() - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    step(gateway, -back_s)
    gateway.run_s(7200)
    assert gateway.hold(hold_id).status is HoldStatus.SCHEDULED
    step(gateway, back_s)
    gateway.run_s(120)
    assert gateway.hold(hold_id).status is HoldStatus.SUSPENDED
