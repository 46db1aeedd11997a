"""Scenarios: what happens to whom and when, the same for the same seed, with all faults of a file at once."""

import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from meterhold_simulators import Fleet, FleetFileError, FleetSpec, parse_fleet
from meterhold_simulators.scenario import Scenario
from meterhold_simulators.scenario_file import load_scenario, parse_scenario

METERS = [
    *({"id": f"E-{n}", "model": "dds238", "listener": "line", "unit": n, "load_w": 100} for n in range(1, 11)),
    {"id": "W-1", "model": "xintai", "listener": "line", "unit": 11, "serial": "42", "demand_m3_h": 0.1, "travel_s": 0},
]


@pytest.fixture
def spec() -> FleetSpec:
    """Ten electricity meters and a water meter on a line, a million times faster than the world."""
    return parse_fleet({"time_scale": 1_000_000, "listeners": {"line": {}}, "meters": METERS})


async def played(spec: FleetSpec, steps: list[dict[str, Any]], seed: int = 0) -> tuple[Fleet, list[dict[str, Any]]]:
    """A fleet after a scenario, with what its journal says of it."""
    scenario = parse_scenario({"steps": steps}, spec)
    async with Fleet.start(spec) as fleet:
        await Scenario(scenario, seed, fleet).play()
    return fleet, [json.loads(line) for line in fleet.journal.lines()]


async def test_steps_set_loads_faults_serials_and_buttons(spec: FleetSpec) -> None:
    """As over the control port, at their time, for the meters that their pattern names."""
    fleet, notes = await played(
        spec,
        [
            {"at_s": 30, "meters": "E-1", "button": True},
            {"at_s": 10, "meters": ["E-1", "E-2"], "set": {"load_w": 500}},
            {"at_s": 20, "meters": "W-*", "set": {"demand_m3_h": 0.7, "serial": "77", "faults": {"jam_at": 0.4}}},
        ],
    )
    assert [(note["name"], json.loads(note["scenario"])) for note in notes] == [
        ("E-1", {"load_w": 500}),
        ("E-2", {"load_w": 500}),
        ("W-1", {"demand_m3_h": 0.7, "serial": "77", "faults": {"jam_at": 0.4}}),
        ("E-1", {"button": True}),
    ]
    assert fleet.truth("E-1").supply == "disconnected"
    assert fleet.truth("E-2").load_w == 500
    assert fleet.truth("E-3").load_w == 100
    assert (fleet.truth("W-1").serial, fleet.truth("W-1").faults) == ("77", {"jam_at": 0.4})


async def test_faults_end_after_their_time(spec: FleetSpec) -> None:
    """Only those that the step has set."""
    fleet, notes = await played(
        spec,
        [
            {"at_s": 1, "meters": "E-1", "set": {"faults": {"welded": True}}},
            {"at_s": 2, "meters": "E-1", "set": {"faults": {"silent": True, "late_reply_s": 3}}, "for_s": 5},
        ],
    )
    assert fleet.truth("E-1").faults == {"welded": True}
    assert json.loads(notes[-1]["scenario"]) == {"faults": {"silent": None, "late_reply_s": None}}


async def test_listeners_hang_up_and_swap(spec: FleetSpec) -> None:
    """What befalls the line."""
    _, notes = await played(
        spec,
        [{"at_s": 1, "listeners": "*", "hang_up": True}, {"at_s": 2, "listeners": "line", "swap": [1, 2]}],
    )
    assert [note["name"] for note in notes] == ["line", "line"]


async def test_the_same_seed_draws_the_same(spec: FleetSpec) -> None:
    """Loads, moments and shares; another seed draws others."""
    steps: list[dict[str, Any]] = [
        {"every_s": 60, "from_s": 5, "until_s": 200, "meters": "E-*", "set": {"load_w": {"between": [0, 3000]}}},
        {"between": [10, 90], "meters": "E-*", "share": 0.3, "set": {"faults": {"late_reply_s": {"one_of": [1, 2]}}}},
    ]

    def told(notes: list[dict[str, Any]]) -> list[tuple[str, str]]:
        return [(note["name"], note["scenario"]) for note in notes]

    first, again, other = [(await played(spec, steps, seed))[1] for seed in (7, 7, 8)]
    assert told(first) == told(again)
    assert told(first) != told(other)
    assert len([note for note in first if "load_w" in note["scenario"]]) == 10 * 4
    late = [note["name"] for note in first if "late_reply_s" in note["scenario"]]
    assert len(late) == len(set(late)) == 3


async def test_events_come_in_the_order_of_time_and_need_not_end(spec: FleetSpec) -> None:
    """A step without an end goes on for ever, evenly."""
    scenario = parse_scenario({"steps": [{"every_s": 10, "meters": "E-1", "button": True}]}, spec)
    async with Fleet.start(spec) as fleet:
        events = list(islice(Scenario(scenario, 0, fleet).events(), 50))
    assert [event.at_s for event in events] == [10.0 * n for n in range(50)]


def test_all_faults_of_a_file_come_together(spec: FleetSpec, tmp_path: Path) -> None:
    """Shape, sense, and what does not fit the fleet."""
    file = tmp_path / "scenario.yaml"
    file.write_text(
        """
        colour: red
        steps:
          - {at_s: 1, every_s: 2, meters: E-1, button: true}
          - {at_s: 1, meters: X-*, set: {load_w: 5}}
          - {at_s: 1, meters: W-1, set: {load_w: 5, faults: {welded: true}}}
          - {at_s: 1, meters: E-1, set: {load_w: lots}}
          - {at_s: 1, meters: E-1, set: {faults: {sulks: true}}}
          - {at_s: 1, meters: E-*, set: {demand_m3_h: 1}}
          - {between: [2, 1], listeners: line, for_s: 3, until_s: 4}
          - {at_s: 1, meters: E-1, set: {load_w: {between: [3, 1]}}}
        """,
        encoding="utf-8",
    )
    with pytest.raises(FleetFileError) as caught:
        load_scenario(file, spec)
    for fault in (
        "colour: Extra inputs are not permitted",
        "steps.0: needs exactly one of at_s, every_s, between",
        "steps.1.meters: nothing in the fleet is called 'X-*'",
        "steps.2.set.load_w: means nothing for meter W-1",
        "steps.2.set.faults: meter W-1: fault 'welded' means nothing for a xintai",
        "steps.3.set.load_w: Input should be a valid number",
        "steps.4.set.sulks: Extra inputs are not permitted",
        "steps.5.set.demand_m3_h: means nothing for meter E-5",
        "steps.5: and 5 more",
        "nothing is between 2 and 1; from_s and until_s go with every_s; does nothing: needs hang_up or swap",
        "steps.7.set: nothing is between 3 and 1",
    ):
        assert any(fault in told for told in caught.value.faults), (fault, caught.value.faults)


def test_a_file_that_is_no_yaml_is_said(spec: FleetSpec, tmp_path: Path) -> None:
    """With its name; a scenario without steps as well."""
    file = tmp_path / "scenario.yaml"
    file.write_text("steps: [", encoding="utf-8")
    with pytest.raises(FleetFileError, match=r"scenario\.yaml"):
        load_scenario(file, spec)
    with pytest.raises(FleetFileError, match="steps: Field required"):
        parse_scenario({}, spec)
