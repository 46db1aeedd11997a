"""Reads a scenario file and reports all its faults together, those against the fleet as well."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from random import Random
from typing import Any

import yaml
from pydantic import ValidationError

from meterhold_simulators.change import ELECTRICITY_ONLY, WATER_ONLY, Change
from meterhold_simulators.faults import Faults, misplaced
from meterhold_simulators.fleet_file import FleetFileError, place
from meterhold_simulators.scenario_spec import Between, OneOf, ScenarioSpec, StepSpec
from meterhold_simulators.spec import FleetSpec, MeterSpec
from meterhold_simulators.spec_base import ElectricityBase

MOST_FAULTS_A_STEP = 5


def load_scenario(path: Path, fleet: FleetSpec) -> ScenarioSpec:
    """The scenario that a YAML file describes, for this fleet."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise FleetFileError(str(path), [str(error)]) from error
    return parse_scenario(document, fleet, source=str(path))


def parse_scenario(document: object, fleet: FleetSpec, source: str = "scenario") -> ScenarioSpec:
    """The scenario that a document describes; FleetFileError with all its faults."""
    faults: list[str] = []
    steps = document.get("steps") if isinstance(document, dict) else None
    for number, step in enumerate(steps if isinstance(steps, list) else ()):
        try:
            found = list(_against_fleet(StepSpec.model_validate(step), fleet))
        except ValidationError:
            continue
        faults += [f"steps.{number}.{fault}" for fault in found[:MOST_FAULTS_A_STEP]]
        if len(found) > MOST_FAULTS_A_STEP:
            faults.append(f"steps.{number}: and {len(found) - MOST_FAULTS_A_STEP} more")
    try:
        spec = ScenarioSpec.model_validate(document)
    except ValidationError as error:
        shape = [f"{place(row['loc'])}: {row['msg'].removeprefix('Value error, ')}" for row in error.errors()]
        raise FleetFileError(source, [*shape, *faults]) from error
    if faults:
        raise FleetFileError(source, faults)
    return spec


def matching(globs: tuple[str, ...], names: Iterator[str] | list[str]) -> list[str]:
    """The names that fit a glob, in their own order."""
    return [name for name in names if any(fnmatchcase(name, glob) for glob in globs)]


def drawn(values: dict[Any, Any], dice: Random) -> dict[str, Any]:
    """A step's values with every draw made; ValueError where one is no draw."""
    return {key: _drawn(value, dice) for key, value in values.items()}


def _drawn(value: Any, dice: Random) -> Any:  # noqa: ANN401 - any value of a file
    match value:
        case {"between": _}:
            least, most = Between.model_validate(value).between
            return round(dice.uniform(least, most), 3)
        case {"one_of": _}:
            return dice.choice(OneOf.model_validate(value).one_of)
        case dict():
            return {key: _drawn(inner, dice) for key, inner in value.items()}
        case _:
            return value


def _against_fleet(step: StepSpec, fleet: FleetSpec) -> Iterator[str]:
    names = [row.id for row in fleet.meters]
    for kind, globs, known in (
        ("meters", step.meter_globs, names),
        ("listeners", step.listener_globs, [*fleet.listeners]),
    ):
        yield from (
            f"{kind}: nothing in the fleet is called {glob!r}" for glob in globs if not matching((glob,), known)
        )
    if not step.set:
        return
    try:
        change = Change.model_validate(drawn(step.set, Random(0)))
        faults = Faults.model_validate(
            {key: value for key, value in (change.faults or {}).items() if value is not None}
        )
    except ValidationError as error:
        for found in error.errors():
            where = ".".join(("set", *(str(part) for part in found["loc"])))
            yield f"{where}: {found['msg'].removeprefix('Value error, ')}"
        return
    chosen = set(matching(step.meter_globs, names))
    for row in fleet.meters:
        if row.id in chosen:
            yield from _misfits(row, step, faults)


def _misfits(row: MeterSpec, step: StepSpec, faults: Faults) -> Iterator[str]:
    foreign = WATER_ONLY if isinstance(row, ElectricityBase) else ELECTRICITY_ONLY
    yield from (f"set.{key}: means nothing for meter {row.id}" for key in step.set if key in foreign)
    yield from (f"set.faults: meter {row.id}: {fault}" for fault in misplaced(row.model, faults))
