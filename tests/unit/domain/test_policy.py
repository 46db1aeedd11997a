"""The safety floor: code on purpose, for every service and flag, and no way to lower it."""

from dataclasses import replace
from itertools import product

import pytest

from meterhold.domain.policy import FLOOR_VERSION, Effect, Verdict, floor, refusals
from meterhold.domain.words import Because, Flag, Service
from tests.unit.domain.build import NOON, meter

CODES = {
    Flag.LIFE_SUPPORT: Because.PROTECTED_CUSTOMER,
    Flag.MEDICAL: Because.PROTECTED_CUSTOMER,
    Flag.FIRE_SERVICE: Because.FIRE_SERVICE,
    Flag.MASTER_METERED: Because.PROTECTED_CUSTOMER,
}


@pytest.mark.parametrize(("service", "flag"), list(product(Service, Flag)))
def test_each_flag_protects_each_service(service: Service, flag: Flag) -> None:
    """The verdict names the rule, its version, the meter and what it saw."""
    place = replace(meter().installation, service=service, flags=frozenset({flag}))
    (verdict,) = floor([meter(installation=place)], NOON)
    assert (verdict.effect, verdict.code, verdict.rule) == (Effect.REFUSE, CODES[flag], f"floor.{flag}")
    assert (verdict.version, verdict.at) == (FLOOR_VERSION, NOON)
    assert verdict.facts == {"meter_id": "E-1", "service": service}
    assert "may not be disconnected" in verdict.sentence


def test_every_flag_of_every_meter_speaks() -> None:
    """All at once, so that nobody finds the second refusal after the first was settled."""
    place = replace(meter().installation, flags=frozenset(Flag))
    assert len(floor([meter(installation=place), meter(), meter(installation=place)], NOON)) == 2 * len(Flag)


def test_nothing_is_said_of_an_ordinary_home() -> None:
    """No flag, no verdict."""
    assert floor([meter()], NOON) == ()


def test_only_a_refusal_refuses() -> None:
    """A warning is for reading."""
    verdicts = [Verdict("r", "1", effect, NOON) for effect in Effect]
    assert [verdict.effect for verdict in refusals(verdicts)] == [Effect.REFUSE]
