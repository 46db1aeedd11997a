"""The page about simulators: its files are files that the program takes."""

import re
from pathlib import Path

import yaml

from meterhold_simulators import parse_fleet
from meterhold_simulators.scenario_file import parse_scenario

PAGE = Path(__file__).resolve().parents[3] / "docs" / "simulators.md"


def test_the_fleet_and_the_scenario_of_the_page_fit_each_other() -> None:
    """Two thousand meters, and steps that name some of them."""
    fleet_text, scenario_text = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    fleet = parse_fleet(yaml.safe_load(fleet_text), seed=7)
    assert len(fleet.meters) == 2000
    scenario = parse_scenario(yaml.safe_load(scenario_text), fleet)
    assert len(scenario.steps) == 7
