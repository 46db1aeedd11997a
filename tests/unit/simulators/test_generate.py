"""Many meters from a few lines: numbered, drawn, on as many ports as it takes, with faults told once."""

from typing import Any

import pytest

from meterhold_simulators import FleetFileError, parse_fleet

LINES = {"name": "line-{k}", "units": 100, "settings": {"framing": "rtu"}}
METERS: dict[str, Any] = {"count": 250, "id": "E-{n:04}", "meter": {"model": "dds238"}, "listeners": LINES}


def test_modbus_meters_fill_ports_with_unit_ids() -> None:
    """250 meters, 100 a port: three ports, and units from 1."""
    spec = parse_fleet({"generate": [METERS]})
    assert list(spec.listeners) == ["line-1", "line-2", "line-3"]
    assert {listener.framing for listener in spec.listeners.values()} == {"rtu"}
    first, last = spec.meters[0], spec.meters[-1]
    assert (first.id, first.model_dump()["listener"], first.model_dump()["unit"]) == ("E-0001", "line-1", 1)
    assert (last.id, last.model_dump()["listener"], last.model_dump()["unit"]) == ("E-0250", "line-3", 50)


def test_ports_follow_each_other_where_the_first_is_named() -> None:
    """A gateway's configuration can know them beforehand."""
    spec = parse_fleet({"generate": [METERS | {"listeners": LINES | {"first_port": 16000}}]})
    assert [listener.port for listener in spec.listeners.values()] == [16000, 16001, 16002]


def test_texts_hold_the_number_and_numbers_are_drawn_by_the_seed() -> None:
    """MACs, serials and topics are made of it; the same seed draws the same loads, beside rows of one's own."""
    entry = {
        "count": 3,
        "first": 255,
        "id": "S-{n}",
        "meter": {"model": "shelly_1pm", "broker": "site", "mac": "{n:012X}"},
        "random": {"load_w": [100, 3000]},
    }
    own = {"id": "OWN", "model": "tasmota", "broker": "site", "mac": "A8032ABE54DD"}
    document = {"brokers": {"site": {}}, "meters": [own], "generate": [entry]}
    spec = parse_fleet(document, seed=4)
    assert [row.id for row in spec.meters] == ["OWN", "S-255", "S-256", "S-257"]
    assert spec.meters[1].model_dump()["mac"] == "0000000000FF"
    loads = [row.model_dump()["load_w"] for row in spec.meters[1:]]
    assert all(100 <= load <= 3000 for load in loads)
    assert spec == parse_fleet(document, seed=4)
    assert spec != parse_fleet(document, seed=5)


def test_all_faults_are_told_at_their_entry_once() -> None:
    """A fault of 250 rows is one fault of the entry they come from."""
    with pytest.raises(FleetFileError) as caught:
        parse_fleet(
            {
                "listeners": {"line-2": {}},
                "generate": [
                    METERS | {"meter": {"model": "dds238", "load_w": -1}},
                    METERS | {"id": "X-{serial}"},
                    METERS | {"count": 0, "colour": "red"},
                    {"count": 2, "id": "same", "meter": {"model": "swv", "bridge": "none", "name": "a", "ieee": "b"}},
                ],
            }
        )
    told = "\n".join(caught.value.faults)
    assert "generate.0.meter.dds238.load_w: Input should be greater than or equal to 0" in told
    assert told.count("load_w") == 1
    assert "generate.0.listeners: line-2 is there already" in told
    assert "generate.1: Value error, 'X-{serial}' may hold {n}" in told
    assert "generate.2.count" in told
    assert "generate.2.colour" in told
    assert "same is taken by an earlier meter" in told
    assert "there is no bridge 'none'" in told


def test_what_is_no_list_is_said() -> None:
    """And so are ports beyond the last."""
    with pytest.raises(FleetFileError, match="generate: must be a list"):
        parse_fleet({"generate": {"count": 1}})
    with pytest.raises(FleetFileError, match="port 65536 is beyond 65535"):
        parse_fleet({"generate": [METERS | {"listeners": LINES | {"first_port": 65534}}]})
