"""What the calendar does, on time, late, early and twice."""

from datetime import timedelta

import pytest

from meterhold.domain.commands import AdvanceHold, StepClock
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import Because, Decision, Flag, OrderResult, Outcome
from tests.fakes.gateway import Gateway, Home, home
from tests.fakes.metering import OnWrite
from tests.fakes.world import run
from tests.unit.domain.decide.stages import DAY, HOUR, at_stage


def advance(gateway: Gateway, hold_id: str, *, trusted: bool = True) -> int:
    """Wake a hold up; how many events came of it."""
    said = len(gateway.journal.events)
    run(gateway.journal.submit(AdvanceHold(gateway.clock.now(), hold_id, trusted, gateway.terms)))
    return len(gateway.journal.events) - said


def test_an_early_wake_up_finds_nothing_to_do() -> None:
    """A second before its time a hold stays as it is."""
    at_home, hold_id = at_stage("scheduled")
    at_home.gateway.clock.run_s(3599)
    assert advance(at_home.gateway, hold_id) == 0


def test_a_suspension_begins_when_it_is_due() -> None:
    """And a second wake-up at the same moment does nothing more."""
    at_home, hold_id = at_stage("scheduled")
    at_home.gateway.clock.run_s(3600)
    assert advance(at_home.gateway, hold_id) > 0
    assert at_home.gateway.hold(hold_id).status is HoldStatus.SUSPENDING
    assert advance(at_home.gateway, hold_id) == 0


@pytest.mark.parametrize("stage", ["suspended", "monitoring", "restoring", "restored", "cancelled", "closed"])
def test_a_doubled_wake_up_does_nothing(stage: str) -> None:
    """In no status is there anything to do before the next moment."""
    at_home, hold_id = at_stage(stage)
    assert advance(at_home.gateway, hold_id) == 0


def test_nothing_begins_while_the_clock_is_not_to_be_believed() -> None:
    """It begins once the clock is good again, if it is not too late then."""
    at_home, hold_id = at_stage("scheduled")
    at_home.gateway.clock.believed = False
    at_home.gateway.run_s(7200)
    assert at_home.gateway.hold(hold_id).status is HoldStatus.SCHEDULED
    at_home.gateway.clock.believed = True
    at_home.gateway.run_s(60)
    assert at_home.gateway.hold(hold_id).status is HoldStatus.SUSPENDED


@pytest.mark.parametrize("days", [2, 30])
def test_a_suspension_that_was_slept_through_expires(days: int) -> None:
    """A gateway that was down over ``not_after`` or ``ends_at`` sends nothing."""
    at_home, hold_id = at_stage("scheduled")
    at_home.gateway.clock.run_s(days * 86_400)
    at_home.gateway.settle()
    assert at_home.gateway.hold(hold_id).status is HoldStatus.EXPIRED
    record = at_home.gateway.suspend_record(hold_id)
    assert (record.result, record.code) == (OrderResult.EXPIRED, Because.EXPIRED)
    assert at_home.written == (0, 0)


def test_the_floor_is_asked_again_when_a_suspension_falls_due() -> None:
    """Premises that became protected meanwhile are refused, and the verdict stays on the hold."""
    at_home, hold_id = at_stage("rejected")
    hold = at_home.gateway.hold(hold_id)
    assert [verdict.rule for verdict in hold.verdicts] == ["floor.life_support"]
    assert at_home.gateway.suspend_record(hold_id).code is Because.PROTECTED_CUSTOMER
    assert at_home.written == (0, 0)


def test_supply_comes_back_on_the_planned_date() -> None:
    """On the minute, without any order, and charges resume from the proof."""
    at_home, hold_id = at_stage("suspended")
    ends_at = at_home.gateway.hold(hold_id).ends_at
    assert ends_at is not None
    at_home.gateway.clock.run_to(ends_at - timedelta(seconds=1))
    at_home.gateway.once()
    assert at_home.supplied == (False, False)
    at_home.gateway.run_s(120)
    hold = at_home.gateway.hold(hold_id)
    assert (hold.status, at_home.supplied, at_home.written) == (HoldStatus.RESTORED, (True, True), (2, 2))
    assert hold.chargeable_from == max(leg.restored_at.not_after for leg in hold.legs if leg.restored_at)
    assert hold.restore_keys == ()


def test_a_planned_restore_is_never_too_late() -> None:
    """A gateway that slept for a year restores when it wakes up."""
    at_home, hold_id = at_stage("suspended")
    at_home.gateway.clock.run_s(370 * 86_400)
    at_home.gateway.settle()
    assert at_home.gateway.hold(hold_id).status is HoldStatus.RESTORED
    assert at_home.supplied == (True, True)


# while it is suspending


def test_what_was_not_sent_in_time_is_never_sent() -> None:
    """At ``not_after`` the planned disconnection ends with the hold, and a meter that wakes up later stays on."""
    at_home, hold_id = at_stage("expired")
    at_home.water.silent = at_home.power.silent = False
    at_home.gateway.run_s(2 * 86_400)
    hold = at_home.gateway.hold(hold_id)
    assert (hold.status, at_home.written, at_home.supplied) == (HoldStatus.EXPIRED, (0, 0), (True, True))
    assert not any(leg.busy for leg in hold.legs)
    assert at_home.gateway.waiting(hold_id) == []


def test_work_that_waits_ends_with_the_hold_that_it_was_for() -> None:
    """The inhibit outlasts the hold: the planned disconnection has ended, and nothing is asked of anybody."""
    at_home = home()
    at_home.gateway.inhibit(on=True)
    hold_id = at_home.suspend(not_after=at_home.gateway.clock.now() + HOUR).hold_id
    at_home.gateway.run_s(7200)
    hold = at_home.gateway.hold(hold_id)
    assert hold.status is HoldStatus.EXPIRED
    assert not any(leg.busy for leg in hold.legs)
    assert at_home.gateway.waiting(hold_id) == []
    assert at_home.gateway.suspend_record(hold_id).code is Because.INHIBITED


def test_an_end_that_passes_unwritten_expires_the_hold() -> None:
    """``ends_at`` came before anything was written: there is nothing to bring back."""
    at_home = home()
    at_home.water.silent = at_home.power.silent = True
    hold_id = at_home.suspend(ends_at=at_home.gateway.clock.now() + HOUR).hold_id
    at_home.gateway.run_s(3700)
    assert at_home.gateway.hold(hold_id).status is HoldStatus.EXPIRED
    assert at_home.gateway.suspend_record(hold_id).result is OrderResult.EXPIRED


def test_an_end_that_passes_in_doubt_brings_supply_back() -> None:
    """A write may have taken effect: it is resolved, and reversed."""
    at_home, hold_id = at_stage("in_doubt")
    at_home.gateway.amend(hold_id, ends_at=at_home.gateway.clock.now() + timedelta(seconds=120))
    at_home.gateway.run_s(240)
    assert at_home.gateway.hold(hold_id).status is HoldStatus.RESTORING
    at_home.gateway.links.referee = lambda _meter, _connect: None
    at_home.water.silent = False
    at_home.gateway.run_s(3600)
    assert at_home.gateway.hold(hold_id).status is HoldStatus.RESTORED
    assert at_home.supplied == (True, True)


def test_a_second_write_that_came_too_late_is_for_a_person() -> None:
    """The first write had no effect, the second may not be sent: nothing hangs between on and off unseen."""
    at_home = home()
    at_home.water.next_write = OnWrite.IGNORE
    hold_id = at_home.suspend(not_after=at_home.gateway.clock.now() + HOUR).hold_id
    at_home.gateway.run_s(5)
    assert at_home.gateway.leg(hold_id, "W-1").written
    at_home.gateway.inhibit(on=True)
    at_home.gateway.run_s(2 * 3600)
    (item,) = at_home.gateway.waiting(hold_id)
    assert (item.meter_id, item.code) == ("W-1", Because.NO_MOVEMENT)
    assert at_home.gateway.leg(hold_id, "E-1").outcome is Outcome.EXPIRED
    at_home.gateway.decide(hold_id, Decision.ACCEPT_AS_IS)
    at_home.gateway.settle()
    assert at_home.gateway.hold(hold_id).status is HoldStatus.RESTORED
    assert at_home.gateway.suspend_record(hold_id).result is OrderResult.FAILED
    assert at_home.supplied == (True, True)
    assert at_home.written == (0, 1)


# payment


def paying(at_home: Home) -> str:
    """A hold that brings supply back only for a payment."""
    hold = at_home.suspend(ends_at=at_home.gateway.clock.now() + DAY, restore_requires_payment=True)
    return hold.hold_id


def test_where_payment_is_required_the_planned_date_only_reminds() -> None:
    """Once, with a named decision, and never by itself."""
    at_home = home()
    hold_id = paying(at_home)
    at_home.gateway.run_s(3 * 86_400)
    hold = at_home.gateway.hold(hold_id)
    assert (hold.status, at_home.supplied) == (HoldStatus.SUSPENDED, (False, False))
    (item,) = at_home.gateway.waiting(hold_id)
    assert (item.code, item.decisions) == (Because.PAYMENT_REQUIRED, (Decision.RESTORE,))
    at_home.gateway.decide(hold_id, Decision.RESTORE)
    at_home.gateway.settle()
    assert at_home.gateway.hold(hold_id).status is HoldStatus.RESTORED


@pytest.mark.parametrize("limits", [{"not_after": 7200, "ends_at": 3600}, {"not_after": 3600, "ends_at": 7200}])
def test_a_reminder_of_a_payment_is_said_once_while_it_is_suspending(limits: dict[str, int]) -> None:
    """A hold that hangs on a contradicted leg does not write an event with every sweep once its end has passed."""
    at_home = home()
    at_home.power.welded = at_home.water.welded = True
    now = at_home.gateway.clock.now()
    dates = {name: now + timedelta(seconds=seconds) for name, seconds in limits.items()}
    hold_id = at_home.suspend(restore_requires_payment=True, **dates).hold_id
    at_home.gateway.run_s(4 * 3600)
    assert at_home.gateway.hold(hold_id).status is HoldStatus.SUSPENDING
    said = len(at_home.gateway.journal.events)
    at_home.gateway.run_s(86_400)
    assert len(at_home.gateway.journal.events) == said


# restore_by


def test_a_late_restore_alarms_for_each_meter_that_is_not_back() -> None:
    """With what kept it, and who can do something; and it goes on trying."""
    at_home, hold_id = at_stage("suspended")
    at_home.power.silent = True
    at_home.gateway.restore(hold_id, restore_by=at_home.gateway.clock.now() + timedelta(seconds=300))
    at_home.gateway.run_s(310)
    (item,) = at_home.gateway.waiting(hold_id)
    assert (item.meter_id, item.code) == ("E-1", Because.COMM_TIMEOUT)
    assert "restore_by" in item.detail
    at_home.power.silent = False
    at_home.gateway.settle()
    assert at_home.gateway.hold(hold_id).status is HoldStatus.RESTORED
    assert at_home.gateway.waiting(hold_id) == []


def test_a_late_restore_never_points_at_a_meter_that_was_found_off() -> None:
    """That one waits for an approver, and no ``retry`` of a desk connects it."""
    at_home = home()
    at_home.water.stand(connected=False)
    hold_id = at_home.suspend().hold_id
    at_home.gateway.settle()
    assert at_home.gateway.leg(hold_id, "W-1").found_off
    at_home.power.silent = True
    at_home.gateway.restore(hold_id, restore_by=at_home.gateway.clock.now() + timedelta(seconds=300))
    at_home.gateway.run_s(400)
    late = [item for item in at_home.gateway.waiting(hold_id) if Decision.RETRY in item.decisions]
    assert [item.meter_id for item in late] == ["E-1"]


# the machine's clock


@pytest.mark.parametrize("step_s", [3600.0, -3600.0])
def test_waits_move_with_a_clock_that_was_set(step_s: float) -> None:
    """Neither a flood nor a standstill: what was due in a second is due in a second."""
    at_home, hold_id = at_stage("in_doubt")
    gateway = at_home.gateway
    before = gateway.leg(hold_id, "W-1").operation
    gateway.clock.at += timedelta(seconds=step_s)
    run(gateway.journal.submit(StepClock(gateway.clock.now(), step_s, (hold_id,))))
    after = gateway.leg(hold_id, "W-1").operation
    assert before is not None
    assert after is not None
    for name in ("due_at", "written_at", "written_by", "give_up_at"):
        assert getattr(after, name) - getattr(before, name) == timedelta(seconds=step_s)
    assert after.send_before == before.send_before


def test_flags_that_come_after_the_start_stop_the_write_itself() -> None:
    """The last look at the floor is in the transaction that would permit the write."""
    at_home, hold_id = at_stage("unwritten")
    at_home.gateway.flag("W-1", flags=frozenset({Flag.FIRE_SERVICE}))
    at_home.water.silent = False
    at_home.gateway.run_s(600)
    leg = at_home.gateway.leg(hold_id, "W-1")
    assert (leg.outcome, leg.because) == (Outcome.BLOCKED, Because.FIRE_SERVICE)
    assert len(at_home.water.writes) == 0
