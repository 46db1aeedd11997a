"""A registry's meter must fit the profiles and links that the gateway has."""

from dataclasses import replace
from decimal import Decimal

import pytest

from meterhold.domain.commands import Terms
from meterhold.domain.leaking import LeakWatch
from meterhold.domain.meter import Installation
from meterhold.domain.words import Proof, Service
from meterhold.profiles import Wire, load_profiles
from meterhold.usecases.wiring import names_faults, wiring_check

CHECK = wiring_check(load_profiles(), {"line-1": Wire.MODBUS, "broker": Wire.MQTT})
RULE = LeakWatch(within_s=60, every_s=10, above=Decimal("0.1"))
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


def test_a_model_that_measures_nothing_needs_another_meter_that_proves_what_it_does() -> None:
    """Without one nothing it does could ever be verified: that is said before it is switched."""
    group = Installation("W-2", "SP-1", Service.WATER, "neptun-smart", "line-1", "240")
    (fault,) = CHECK(group)
    assert fault.field == "proof_from"
    assert CHECK(replace(group, proof_from="W-3")) == []


def test_terms_for_what_there_is_not_are_faults() -> None:
    """A misspelled profile would be a rule for nobody, and look like one that holds."""
    profiles = load_profiles()
    sound = Terms(
        required_proof={"neptun-smart": Proof.LOAD_PROVEN},
        billing_proof_of={"neptun-smart": Proof.LOAD_PROVEN},
        leak_watch={"water": RULE, "neptun-smart": RULE},
    )
    assert list(names_faults(sound, profiles)) == []
    wrong = Terms(
        required_proof={"neptun": Proof.LOAD_PROVEN},
        billing_proof_of={"shely": Proof.LOAD_PROVEN},
        leak_watch={"gas": RULE, "waters": RULE},
    )
    assert [fault.field for fault in names_faults(wrong, profiles)] == [
        "terms.required_proof.neptun",
        "terms.billing_proof_of.shely",
        "terms.leak_watch.gas",
        "terms.leak_watch.waters",
    ]


def test_a_fault_names_what_there_is() -> None:
    """So that a misspelled name is seen."""
    (fault,) = CHECK(replace(RELAY, link="line-9"))
    assert fault.rule == "'line-9' is not configured; there are broker, line-1"
