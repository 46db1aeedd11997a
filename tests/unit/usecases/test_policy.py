"""Rules at work: what they make of an order from intake to its last moment, in a whole gateway in memory."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterhold.domain.approval import ApprovalKind
from meterhold.domain.commands import Terms
from meterhold.domain.decide.policy_case import case_of
from meterhold.domain.draft import Draft
from meterhold.domain.errors import Refused
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.order import Order
from meterhold.domain.policy import Calendar, Effect, Rule, judge
from meterhold.domain.policy.conditions import Always, Length, Notice
from meterhold.domain.policy.local import Span
from meterhold.domain.words import Action, Because, Decision, Flag, Mode, OrderResult, Reason
from meterhold.usecases.explaining import Inquiry, explain_policy
from meterhold.usecases.submit import dry_run
from meterhold.usecases.watching import watch_meter
from tests.fakes.gateway import SENDER, Home
from tests.fakes.metering import FakeMeter, OnWrite
from tests.fakes.world import START, run
from tests.unit.domain.policy.cases import DAY, at, forecast, policy, rule
from tests.unit.domain.policy.strategies import RULES
from tests.unit.usecases.ruled import MONDAY_8, OFFICE, grant, ruled, status


def test_a_refused_order_is_recorded_with_its_verdicts_and_opens_no_hold() -> None:
    """Accepted, recorded, rejected: nothing is written, and who asks later sees which rule said no."""
    at_home = ruled(rule(Always(), Effect.REFUSE, "never"))
    record = at_home.gateway.order(Action.SUSPEND, service_point="SP-1", reason=Reason.NON_PAYMENT)
    assert (record.result, record.code) == (OrderResult.REJECTED, Because.POLICY_FORBIDS)
    assert [(verdict.rule, verdict.version) for verdict in record.verdicts] == [("never", "v1")]
    at_home.gateway.run_s(3 * 86_400)
    assert at_home.written == (0, 0)
    assert not at_home.gateway.journal.world.holds


def test_a_deferred_order_begins_at_the_next_permitted_moment() -> None:
    """Sent on Sunday, permitted on Monday from eight: until then it is scheduled, and says until when."""
    at_home = ruled(OFFICE)
    hold = at_home.suspend()
    assert (hold.status, hold.deferred_until) == (HoldStatus.SCHEDULED, MONDAY_8)
    at_home.gateway.clock.run_to(MONDAY_8 - timedelta(seconds=1))
    at_home.gateway.once()
    assert at_home.written == (0, 0)
    at_home.gateway.settle()
    assert status(at_home.gateway, hold) is HoldStatus.SUSPENDED
    assert at_home.supplied == (False, False)


def test_an_order_for_a_permitted_hour_is_not_deferred_for_being_sent_outside_of_one() -> None:
    """What counts is when it is to begin."""
    at_home = ruled(OFFICE)
    hold = at_home.suspend(starts_at=at("2026-03-03 10:00"))
    assert hold.deferred_until is None
    assert hold.verdicts == ()


def test_a_deferral_that_outlasts_not_after_ends_as_expired() -> None:
    """At ``not_after``, not days later; it is never sent."""
    at_home = ruled(OFFICE, wait_s=6 * 3600)
    hold = at_home.suspend()
    assert hold.deferred_until == MONDAY_8
    at_home.gateway.clock.run_to(START + timedelta(hours=6))
    at_home.gateway.once()
    assert status(at_home.gateway, hold) is HoldStatus.EXPIRED
    assert at_home.gateway.suspend_record(hold.hold_id).result is OrderResult.EXPIRED
    at_home.gateway.run_s(2 * 86_400)
    assert at_home.written == (0, 0)


def test_a_suspension_that_waited_for_its_meter_is_not_written_outside_the_permitted_hours() -> None:
    """It began in time, the meter was silent until after hours: the first write waits for the next permitted moment."""
    at_home = ruled(OFFICE)
    gateway = at_home.gateway
    gateway.clock.run_to(at("2026-03-02 15:55"))
    at_home.water.silent = True
    hold = at_home.suspend()
    gateway.run_s(360)
    at_home.water.silent = False
    gateway.run_s(12 * 3600)
    assert at_home.written == (0, 0)
    assert status(gateway, hold) is HoldStatus.SUSPENDING
    assert gateway.leg(hold.hold_id, "W-1").because is Because.POLICY_HOURS
    gateway.run_s(5 * 3600)
    assert status(gateway, hold) is HoldStatus.SUSPENDED
    shut = gateway.leg(hold.hold_id, "W-1").suspended_at
    assert shut is not None
    assert shut.not_before >= at("2026-03-03 08:00")


def test_what_is_half_cut_off_is_finished_whatever_the_hour() -> None:
    """Water was shut in the last permitted minute: electricity follows, rather than being left on for the night."""
    at_home = ruled(OFFICE)
    gateway = at_home.gateway
    gateway.clock.run_to(at("2026-03-02 15:59"))
    at_home.power.silent = True
    hold = at_home.suspend()
    gateway.run_s(90)
    assert at_home.supplied == (True, False)
    at_home.power.silent = False
    gateway.settle()
    assert status(gateway, hold) is HoldStatus.SUSPENDED
    assert at_home.supplied == (False, False)


def test_a_warning_is_kept_and_stops_nothing() -> None:
    """The verdict stands on the hold and on its order."""
    at_home = ruled(rule(Always(), Effect.WARN, "careful"))
    hold = at_home.suspend()
    at_home.gateway.settle()
    assert status(at_home.gateway, hold) is HoldStatus.SUSPENDED
    assert [verdict.rule for verdict in at_home.gateway.hold(hold.hold_id).verdicts] == ["careful"]
    assert [verdict.effect for verdict in at_home.gateway.suspend_record(hold.hold_id).verdicts] == [Effect.WARN]


async def test_a_rule_may_ask_for_a_second_person() -> None:
    """It waits, writes nothing, and begins once another person has agreed."""
    at_home = ruled(rule(Always(), Effect.NEEDS_APPROVAL, "ask"))
    gateway = at_home.gateway
    hold = at_home.suspend()
    assert hold.status is HoldStatus.AWAITING_APPROVAL
    gateway.run_s(3600)
    assert at_home.written == (0, 0)
    (approval,) = gateway.journal.world.approvals.values()
    assert approval.kind is ApprovalKind.POLICY
    await grant(gateway, approval.approval_id)
    gateway.settle()
    assert status(gateway, hold) is HoldStatus.SUSPENDED


async def test_what_is_only_watched_is_no_business_of_rules() -> None:
    """Nothing is written there."""
    at_home = ruled(rule(Always(), Effect.REFUSE))
    hold = at_home.suspend(mode=Mode.MONITOR_ONLY)
    at_home.gateway.settle()
    assert status(at_home.gateway, hold) is HoldStatus.MONITORING


def test_an_amendment_is_judged_like_a_new_order() -> None:
    """Deferred by its new date, refused for its new length; a hold that has begun is judged by its length only."""
    at_home = ruled(OFFICE, rule(Length(None, Span(days=30)), Effect.REFUSE, "month"))
    gateway = at_home.gateway
    tuesday, end = at("2026-03-03 10:00"), at("2026-03-20 10:00")
    hold = at_home.suspend(starts_at=tuesday, ends_at=end)
    moved = gateway.amend(hold.hold_id, starts_at=at("2026-03-07 10:00"))
    assert moved.result is OrderResult.DONE
    assert gateway.hold(hold.hold_id).deferred_until == at("2026-03-09 08:00")
    back = gateway.amend(hold.hold_id, starts_at=tuesday)
    assert back.result is OrderResult.DONE
    assert gateway.hold(hold.hold_id).deferred_until is None
    longer = gateway.amend(hold.hold_id, ends_at=at("2026-05-01 10:00"))
    assert (longer.result, longer.code) == (OrderResult.REJECTED, Because.POLICY_LENGTH)
    gateway.clock.run_to(tuesday)
    gateway.settle()
    gateway.clock.run_to(at("2026-03-08 03:00"))
    assert status(gateway, hold) is HoldStatus.SUSPENDED
    assert gateway.amend(hold.hold_id, ends_at=end + DAY).result is OrderResult.DONE
    assert gateway.amend(hold.hold_id, ends_at=at("2026-05-01 10:00")).code is Because.POLICY_LENGTH


def test_a_hold_that_has_begun_cannot_wait_for_an_approval_of_its_length() -> None:
    """What would need one is refused."""
    at_home = ruled(rule(Length(None, Span(days=30)), Effect.NEEDS_APPROVAL, "month"))
    hold = at_home.suspend(ends_at=START + 20 * DAY)
    at_home.gateway.settle()
    record = at_home.gateway.amend(hold.hold_id, ends_at=START + 40 * DAY)
    assert (record.result, record.code) == (OrderResult.REJECTED, Because.POLICY_LENGTH)


def test_what_is_no_date_may_be_amended_whatever_the_rules_say_by_now() -> None:
    """Rules judge dates; a comment or a priority is none, and what is due is judged when it is due."""
    at_home = ruled()
    gateway = at_home.gateway
    hold = at_home.suspend(starts_at=START + DAY)
    gateway.terms = Terms(policy=policy(rule(Always(), Effect.REFUSE)))
    assert gateway.amend(hold.hold_id, priority=9).result is OrderResult.DONE
    assert gateway.amend(hold.hold_id, starts_at=START + 2 * DAY).code is Because.POLICY_FORBIDS


def test_a_dry_run_says_what_rules_would_say_and_stores_nothing() -> None:
    """With the moment at which it would begin."""
    at_home = ruled(OFFICE)
    gateway = at_home.gateway
    order = Order(
        order_id="try", action=Action.SUSPEND, issued_at=START, service_point="SP-1", reason=Reason.NON_PAYMENT
    )
    record = run(dry_run(gateway.ports, order, SENDER)).record
    assert [verdict.until for verdict in record.verdicts] == [MONDAY_8]
    assert not gateway.journal.world.holds


def test_an_explanation_shows_the_floor_the_rules_and_the_next_window() -> None:
    """For a meter and a moment; nothing is stored."""
    gateway = ruled(OFFICE, rule(Notice(24, 0, Calendar("none", {})), Effect.WARN, "notice")).gateway
    saturday = at("2026-03-07 10:00")
    inquiry = Inquiry(meter_id="E-1", reason=Reason.NON_PAYMENT, at=saturday, notice_given_at=START)
    answer = run(explain_policy(gateway.ports, inquiry))
    assert answer.floor == ()
    assert answer.rules.next_permitted_at == at("2026-03-09 08:00")
    assert {stand.rule: stand.bites for stand in answer.rules.rules} == {"office": True, "notice": False}
    gateway.flag("E-1", flags=frozenset({Flag.MEDICAL}))
    flagged = run(explain_policy(gateway.ports, inquiry))
    assert [verdict.rule for verdict in flagged.floor] == ["floor.medical"]
    restore = run(explain_policy(gateway.ports, replace(inquiry, action=Action.RESTORE)))
    assert restore.floor == ()
    with pytest.raises(Refused, match="there is no meter"):
        run(explain_policy(gateway.ports, replace(inquiry, meter_id="E-2")))


# Two cores that others use as well draw slowly; that says nothing of the rules.
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rules=RULES,
    hours=st.integers(0, 365 * 24),
    notice=st.integers(0, 60),
    celsius=st.integers(-4, 12),
    silent_h=st.integers(0, 30),
)
def test_no_order_is_both_refused_and_carried_out(
    rules: tuple[Rule, ...], hours: int, notice: int, celsius: int, silent_h: int
) -> None:
    """Whatever the rules: what is refused or waits is never written, and the first write is permitted just then."""
    at_home = ruled(*rules, wait_s=5 * 86_400)
    gateway = at_home.gateway
    gateway.clock.run_s(hours * 3600)
    now = gateway.clock.now()
    weather = forecast(now, *[celsius] * 200)
    gateway.journal.world.site = replace(gateway.journal.world.site, forecasts={"*": weather})
    written_when = _referee(at_home, {Effect.DEFER, Effect.REFUSE})
    at_home.water.silent = silent_h > 0
    given_at = now - timedelta(hours=notice) if notice else None
    record = gateway.order(Action.SUSPEND, service_point="SP-1", reason=Reason.NON_PAYMENT, notice_given_at=given_at)
    gateway.run_s(silent_h * 3600)
    at_home.water.silent = False
    gateway.run_s(6 * 86_400)
    if record.result is OrderResult.REJECTED:
        assert not written_when
        return
    hold = gateway.hold(record.hold_ids[0])
    if not written_when:
        # It waits for a person, or has come to an end: nothing waits for ever without either.
        waits = hold.status is HoldStatus.AWAITING_APPROVAL or any(item.waiting for item in hold.attention)
        assert hold.final or waits


def _referee(at_home: Home, forbidding: set[Effect]) -> list[datetime]:
    """Watch every write: the first one of the home must be permitted at the moment at which it is made."""
    gateway, moments, watch = at_home.gateway, list[datetime](), at_home.gateway.links.referee

    def see(meter: FakeMeter, connect: bool) -> None:
        watch(meter, connect)
        now = gateway.clock.now()
        if not moments:
            (hold,) = (one for one in gateway.journal.world.holds.values() if one.status is HoldStatus.SUSPENDING)
            case = case_of(Draft(gateway.journal.world), hold, now)
            said = judge(gateway.terms.policy, case, now)
            assert not {verdict.effect for verdict in said} & forbidding, said
        moments.append(now)

    gateway.links.referee = see
    return moments


def test_every_moment_that_a_hold_waits_for_is_permitted() -> None:
    """Judged again there, nothing defers it any more."""
    at_home = ruled(OFFICE, rule(Notice(30, 1, Calendar("none", {})), Effect.DEFER, "notice"))
    hold = at_home.suspend(notice_given_at=START)
    assert hold.deferred_until == at("2026-03-03 08:00")
    at_home.gateway.clock.run_to(hold.deferred_until)
    draft = Draft(at_home.gateway.journal.world)
    rules = at_home.gateway.terms.policy
    assert judge(rules, case_of(draft, hold, hold.deferred_until), hold.deferred_until) == ()


async def test_an_approval_for_one_rule_is_none_for_another_that_bites_when_it_is_due() -> None:
    """A person agreed to the length; that it freezes on the day nobody had seen: it is asked, and only that once."""
    long = rule(Always(), Effect.NEEDS_APPROVAL, "long")
    at_home = ruled(long)
    gateway = at_home.gateway
    hold = at_home.suspend(starts_at=START + timedelta(hours=1))
    await grant(gateway, *hold.waits_for)
    gateway.terms = Terms(policy=policy(long, rule(Always(), Effect.NEEDS_APPROVAL, "frost")))
    gateway.run_s(2 * 3600)
    assert (status(gateway, hold), at_home.written) == (HoldStatus.AWAITING_APPROVAL, (0, 0))
    (again,) = gateway.hold(hold.hold_id).waits_for
    assert gateway.journal.world.approvals[again].grounds == ("long", "frost")
    await grant(gateway, again)
    gateway.settle()
    assert status(gateway, hold) is HoldStatus.SUSPENDED


def test_a_person_has_it_cut_again_only_when_the_rules_permit_it() -> None:
    """Supply came back by itself, and somebody says retry at night: it waits for the next permitted moment."""
    at_home = ruled(OFFICE)
    gateway = at_home.gateway
    gateway.clock.run_to(at("2026-03-02 15:00"))
    hold = gateway.suspend("E-1")
    gateway.settle()
    gateway.by_hand.add("E-1")
    at_home.power.stand(connected=True)
    gateway.clock.run_to(at("2026-03-02 23:00"))
    run(watch_meter(gateway.ports, "E-1", None))
    gateway.decide(hold.hold_id, Decision.RETRY)
    gateway.settle()
    assert (at_home.power.supplied, at_home.written) == (True, (1, 0))
    assert gateway.leg(hold.hold_id).because is Because.POLICY_HOURS
    gateway.run_s(10 * 3600)
    assert (at_home.power.supplied, at_home.written) == (False, (2, 0))


def test_a_second_write_needs_a_permitted_hour_as_well() -> None:
    """The first one was lost and the meter silent until the night: nothing is off, so nothing must be finished."""
    at_home = ruled(OFFICE)
    gateway = at_home.gateway
    gateway.clock.run_to(at("2026-03-02 15:55"))
    at_home.power.next_write = OnWrite.LOSE_WRITE
    gateway.links.referee = lambda meter, _: setattr(meter, "silent", True)
    hold = gateway.suspend("E-1")
    gateway.run_s(600)
    gateway.links.referee = lambda _meter, _connect: None
    at_home.power.silent = False
    gateway.run_s(3600)
    assert at_home.power.supplied
    assert gateway.leg(hold.hold_id).because is Because.POLICY_HOURS
    gateway.decide(hold.hold_id, Decision.RETRY)
    gateway.run_s(20 * 3600)
    assert status(gateway, hold) is HoldStatus.SUSPENDED
