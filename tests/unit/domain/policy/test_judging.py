"""All rules at once: the worst counts, a deferral has an end, and a restore is never stopped."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given

from meterhold.domain.policy import (
    HORIZON,
    Calendar,
    Case,
    Effect,
    Exceptions,
    Policy,
    Rule,
    Scope,
    Verdict,
    explain,
    inspections_from,
    judge,
    next_permitted,
    worst_effect,
)
from meterhold.domain.policy.conditions import Absence, Always, Holidays, Hours, Notice, Season
from meterhold.domain.policy.local import Span
from meterhold.domain.policy.weather import Moratorium
from meterhold.domain.words import Action, Because, Flag, Mode, Reason, Service
from tests.unit.domain.policy.cases import DAY, HOUR, NOON, Field, at, case, frost, home, policy, rule, window
from tests.unit.domain.policy.strategies import CASES, RULES

OFFICE = Hours((window(),))


def test_without_rules_everything_is_allowed() -> None:
    """No verdict is a yes."""
    assert judge(policy(), case(), NOON) == ()
    assert worst_effect(()) is Effect.ALLOW


def test_a_verdict_keeps_rule_version_facts_and_source() -> None:
    """Who asks later must be able to see what was seen."""
    (verdict,) = judge(policy(rule(OFFICE, name="office")), case(), at("2026-03-07 10:00"))
    assert (verdict.rule, verdict.version, verdict.effect) == ("office", "v1", Effect.DEFER)
    assert verdict.code is Because.POLICY_HOURS
    assert verdict.facts["local_time"] == "Sat 2026-03-07 10:00"
    assert verdict.facts["source"] == "a test"
    assert verdict.facts["meters"] == "E-1"
    assert verdict.until == at("2026-03-09 08:00")


def test_a_deferral_satisfies_all_deferring_rules_at_once() -> None:
    """Monday is a holiday and on Tuesday the notice is not over: Wednesday it is."""
    closed = Calendar("closed", {date(2026, 3, 9): "Closed"})
    rules = policy(
        rule(OFFICE, name="office"),
        rule(Holidays(closed), name="closed"),
        rule(Notice(96, 0, closed), name="notice"),
    )
    asked = case(now=at("2026-03-06 16:30"), notice_given_at=at("2026-03-06 16:30"))
    verdicts = judge(rules, asked, asked.now)
    assert {verdict.rule for verdict in verdicts} == {"office", "notice"}
    assert {verdict.until for verdict in verdicts} == {at("2026-03-11 08:00")}


def test_a_deferral_without_a_next_moment_is_a_refusal() -> None:
    """A season of a whole year, a notice that was never given: nothing is put off without an end."""
    for condition in (Season((1, 1), (12, 31)), Notice(24, 0, Calendar("none", {})), Always()):
        (verdict,) = judge(policy(rule(condition)), case(), NOON)
        assert verdict.effect is Effect.REFUSE
        assert verdict.until is None
        assert "no moment is permitted within 400 days" in verdict.sentence


def test_a_stale_forecast_is_looked_at_again_soon() -> None:
    """A deferral for want of a forecast lasts until a better one may have come."""
    (verdict,) = judge(policy(rule(frost())), case(), NOON)
    assert verdict.until == NOON + HOUR


@pytest.mark.parametrize(
    ("scope", "field", "spoken"),
    [
        (Scope(reasons=frozenset({Reason.VACATION})), {}, "it is for vacation, not for non_payment"),
        (Scope(services=frozenset({Service.WATER})), {}, "it is for water, not for electricity"),
        (Scope(areas=frozenset({"north"})), {"area": "south"}, "it is for north, not for south"),
        (Scope(flags=frozenset({Flag.MEDICAL})), {}, "it is for meters flagged medical"),
        (Scope(), {"mode": Mode.MONITOR_ONLY}, "it is for mode physical, restrict, not for monitor_only"),
        (Scope(action=Action.RESTORE), {}, "it is for orders to restore"),
    ],
)
def test_a_rule_is_only_for_whom_it_names(scope: Scope, field: dict[str, object], spoken: str) -> None:
    """Everybody else hears why it is not for them."""
    asked = case(legs=(home(**field),))
    said = explain(policy(rule(Always(), Effect.REFUSE, scope=scope)), asked, NOON)
    assert said.verdicts == ()
    assert [stand.sentence for stand in said.rules] == [spoken]


@pytest.mark.parametrize(
    ("unless", "fields"),
    [
        (Exceptions(vacant_verified=True), {"vacant_verified": True}),
        (Exceptions(customer_present=True), {"customer_present": True}),
        (Exceptions(flags=frozenset({Flag.MEDICAL})), {"legs": (home(flags=frozenset({Flag.MEDICAL})),)}),
    ],
)
def test_an_exception_spares(unless: Exceptions, fields: dict[str, Field]) -> None:
    """One fact of the order is enough."""
    strict = policy(rule(Always(), Effect.REFUSE, unless=unless))
    assert judge(strict, case(), NOON) != ()
    assert judge(strict, case(**fields), NOON) == ()


def test_a_moratorium_of_an_operator_defers_until_it_ends_and_spares_safety() -> None:
    """A hazard is cut in a storm as well."""
    raised = (Moratorium("M-1", ("north",), NOON, NOON + DAY, "storm", "desk"),)
    asked = case(legs=(home(area="north"),), moratoria=raised)
    (verdict,) = judge(policy(), asked, NOON)
    assert (verdict.rule, verdict.code) == ("moratorium.M-1", Because.MORATORIUM)
    assert (verdict.effect, verdict.until) == (Effect.DEFER, NOON + DAY)
    assert judge(policy(), replace(asked, reason=Reason.SAFETY), NOON) == ()


def test_each_home_is_judged_by_its_own_clock() -> None:
    """Two meters in two zones: the joint moment suits both."""
    legs = (home(time_zone="Asia/Tokyo"), home(meter_id="E-2", time_zone="Europe/Berlin"))
    long = Hours((window("08:00", "17:00"),))
    (verdict,) = judge(policy(rule(long)), case(legs=legs), at("2026-03-02 20:00"))
    assert verdict.until == at("2026-03-03 08:00", "Europe/Berlin") == at("2026-03-03 16:00", "Asia/Tokyo")


def test_the_inspection_is_counted_from_when_supply_goes_off() -> None:
    """The strictest rule that applies counts; a rule for others does not."""
    rules = policy(
        rule(Absence(Span(months=6)), Effect.WARN, "six"),
        rule(Absence(Span(months=3)), Effect.WARN, "three", scope=Scope(services=frozenset({Service.WATER}))),
    )
    homes = case(legs=(home(), home(meter_id="W-1", service=Service.WATER)))
    assert inspections_from(rules, homes, NOON) == {"E-1": at("2026-09-02 12:00"), "W-1": at("2026-06-02 12:00")}
    assert inspections_from(policy(), homes, NOON) == {}


def test_an_explanation_names_every_rule_and_when_it_is_permitted() -> None:
    """Rules that bite, rules that do not, and when the next permitted window opens."""
    rules = policy(rule(OFFICE, name="office"), rule(Season((12, 20), (12, 31)), Effect.REFUSE, name="xmas"))
    said = explain(rules, case(), at("2026-03-07 10:00"))
    assert said.effect is Effect.DEFER
    assert said.next_permitted_at == at("2026-03-09 08:00")
    stands = {stand.rule: (stand.bites, stand.sentence) for stand in said.rules}
    assert stands["office"][0]
    assert stands["xmas"] == (False, "2026-03-07 lies outside 12-20 to 12-31 of every year")


@given(rules=RULES, asked=CASES)
def test_a_deferred_case_has_a_next_moment_and_it_is_the_first_permitted(rules: tuple[Rule, ...], asked: Case) -> None:
    """Against a search hour by hour; where there is no such moment, it is refused."""
    made = policy(*rules)
    verdicts = judge(made, asked, asked.now)
    for verdict in verdicts:
        assert (verdict.until is not None) is (verdict.effect is Effect.DEFER)
        if verdict.until is None:
            continue
        assert asked.now < verdict.until <= asked.now + HORIZON
        assert _deferring(made, asked, verdict.until) == []
        waited = min(400, (verdict.until - asked.now) // HOUR)
        assert all(_deferring(made, asked, asked.now + number * HOUR) for number in range(waited))


def _deferring(made: Policy, asked: Case, moment: datetime) -> list[Verdict]:
    said = judge(made, asked, moment)
    return [verdict for verdict in said if verdict.effect is Effect.DEFER]


@given(rules=RULES, asked=CASES)
def test_a_restore_is_never_stopped(rules: tuple[Rule, ...], asked: Case) -> None:
    """Whatever the rules say and however late it is: a warning at worst."""
    restore = replace(asked, action=Action.RESTORE)
    made = policy(*rules)
    assert {verdict.effect for verdict in judge(made, restore, restore.now)} <= {Effect.WARN}
    assert next_permitted(made.rules, restore, restore.now) == restore.now
