"""A registry's meter must fit the profiles and links that the gateway has."""

from dataclasses import replace

import pytest

from meterhold.domain.meter import Installation
from meterhold.domain.words import Service
from meterhold.profiles import Wire, load_profiles
from meterhold.usecases.wiring import wiring_check

CHECK = wiring_check(load_profiles(), {"line-1": Wire.MODBUS, "broker": Wire.MQTT})
RELAY = Installation("E-1", "SP-1", Service.ELECTRICITY, "hiking-dds238-2-zn-sr", "line-1", "1")
VALVE = Installation("W-1", "SP-1", Service.WATER, "z2m-sonoff-swv", "broker", "zigbee2mqtt/garden")


@pytest.mark.parametrize("place", [RELAY, VALVE])
def test_a_meter_that_fits_has_no_faults(place: Installation) -> None:
    """On either wire."""
    assert CHECK(place) == []


@pytest.mark.parametrize(
    ("place", "fields"),
    [
        (replace(RELAY, link="line-9"), ["link"]),
        (replace(RELAY, profile="dds239"), ["profile"]),
        (replace(RELAY, service=Service.WATER), ["service"]),
        (replace(RELAY, link="broker"), ["link"]),
        (replace(RELAY, address="0"), ["address"]),
        (replace(RELAY, address="home/relay"), ["address"]),
        (replace(VALVE, address="zigbee2mqtt/#"), ["address"]),
        (replace(RELAY, link="line-9", profile="dds239"), ["link", "profile"]),
        (replace(VALVE, link="line-1", service=Service.ELECTRICITY, address="+"), ["service", "link", "address"]),
    ],
)
def test_each_thing_that_does_not_fit_is_a_fault(place: Installation, fields: list[str]) -> None:
    """All of a meter at once."""
    assert [fault.field for fault in CHECK(place)] == fields


def test_a_fault_names_what_there_is() -> None:
    """So that a misspelled name is seen."""
    (fault,) = CHECK(replace(RELAY, link="line-9"))
    assert fault.rule == "'line-9' is not configured; there are broker, line-1"
