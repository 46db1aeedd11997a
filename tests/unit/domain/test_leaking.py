"""When water that flows after a restore is a leak."""

from decimal import Decimal

import pytest

from meterhold.domain.leaking import LeakWatch, after_connected
from meterhold.domain.next_step import End, LookAgain
from meterhold.domain.observation import Measured, Observation
from meterhold.domain.words import Because, Outcome, Quantity
from tests.unit.domain.build import NOON, ON, after, look, operation

RULE = LeakWatch(within_s=300, every_s=30, above=Decimal("0.02"))
OPENED = operation(ON, writes=1, written_at=NOON, confirmed_at=after(10))
LEAK = End(Outcome.BLOCKED, Because.LEAK_ON_RESTORE)


def flows(value: str, at: float, *, load: bool | None = None, produced: float | None = 0) -> Observation:
    """A look that measured a flow."""
    produced_at = None if produced is None else after(at + produced)
    return look(ON, at=after(at), load=load, measured=(Measured(Quantity.FLOW_M3_H, Decimal(value), produced_at),))


def step(what: Observation, seconds: float) -> LookAgain | End:
    """Judge a look so long after the write; the opening was confirmed after ten seconds."""
    return after_connected(OPENED, what, after(seconds), RULE)


@pytest.mark.parametrize(("seconds", "again"), [(10, 40), (100, 130), (295, 310)])
def test_a_flow_is_watched_until_its_time_is_over(seconds: float, again: float) -> None:
    """At the rule's interval, the last time at its end."""
    assert step(flows("0.3", seconds), seconds) == LookAgain(after(again))


@pytest.mark.parametrize("seconds", [310, 400])
def test_a_flow_that_lasted_is_a_leak(seconds: float) -> None:
    """Every look since saw it, or it would have ended before."""
    end = step(flows("0.3", seconds), seconds)
    assert isinstance(end, End)
    assert (end.outcome, end.because) == (LEAK.outcome, LEAK.because)
    assert end.detail


@pytest.mark.parametrize("value", ["0", "0.02", "-0.01"])
def test_no_flow_after_the_first_look_is_no_leak(value: str) -> None:
    """As much as the rule permits is none."""
    assert step(flows(value, 45), 45) == End(Outcome.VERIFIED)


def test_the_first_look_may_see_a_pipe_that_only_fills() -> None:
    """It alone decides nothing."""
    assert step(flows("0", 10), 10) == LookAgain(after(40))


def test_a_rule_may_be_stricter_than_the_profile_s_load() -> None:
    """The flow that is measured counts; the profile's own threshold only where none is."""
    assert step(flows("0.01", 100, load=True), 100) == End(Outcome.VERIFIED)
    assert isinstance(step(look(ON, load=True), 100), LookAgain)
    assert step(look(ON, load=False), 100) == End(Outcome.VERIFIED)


@pytest.mark.parametrize("produced", [None, -200])
def test_a_flow_of_before_the_opening_says_nothing(produced: float | None) -> None:
    """A cache of yesterday's shower is no leak, and no proof against one: at the end nobody is accused."""
    assert isinstance(step(flows("0.3", 100, produced=produced), 100), LookAgain)
    assert step(flows("0.3", 310, produced=-400), 310) == End(Outcome.VERIFIED)


def test_where_nobody_measures_nobody_is_accused() -> None:
    """Looked at until the time is over, and verified then."""
    assert isinstance(step(look(ON), 100), LookAgain)
    assert step(look(ON), 310) == End(Outcome.VERIFIED)
