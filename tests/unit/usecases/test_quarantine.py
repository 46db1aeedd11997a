"""More than usual waits for a second person; unreleased it expires and is never sent."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from meterhold.domain.approval import ApprovalKind, ApprovalStatus
from meterhold.domain.commands import Terms
from meterhold.domain.errors import Refused
from meterhold.domain.events import AlarmRaised, ApprovalJoined
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.leaking import LeakWatch
from meterhold.domain.limits import Limits
from meterhold.domain.words import Because, Mode, OrderResult, Outcome
from tests.fakes.gateway import Gateway
from tests.fakes.metering import SHELLY, XINTAI, OnWrite, place
from tests.fakes.second_person import TIGHT, WINDOW, Street


def test_nothing_of_an_order_over_the_threshold_leaves() -> None:
    """The fourth of four waits; the three before it are carried out."""
    street = Street.of(4)
    holds = street.suspend(1, 2, 3, 4)
    street.gateway.settle()
    assert [street.status(hold) for hold in holds] == ["suspended"] * 3 + ["awaiting_approval"]
    assert street.off == ["M-1", "M-2", "M-3"]
    assert not street.meters[3].writes


def test_the_alarm_is_committed_with_the_first_order_in_quarantine() -> None:
    """In one and the same decision, and once for all that follow."""
    street = Street.of(6)
    street.suspend(1, 2, 3)
    before = len(street.gateway.journal.events)
    street.suspend(4)
    told = [event for _, _, event in street.gateway.journal.events[before:]]
    assert {type(event) for event in told} >= {ApprovalJoined, AlarmRaised}
    street.suspend(5, 6)
    (alarm,) = street.gateway.journal.world.site.alarms
    assert (alarm.code, alarm.subject) == (Because.BULK_LIMIT, "cis")
    assert alarm.evidence["limit"] == "3 disconnections"


def test_unreleased_it_expires_and_is_never_sent() -> None:
    """Though the window has long moved on."""
    street = Street.of(4)
    hold = street.suspend(1, 2, 3, 4)[3]
    street.gateway.run_s(2 * 86_400)
    street.follow()
    assert street.status(hold) == "expired"
    record = street.gateway.suspend_record(hold.hold_id)
    assert (record.result, record.code) == (OrderResult.EXPIRED, Because.EXPIRED)
    assert "no second person" in record.detail
    assert not street.meters[3].writes
    assert street.only_approval().status is ApprovalStatus.EXPIRED


def test_once_released_it_is_carried_out() -> None:
    """By another person than the sender, on the set as it was seen."""
    street = Street.of(5)
    holds = street.suspend(1, 2, 3, 4, 5)
    decided = street.decide(street.only_approval())
    street.gateway.settle()
    assert decided.status is ApprovalStatus.GRANTED
    assert [street.status(hold) for hold in holds] == ["suspended"] * 5
    assert street.only_approval().finished


def test_while_something_waits_all_else_of_the_sender_waits_too() -> None:
    """A stolen key must not get another portion with each hour, as long as nobody has looked at the first."""
    street = Street.of(6)
    street.suspend(1, 2, 3, 4)
    street.gateway.run_s(3 * 3600)
    later = street.suspend(5)[0]
    assert street.status(later) == "awaiting_approval"
    assert street.only_approval().members == 2
    street.decide(street.only_approval(), granted=False)
    street.gateway.run_s(3600)
    assert street.status(street.suspend(6)[0]) == "suspending"


def test_what_waits_uses_nothing_up_of_what_others_may_do() -> None:
    """One sender's flood must not put the others' work into quarantine."""
    street = Street.of(8, replace(TIGHT, off_by_fleet=5))
    street.suspend(1, 2, 3, 4, 5, 6)
    other = street.suspend(7, 8, sender="billing")
    assert [street.status(hold) for hold in other] == ["suspending"] * 2


def test_a_sliding_window_lets_go_of_what_is_old() -> None:
    """Three in one hour, three in the next, and nobody need look."""
    street = Street.of(6)
    street.suspend(1, 2, 3)
    street.gateway.run_s(WINDOW.total_seconds() + 600)
    assert [street.status(hold) for hold in street.suspend(4, 5, 6)] == ["suspending"] * 3


@pytest.mark.parametrize(
    ("limits", "area", "scope"),
    [
        (replace(TIGHT, off_by_sender=100, off_by_area=2), "feeder-7", "area:feeder-7"),
        (replace(TIGHT, off_by_sender=100, off_by_fleet=2), None, "fleet"),
    ],
)
def test_each_threshold_counts(limits: Limits, area: str | None, scope: str) -> None:
    """Of a feeder or zone, and of the whole fleet, whoever sends."""
    street = Street.of(3, limits, area=area)
    street.suspend(1, 2)
    hold = street.suspend(3, sender="other")[0]
    assert street.status(hold) == "awaiting_approval"
    assert street.gateway.hold(hold.hold_id).verdicts[-1].facts["scope"] == scope


def test_the_load_that_is_cut_is_capped() -> None:
    """By what the registry rates each meter at."""
    street = Street.of(3, Limits(load_off_kw=10.0))
    for number in (1, 2, 3):
        street.gateway.flag(f"M-{number}", rated_load_kw=Decimal(4))
    holds = street.suspend(1, 2, 3)
    assert [street.status(hold) for hold in holds] == ["suspending", "suspending", "awaiting_approval"]
    assert street.gateway.hold(holds[2].hold_id).verdicts[-1].code is Because.LOAD_CAP


def test_a_hold_that_only_watches_counts_for_nothing() -> None:
    """It switches nothing."""
    street = Street.of(5)
    for number in range(1, 6):
        hold = street.gateway.suspend(f"M-{number}", mode=Mode.MONITOR_ONLY)
        assert hold.status is HoldStatus.MONITORING


def test_what_was_asked_for_slowly_does_not_leave_all_at_once() -> None:
    """Orders of two hours, held up by the kill switch: at the intent it is what is sent that counts."""
    street = Street.of(6)
    street.gateway.inhibit(on=True)
    holds = street.suspend(1, 2, 3)
    street.gateway.run_s(WINDOW.total_seconds() + 600)
    holds += street.suspend(4, 5, 6)
    street.gateway.inhibit(on=False)
    street.gateway.run_s(7200)
    assert len(street.off) == 3
    assert len(street.gateway.journal.world.site.alarms) == 1
    waiting = [hold for hold in holds if street.gateway.hold(hold.hold_id).waits_for]
    assert [street.status(hold) for hold in waiting] == ["suspending"] * 3
    assert {item.code for hold in waiting for item in street.gateway.waiting(hold.hold_id)} == {Because.BULK_LIMIT}
    street.decide(street.only_approval())
    street.gateway.settle()
    assert len(street.off) == 6


def test_what_is_held_back_at_the_intent_expires_as_well() -> None:
    """It has begun, and nothing of it was sent."""
    street = Street.of(4)
    street.gateway.inhibit(on=True)
    street.suspend(1, 2, 3)
    street.gateway.run_s(WINDOW.total_seconds() + 600)
    street.suspend(4)
    street.gateway.inhibit(on=False)
    street.gateway.run_s(2 * 86_400)
    holds = street.gateway.journal.world.holds.values()
    (hold,) = [hold for hold in holds if hold.status is HoldStatus.EXPIRED]
    assert len(street.off) == 3
    record = street.gateway.suspend_record(hold.hold_id)
    assert (record.result, record.code) == (OrderResult.EXPIRED, Because.BULK_LIMIT)


def test_a_refused_order_is_rejected_with_the_reason_and_the_person() -> None:
    """And its hold with it, wherever it was held back."""
    street = Street.of(4)
    hold = street.suspend(1, 2, 3, 4)[3]
    street.decide(street.only_approval(), granted=False)
    record = street.gateway.suspend_record(hold.hold_id)
    assert (street.status(hold), record.result, record.code) == ("rejected", OrderResult.REJECTED, Because.BULK_LIMIT)
    assert record.detail == "kim has refused it: looked at"


@pytest.mark.parametrize("granted", [True, False])
def test_a_home_that_is_half_off_is_finished_or_brought_back(granted: bool) -> None:
    """Its other meter was one too many: a person decides which way it goes."""
    gateway = Gateway(terms=Terms(limits=Limits(off_by_fleet=2)))
    meters = gateway.install(place(SHELLY, "E-1"), place(XINTAI, "W-1"), place(SHELLY, "M-3", service_point="SP-3"))
    street = Street(gateway, meters)
    gateway.inhibit(on=True)
    hold = gateway.suspend(service_point="SP-1")
    gateway.run_s(WINDOW.total_seconds() + 600)
    street.suspend(3)
    gateway.inhibit(on=False)
    gateway.run_s(120)
    assert street.off == ["W-1", "M-3"]
    street.decide(street.only_approval(), granted=granted)
    gateway.settle()
    assert street.status(hold) == ("suspended" if granted else "restored")
    assert street.off == (["E-1", "W-1", "M-3"] if granted else ["M-3"])
    record = gateway.suspend_record(hold.hold_id)
    assert (record.result, record.code) == (
        (OrderResult.DONE, None) if granted else (OrderResult.FAILED, Because.BULK_LIMIT)
    )


def test_a_second_write_that_would_be_one_too_many_leaves_the_meter_free() -> None:
    """The first is known to have done nothing: a person is asked, and nothing keeps hands out of the meter's box."""
    street = Street.of(1, Limits(off_by_fleet=1))
    street.meters[0].next_write = OnWrite.LOSE_WRITE
    (hold,) = street.suspend(1)
    street.gateway.settle()
    leg = street.gateway.leg(hold.hold_id)
    assert (leg.outcome, leg.because, leg.busy) == (Outcome.BLOCKED, Because.BULK_LIMIT, False)
    assert street.gateway.lock("M-1")
    assert [item.code for item in street.gateway.waiting(hold.hold_id)] == [Because.BULK_LIMIT]


def test_a_restart_does_not_reset_the_count() -> None:
    """The rows are made anew from the events, and say the same."""
    street = Street.of(4)
    street.suspend(1, 2, 3)
    street.gateway.restart()
    assert street.status(street.suspend(4)[0]) == "awaiting_approval"


def test_a_jump_of_the_clock_opens_no_fresh_window() -> None:
    """Counts run on a clock that never jumps."""
    street = Street.of(4)
    street.suspend(1, 2, 3)
    street.jump_s(5 * 3600)
    assert street.status(street.suspend(4)[0]) == "awaiting_approval"


def test_restores_never_wait_for_a_threshold() -> None:
    """More than usual are all carried out, and somebody is told."""
    street = Street.of(4, Limits(on_by_sender=2))
    holds = street.suspend(1, 2, 3, 4)
    street.gateway.settle()
    for hold in holds:
        street.gateway.restore(hold.hold_id)
    street.gateway.settle()
    assert [street.status(hold) for hold in holds] == ["restored"] * 4
    (alarm,) = street.gateway.journal.world.site.alarms
    assert (alarm.code, alarm.subject) == (Because.BULK_LIMIT, "restores from:cis")


def test_planned_restores_that_are_more_than_usual_are_told_of_too() -> None:
    """Nobody sent an order for them, and a feeder does not care who did."""
    street = Street.of(3, Limits(on_by_fleet=2))
    ends_at = street.gateway.clock.now() + timedelta(days=1)
    for number in (1, 2, 3):
        street.gateway.suspend(f"M-{number}", ends_at=ends_at)
    street.gateway.run_s(86_400 + 900)
    assert not street.off
    (alarm,) = street.gateway.journal.world.site.alarms
    assert alarm.subject == "restores fleet"


def test_the_closing_of_a_leak_counts_and_is_never_held_back_silently() -> None:
    """It waits for the window, a person is told at once, and then it is shut."""
    limits, leak = Limits(off_by_fleet=1), LeakWatch(within_s=300, every_s=30, above=Decimal("0.02"))
    gateway = Gateway(terms=Terms(limits=limits, leak_watch={"water": leak}))
    (valve,) = gateway.install(place(XINTAI, "W-1"))
    hold_id = gateway.suspend("W-1").hold_id
    gateway.settle()
    valve.draws = True
    gateway.restore(hold_id)
    gateway.settle()
    assert [connect for _, connect in valve.writes] == [False, True]
    assert [alarm.code for alarm in gateway.meter("W-1").alarms] == [Because.BULK_LIMIT]
    assert Because.BULK_LIMIT in {item.code for item in gateway.waiting(hold_id)}
    gateway.run_s(WINDOW.total_seconds())
    assert [connect for _, connect in valve.writes] == [False, True, False]
    assert gateway.leg(hold_id).because is Because.LEAK_ON_RESTORE


def test_a_restore_takes_back_what_waits() -> None:
    """Whoever wants supply left on need not wait for a second person."""
    street = Street.of(4)
    hold = street.suspend(1, 2, 3, 4)[3]
    street.gateway.restore(hold.hold_id)
    assert street.status(hold) == "cancelled"
    street.decide(street.only_approval())
    street.gateway.settle()
    assert street.off == ["M-1", "M-2", "M-3"]


def test_an_order_for_many_meters_waits_by_itself() -> None:
    """Though no threshold is near."""
    street = Street.of(5, bulk_orders=4)
    names = tuple(f"M-{n}" for n in range(1, 6))
    hold = street.gateway.suspend(*names)
    assert hold.status is HoldStatus.AWAITING_APPROVAL
    approval = street.only_approval(ApprovalKind.BULK)
    assert (approval.members, approval.complete) == (1, True)
    street.decide(approval)
    street.gateway.settle()
    assert street.off == list(names)


def test_what_was_granted_is_not_stopped_by_a_threshold_after_all_but_counts() -> None:
    """A person has said that it may be many; the next order of anybody meets a full window."""
    street = Street.of(6, bulk_orders=4)
    hold = street.gateway.suspend(*(f"M-{n}" for n in range(1, 6)))
    street.decide(street.only_approval(ApprovalKind.BULK))
    street.gateway.settle()
    assert street.status(hold) == "suspended"
    late = street.suspend(6)[0]
    street.gateway.settle()
    assert street.off == ["M-1", "M-2", "M-3", "M-4", "M-5"]
    assert street.gateway.hold(late.hold_id).waits_for


def test_an_amendment_makes_another_set_of_what_waits() -> None:
    """Who has looked at the set before must look again."""
    street = Street.of(4)
    hold = street.suspend(1, 2, 3, 4)[3]
    seen = street.only_approval().set_hash
    street.gateway.amend(hold.hold_id, ends_at=street.gateway.clock.now() + timedelta(days=9))
    with pytest.raises(Refused, match="another set"):
        street.decide(street.only_approval(), set_hash=seen)
    street.decide(street.only_approval())
    street.gateway.settle()
    assert street.status(hold) == "suspended"


def test_what_was_granted_keeps_its_dates() -> None:
    """No approval is kept for later, and for another day."""
    street = Street.of(4)
    street.suspend(1, 2, 3)
    tomorrow = street.gateway.clock.now() + timedelta(days=1)
    hold = street.gateway.suspend("M-4", starts_at=tomorrow)
    street.decide(street.only_approval())
    answer = street.gateway.amend(hold.hold_id, starts_at=tomorrow + timedelta(days=1))
    assert (answer.result, answer.code) == (OrderResult.REJECTED, Because.POLICY_APPROVAL)
    answer = street.gateway.amend(hold.hold_id, ends_at=tomorrow + timedelta(days=9))
    assert answer.result is OrderResult.DONE


@pytest.mark.parametrize("sender", ["kim", "Kim", "oidc:kim"])
@pytest.mark.parametrize("by", ["kim", "KIM", "oidc:Kim"])
def test_nobody_decides_on_their_own_orders_by_another_way_in(sender: str, by: str) -> None:
    """One person may bear a key and a token: the name behind both is what counts."""
    street = Street.of(4)
    street.suspend(1, 2, 3, 4, sender=sender)
    with pytest.raises(Refused) as refused:
        street.decide(street.only_approval(), by=by)
    assert refused.value.code is Because.FORBIDDEN
    assert street.only_approval().waiting
