"""In which order legs are switched: water before electricity, dependents first, and back the other way."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations

import pytest

from meterhold.domain.decide.sequence import stages
from meterhold.domain.draft import Draft, World
from meterhold.domain.hold import Leg
from meterhold.domain.words import Mode, Reason, Service
from tests.fakes.gateway import Home, home
from tests.unit.domain.build import meter
from tests.unit.domain.decide.stages import at_stage

POWER, WATER = Service.ELECTRICITY, Service.WATER


def order_of(services: dict[str, Service], needs: Mapping[str, tuple[str, ...]], *, restoring: bool) -> list[list[str]]:
    """Stages by name."""
    meters = {}
    for name in services:
        place = replace(meter().installation, meter_id=name, depends_on=needs.get(name, ()))
        meters[name] = replace(meter(), installation=place)
    legs = [Leg(name, service, Mode.PHYSICAL) for name, service in services.items()]
    return [
        sorted(leg.meter_id for leg in stage)
        for stage in stages(Draft(World(meters=meters)), legs, restoring=restoring)
    ]


@pytest.mark.parametrize(
    ("services", "needs", "suspending"),
    [
        ({"E": POWER}, {}, [["E"]]),
        ({"E": POWER, "W": WATER}, {}, [["W"], ["E"]]),
        ({"E": POWER, "F": POWER, "W": WATER, "X": WATER}, {}, [["W", "X"], ["E", "F"]]),
        ({"E": POWER, "F": POWER}, {"E": ("F",)}, [["E"], ["F"]]),
        ({"W": WATER, "X": WATER, "E": POWER}, {"W": ("X",), "X": ("E",)}, [["W"], ["X"], ["E"]]),
        ({"E": POWER, "W": WATER}, {"E": ("W",)}, [["E"], ["W"]]),
        ({"E": POWER, "W": WATER}, {"W": ("not here",)}, [["W"], ["E"]]),
    ],
)
def test_dependents_come_first_and_water_before_electricity(
    services: dict[str, Service], needs: dict[str, tuple[str, ...]], suspending: list[list[str]]
) -> None:
    """A restore is the same list from behind; the order in which the legs were named does not matter."""
    for names in permutations(services):
        named = {name: services[name] for name in names}
        assert order_of(named, needs, restoring=False) == suspending
        assert order_of(named, needs, restoring=True) == suspending[::-1]


def test_a_ring_of_dependencies_still_has_an_order() -> None:
    """A mistake in the registry must not stop a restore: every leg is in some stage, once."""
    ring = {"A": ("B",), "B": ("C",), "C": ("A",)}
    found = order_of(dict.fromkeys(ring, POWER), ring, restoring=True)
    assert sorted(name for stage in found for name in stage) == ["A", "B", "C"]


def first_writes(at_home: Home, n: int) -> list[str]:
    """Which meters got their n-th write, in time."""
    meters = (at_home.power, at_home.water)
    return [meter.place.meter_id for meter in sorted(meters, key=lambda meter: meter.writes[n][0])]


def test_a_home_loses_water_first_and_gets_electricity_back_first() -> None:
    """A mains-powered valve must be able to move both times."""
    at_home, hold_id = at_stage("suspended")
    assert first_writes(at_home, 0) == ["W-1", "E-1"]
    at_home.gateway.restore(hold_id)
    at_home.gateway.settle()
    assert first_writes(at_home, 1) == ["E-1", "W-1"]


def test_a_registry_that_says_otherwise_is_obeyed() -> None:
    """``depends_on`` goes before the services."""
    at_home = home()
    at_home.gateway.flag("E-1", depends_on=("W-1",))
    at_home.suspend()
    at_home.gateway.settle()
    assert first_writes(at_home, 0) == ["E-1", "W-1"]


def test_the_next_stage_waits_until_the_former_one_has_ended() -> None:
    """Electricity is not touched while the valve still travels."""
    at_home = home()
    hold_id = at_home.suspend().hold_id
    while not at_home.gateway.leg(hold_id, "W-1").settled:
        assert at_home.gateway.leg(hold_id, "E-1").operation is None
        at_home.gateway.run_s(1)
    assert at_home.gateway.leg(hold_id, "E-1").operation is not None


@pytest.mark.parametrize("stop", ["a lock", "a safety hold"])
def test_a_restore_that_is_stopped_at_one_meter_goes_on_at_the_others(stop: str) -> None:
    """A technician's lock, or another hold, is on the electricity meter: nothing forbids the water to come back."""
    at_home, hold_id = at_stage("suspended")
    if stop == "a lock":
        at_home.gateway.lock("E-1")
        at_home.gateway.restore(hold_id)
    else:
        at_home.power.silent = True
        at_home.gateway.restore(hold_id)
        at_home.gateway.suspend("E-1", reason=Reason.SAFETY)
        at_home.power.silent = False
    at_home.gateway.run_s(300)
    assert at_home.supplied == (False, True)


@pytest.mark.parametrize("fault", ["silent", "interlock"])
def test_a_restore_that_fails_does_not_hold_the_next_stage_up(fault: str) -> None:
    """The electricity meter is dead or tripped: the water comes back all the same."""
    at_home, hold_id = at_stage("suspended")
    if fault == "silent":
        at_home.power.silent = True
    else:
        at_home.power.tripped = True
    at_home.gateway.restore(hold_id)
    at_home.gateway.run_s(300)
    assert at_home.supplied == (False, True)
