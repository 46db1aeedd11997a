"""The registry as JSON: these meters and no others, or everything that is wrong with it."""

import json
from decimal import Decimal
from typing import Any

import pytest

from meterhold.documents.installation import parse_registry
from meterhold.domain.errors import Fault, Malformed
from meterhold.domain.meter import Installation
from meterhold.domain.words import Context, Flag, Service

METER: dict[str, Any] = {
    "meter_id": "E-1",
    "service_point": "SP-1",
    "service": "electricity",
    "profile": "hiking-dds238-2-zn-sr",
    "link": "line-1",
    "address": "7",
}


def parse(*meters: dict[str, Any]) -> tuple[Installation, ...]:
    """Read a registry of these meters."""
    return parse_registry(json.dumps({"meters": meters}).encode())


def test_every_field_arrives() -> None:
    """A meter of the registry is the domain's installation."""
    full = METER | {
        "serial": "123",
        "area": "feeder 3",
        "time_zone": "Europe/Berlin",
        "rated_load_kw": "4.60",
        "flags": ["life_support"],
        "depends_on": ["E-2"],
        "context": "test",
    }
    assert parse(full, METER | {"meter_id": "E-2"})[0] == Installation(
        "E-1",
        "SP-1",
        Service.ELECTRICITY,
        "hiking-dds238-2-zn-sr",
        "line-1",
        "7",
        serial="123",
        area="feeder 3",
        time_zone="Europe/Berlin",
        rated_load_kw=Decimal("4.60"),
        flags=frozenset({Flag.LIFE_SUPPORT}),
        depends_on=("E-2",),
        context=Context.TEST,
    )


def test_all_faults_of_all_meters_come_at_once() -> None:
    """Each fault names the meter's place in the list and the field."""
    with pytest.raises(Malformed) as caught:
        parse(METER | {"service": "gas", "colour": 1}, METER | {"time_zone": "Mars/Base", "address": ""})
    assert {(fault.field, fault.rule) for fault in caught.value.faults} == {
        ("meters.0.service", "must be one of electricity, water"),
        ("meters.0.colour", "is not a field of this document"),
        ("meters.1.time_zone", "must be a time zone such as Europe/Berlin"),
        ("meters.1.address", "must have at least 1 character(s)"),
    }


def test_names_are_unique_and_dependencies_exist() -> None:
    """Two meters of one name, and a meter that depends on none or on itself, are refused."""
    with pytest.raises(Malformed) as caught:
        parse(METER, METER, METER | {"meter_id": "E-2", "depends_on": ["E-2", "E-9"]})
    assert {(fault.field, fault.rule) for fault in caught.value.faults} == {
        ("meters.1.meter_id", "'E-1' is in the list before"),
        ("meters.2.depends_on", "'E-2' is no other meter of this list"),
        ("meters.2.depends_on", "'E-9' is no other meter of this list"),
    }


def test_what_a_site_says_of_a_meter_is_told_at_its_place() -> None:
    """A check of the wiring adds its faults to the others, each with the place in the list."""
    wiring = [Fault("link", "'line-9' is not configured")]
    with pytest.raises(Malformed) as caught:
        parse_registry(json.dumps({"meters": [METER, METER]}).encode(), lambda _: wiring)
    assert {fault.field for fault in caught.value.faults} == {"meters.0.link", "meters.1.link", "meters.1.meter_id"}
