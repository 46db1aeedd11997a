"""Rules look at weather and at moratoria: what comes in, what it defers, and what it brings forward."""

from dataclasses import replace

import pytest

from meterhold.domain.commands import Terms
from meterhold.domain.errors import Refused
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.policy import Effect
from meterhold.domain.policy.conditions import LeftOn
from meterhold.domain.words import Action, Because, OrderResult, Reason, Service
from meterhold.usecases.forecasting import receive_forecasts
from meterhold.usecases.moratoria import lift_moratorium, list_moratoria, raise_moratorium
from meterhold.usecases.reloading import Reloading
from tests.fakes.world import START
from tests.unit.domain.policy.cases import DAY, HOUR, forecast, frost, rule
from tests.unit.usecases.ruled import MONDAY_8, OFFICE, ruled, status


async def test_rules_run_again_when_a_suspension_falls_due() -> None:
    """Nothing was known of frost when it was ordered; when it is due there is, and it waits until the frost is over."""
    at_home = ruled(rule(replace(frost(), stale_after=3 * DAY), Effect.DEFER, "frost"))
    gateway = at_home.gateway
    due = START + 30 * HOUR
    hold = at_home.suspend(starts_at=due)
    assert hold.verdicts == ()
    await receive_forecasts(gateway.ports, (forecast(START, 4, *[4] * 34, -3, *[4] * 60),))
    gateway.clock.run_to(due)
    gateway.once()
    again = gateway.hold(hold.hold_id)
    assert again.deferred_until == START + 36 * HOUR
    assert [verdict.code for verdict in again.verdicts] == [Because.POLICY_WEATHER]
    assert at_home.written == (0, 0)
    gateway.run_s(8 * 3600)
    assert status(gateway, hold) is HoldStatus.SUSPENDED


async def test_a_better_forecast_brings_a_deferred_order_forward() -> None:
    """It is looked at again as soon as the forecast is there."""
    at_home = ruled(rule(frost(), Effect.DEFER, "frost"))
    gateway = at_home.gateway
    await receive_forecasts(gateway.ports, (forecast(START, *[-5] * 48),))
    hold = at_home.suspend()
    assert hold.deferred_until == START + 48 * HOUR
    gateway.clock.run_s(60)
    await receive_forecasts(gateway.ports, (forecast(gateway.clock.now(), *[5] * 48),))
    assert gateway.hold(hold.hold_id).deferred_until == gateway.clock.now()
    gateway.settle()
    assert status(gateway, hold) is HoldStatus.SUSPENDED


async def test_an_old_forecast_never_replaces_a_newer_one_and_none_comes_from_the_future() -> None:
    """Messages that overtake each other change nothing."""
    gateway = ruled().gateway
    ports = gateway.ports
    newer, older = forecast(START - HOUR, 5), forecast(START - 2 * HOUR, 9)
    assert [one.taken for one in await receive_forecasts(ports, (newer,))] == [True]
    assert [one.taken for one in await receive_forecasts(ports, (older,))] == [False]
    assert gateway.journal.world.site.forecasts["*"] == newer
    with pytest.raises(Refused, match="yet to come"):
        await receive_forecasts(ports, (forecast(START + HOUR, 5),))
    assert gateway.journal.world.site.forecasts["*"] == newer


async def test_a_moratorium_defers_and_when_it_is_lifted_the_order_begins() -> None:
    """Only in its areas, never for safety; lifting it is enough."""
    at_home = ruled()
    gateway = at_home.gateway
    for meter_id in ("E-1", "W-1"):
        gateway.flag(meter_id, area="north")
    raised = await raise_moratorium(gateway.ports, ("north",), None, START + 3 * DAY, reason="storm", by="desk")
    hold = at_home.suspend()
    assert hold.deferred_until == START + 3 * DAY
    assert [verdict.code for verdict in hold.verdicts] == [Because.MORATORIUM]
    gateway.run_s(3600)
    assert at_home.written == (0, 0)
    await lift_moratorium(gateway.ports, raised.moratorium_id, by="desk", reason="it has passed")
    assert await list_moratoria(gateway.ports) == ()
    gateway.settle()
    assert status(gateway, hold) is HoldStatus.SUSPENDED


async def test_a_moratorium_is_for_a_while() -> None:
    """One without a future or of more than a month is refused; one that is over goes when the next is raised."""
    gateway = ruled().gateway
    for until in (START, START - HOUR, START + 32 * DAY):
        with pytest.raises(Refused):
            await raise_moratorium(gateway.ports, (), None, until, reason="storm", by="desk")
    await raise_moratorium(gateway.ports, (), None, START + HOUR, reason="storm", by="desk")
    gateway.clock.run_s(7200)
    second = await raise_moratorium(gateway.ports, (), None, START + 5 * HOUR, reason="flood", by="desk")
    assert gateway.journal.world.site.moratoria == (second,)


async def test_electricity_off_in_frost_asks_where_water_stays_on() -> None:
    """The order names one meter; the other one of the service point is looked at all the same."""
    at_home = ruled(rule(LeftOn(Service.WATER, frost(if_stale=Effect.ALLOW)), Effect.REFUSE, "pipes"))
    gateway = at_home.gateway
    await receive_forecasts(gateway.ports, (forecast(START, *[-5] * 48),))
    record = gateway.order(Action.SUSPEND, meters=("E-1",), reason=Reason.VACATION)
    assert (record.result, record.code) == (OrderResult.REJECTED, Because.POLICY_WEATHER)
    assert record.verdicts[0].facts["on"] == "W-1"
    water = gateway.suspend("W-1")
    gateway.settle()
    assert status(gateway, water) is HoldStatus.SUSPENDED
    both_off = gateway.suspend("E-1")
    gateway.settle()
    assert status(gateway, both_off) is HoldStatus.SUSPENDED


async def test_a_policy_that_is_read_again_moves_what_was_deferred() -> None:
    """Nobody must wait for Monday once the rule that said so is gone."""
    at_home = ruled(OFFICE)
    gateway = at_home.gateway
    hold = at_home.suspend()
    assert hold.deferred_until == MONDAY_8
    reloading = Reloading(gateway.ports, lambda _profiles: lambda _place: [], lambda _places: None)
    assert await reloading.reload(lambda: (gateway.profiles, Terms()))
    assert gateway.hold(hold.hold_id).deferred_until == START


def test_a_rule_that_says_the_same_every_hour_is_kept_once() -> None:
    """Without any forecast it is asked again each hour for days: the deferral moves on, the journal does not fill."""
    at_home = ruled(rule(frost(), Effect.DEFER, "frost"))
    gateway = at_home.gateway
    hold = at_home.suspend()
    gateway.run_s(30 * 3600)
    again = gateway.hold(hold.hold_id)
    assert again.deferred_until == START + 31 * HOUR
    assert [verdict.rule for verdict in again.verdicts] == ["frost"]
