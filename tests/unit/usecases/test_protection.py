"""Who is protected: flags that a second person may override, restores that nothing stops, homes long left empty."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterhold.domain.approval import ApprovalKind
from meterhold.domain.commands import Terms
from meterhold.domain.errors import Refused
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.policy import Effect, Rule, Scope
from meterhold.domain.policy.conditions import Absence, Always
from meterhold.domain.policy.local import Span
from meterhold.domain.words import Action, Because, Decision, Flag, OrderResult, Reason, Service
from meterhold.usecases.moratoria import raise_moratorium
from tests.fakes.gateway import home
from tests.fakes.world import START
from tests.unit.domain.policy.cases import DAY, Field, at, frost, policy, rule
from tests.unit.domain.policy.strategies import RULES
from tests.unit.usecases.ruled import OFFICE, grant, ruled, status


async def test_a_protected_home_takes_an_override_and_a_second_person() -> None:
    """Without the override: refused. With it: asked. For a debt: refused all the same."""
    at_home = ruled()
    gateway = at_home.gateway
    gateway.flag("E-1", flags=frozenset({Flag.LIFE_SUPPORT}))
    why: dict[str, Field] = {"meters": ("E-1",), "override_protected": "moved to hospital, family agrees"}
    plain = gateway.order(Action.SUSPEND, meters=("E-1",), reason=Reason.RELOCATION)
    debt = gateway.order(Action.SUSPEND, reason=Reason.NON_PAYMENT, **why)
    assert {plain.code, debt.code} == {Because.PROTECTED_CUSTOMER}
    assert {plain.result, debt.result} == {OrderResult.REJECTED}
    hold = gateway.suspend(reason=Reason.RELOCATION, **why)
    assert hold.status is HoldStatus.AWAITING_APPROVAL
    (approval,) = gateway.journal.world.approvals.values()
    assert approval.kind is ApprovalKind.PROTECTED
    assert approval.facts["override"] == "moved to hospital, family agrees"
    await grant(gateway, approval.approval_id)
    gateway.settle()
    assert status(gateway, hold) is HoldStatus.SUSPENDED


def test_an_override_counts_for_nothing_until_somebody_has_agreed_to_it() -> None:
    """A meter that is flagged after its suspension has begun is not cut for an override that nobody was asked of."""
    at_home = home()
    gateway = at_home.gateway
    at_home.power.silent = True
    hold = gateway.suspend("E-1", reason=Reason.RELOCATION, override_protected="in case that it is flagged")
    gateway.run_s(5)
    assert status(gateway, hold) is HoldStatus.SUSPENDING
    gateway.flag("E-1", flags=frozenset({Flag.LIFE_SUPPORT}))
    at_home.power.silent = False
    gateway.settle()
    assert at_home.written == (0, 0)
    assert gateway.leg(hold.hold_id).because is Because.PROTECTED_CUSTOMER


def test_nobody_overrides_a_fire_service() -> None:
    """Neither a reason nor a second person helps."""
    at_home = ruled()
    at_home.gateway.flag("W-1", flags=frozenset({Flag.FIRE_SERVICE, Flag.MEDICAL}))
    record = at_home.gateway.order(
        Action.SUSPEND, meters=("W-1",), reason=Reason.METER_WORK, override_protected="the pump is replaced"
    )
    assert (record.result, record.code) == (OrderResult.REJECTED, Because.FIRE_SERVICE)


async def test_a_restore_is_stopped_by_neither_hours_nor_weather_nor_a_moratorium() -> None:
    """On a Sunday night in frost and storm, under a rule that forbids everything: supply comes back at once."""
    at_home = ruled()
    gateway = at_home.gateway
    hold = at_home.suspend()
    gateway.settle()
    rules = (OFFICE, rule(frost(), Effect.REFUSE), rule(Always(), Effect.REFUSE))
    gateway.terms = Terms(policy=policy(*rules, *(replace(one, scope=Scope(action=Action.RESTORE)) for one in rules)))
    await raise_moratorium(gateway.ports, (), None, START + 9 * DAY, reason="storm", by="desk")
    gateway.restore(hold.hold_id)
    gateway.settle()
    assert status(gateway, hold) is HoldStatus.RESTORED
    assert at_home.supplied == (True, True)


def test_supply_that_was_off_for_long_waits_for_an_inspection() -> None:
    """Electricity waits and alarms, water does not; a dispatcher cannot vouch for it, an approver can."""
    power_only = Scope(services=frozenset({Service.ELECTRICITY}))
    at_home = ruled(rule(Absence(Span(months=6)), Effect.WARN, "esa", scope=power_only))
    gateway = at_home.gateway
    hold = at_home.suspend(ends_at=at("2026-09-10 12:00"))
    assert [verdict.code for verdict in hold.verdicts] == [Because.INSPECTION_DUE]
    gateway.settle()
    gateway.clock.run_to(at("2026-09-10 12:00"))
    gateway.settle()
    assert status(gateway, hold) is HoldStatus.RESTORING
    assert at_home.supplied == (False, True)
    (item,) = gateway.waiting(hold.hold_id)
    assert (item.code, item.decisions) == (Because.INSPECTION_DUE, (Decision.RESTORE, Decision.FIELD_VISIT))
    assert gateway.leg(hold.hold_id, "E-1").because is Because.INSPECTION_DUE
    with pytest.raises(Refused, match="only an approver"):
        gateway.decide(hold.hold_id, Decision.RESTORE, may_approve=False)
    gateway.decide(hold.hold_id, Decision.FIELD_VISIT)
    assert at_home.supplied == (False, True)
    gateway.decide(hold.hold_id, Decision.RESTORE)
    gateway.settle()
    assert status(gateway, hold) is HoldStatus.RESTORED
    assert at_home.supplied == (True, True)


def test_supply_that_was_off_for_less_comes_back_without_an_inspection() -> None:
    """One day less than half a year."""
    at_home = ruled(rule(Absence(Span(months=6)), Effect.WARN, "esa"))
    gateway = at_home.gateway
    hold = at_home.suspend()
    gateway.settle()
    gateway.clock.run_to(at("2026-08-31 12:00"))
    gateway.restore(hold.hold_id)
    gateway.settle()
    assert status(gateway, hold) is HoldStatus.RESTORED


def test_what_rules_say_of_a_restore_is_kept_as_a_warning() -> None:
    """With the rule's own words, on the restore order; supply comes back all the same."""
    of_restores = rule(Always(), Effect.WARN, "be-present", scope=Scope(action=Action.RESTORE))
    at_home = ruled(of_restores)
    gateway = at_home.gateway
    hold = at_home.suspend()
    assert hold.verdicts == ()
    gateway.settle()
    record = gateway.restore(hold.hold_id)
    assert [(verdict.rule, verdict.effect) for verdict in record.verdicts] == [("be-present", Effect.WARN)]
    gateway.settle()
    assert status(gateway, hold) is HoldStatus.RESTORED


# Two cores that others use as well draw slowly; that says nothing of the rules.
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rules=RULES, hours=st.integers(0, 365 * 24))
def test_no_rule_whatever_it_says_stops_a_restore(rules: tuple[Rule, ...], hours: int) -> None:
    """At any hour of a year, on request; supply is back within the quarter of an hour that the devices take."""
    at_home = home()
    gateway = at_home.gateway
    hold = at_home.suspend()
    gateway.settle()
    gateway.clock.run_s(hours * 3600)
    gateway.terms = Terms(policy=policy(*rules, *(replace(one, scope=Scope(action=Action.RESTORE)) for one in rules)))
    assert gateway.restore(hold.hold_id).result is OrderResult.OPEN
    gateway.settle()
    assert status(gateway, hold) is HoldStatus.RESTORED
    assert at_home.supplied == (True, True)


@pytest.mark.parametrize("when", ["planned", "begun"])
async def test_an_override_that_was_agreed_to_does_not_cover_a_flag_that_came_later(when: str) -> None:
    """Who agreed knew of several homes, not of the life support behind the same meter: somebody is asked of it."""
    at_home = ruled()
    gateway = at_home.gateway
    several = frozenset({Flag.MASTER_METERED})
    gateway.flag("E-1", flags=several)
    later = gateway.clock.now() + DAY / 24
    why: dict[str, Field] = {"override_protected": "it is pulled down"}
    hold = gateway.suspend("E-1", reason=Reason.RELOCATION, starts_at=later, **why)
    (first,) = gateway.journal.world.approvals.values()
    await grant(gateway, first.approval_id)
    if when == "begun":
        at_home.power.silent = True
        gateway.run_s(3700)
    gateway.flag("E-1", flags=several | {Flag.LIFE_SUPPORT})
    at_home.power.silent = False
    gateway.run_s(3700)
    assert at_home.written == (0, 0)
    if when == "begun":
        assert gateway.leg(hold.hold_id).because is Because.PROTECTED_CUSTOMER
        return
    assert status(gateway, hold) is HoldStatus.AWAITING_APPROVAL
    (again,) = gateway.hold(hold.hold_id).waits_for
    await grant(gateway, again)
    gateway.settle()
    assert status(gateway, hold) is HoldStatus.SUSPENDED
