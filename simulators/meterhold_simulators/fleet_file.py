"""Reads a fleet file and reports all its faults together."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml
from pydantic import ValidationError

from meterhold_simulators.generate import Expanded, expand
from meterhold_simulators.spec import FleetSpec


class FleetFileError(ValueError):
    """A fleet that cannot be simulated; `faults` lists everything wrong with it, each with its place."""

    def __init__(self, source: str, faults: list[str]) -> None:
        super().__init__("\n".join([f"{source}: {len(faults)} fault(s)", *(f"  {fault}" for fault in faults)]))
        self.faults = tuple(faults)


def load_fleet(path: Path, seed: int = 0) -> FleetSpec:
    """The fleet that a YAML file describes; the seed is for what `generate` draws."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise FleetFileError(str(path), [str(error)]) from error
    return parse_fleet(document, source=str(path), seed=seed)


def parse_fleet(document: object, source: str = "fleet", seed: int = 0) -> FleetSpec:
    """The fleet that a document describes: shape and references are both checked before anything is reported."""
    faults: list[str] = []
    written_out: Expanded | None = None
    if isinstance(document, Mapping) and "generate" in document:
        written_out = expand(document, seed)
        document = written_out.document
        faults += written_out.faults
    if isinstance(document, Mapping):
        faults += _reference_faults(document)
    try:
        spec = FleetSpec.model_validate(document)
    except ValidationError as error:
        at = (lambda loc: loc) if written_out is None else written_out.place
        # A fault of a generated row is that of its entry, once.
        shape = dict.fromkeys(f"{place(at(row['loc']))}: {row['msg']}" for row in error.errors())
        raise FleetFileError(source, [*shape, *faults]) from error
    if faults:
        raise FleetFileError(source, faults)
    return spec


def place(loc: tuple[int | str, ...]) -> str:
    """Where in a document a fault is."""
    return ".".join(str(part) for part in loc) or "document"


def _reference_faults(document: Mapping[object, object]) -> Iterator[str]:
    """What is wrong between the parts; tolerant of parts whose shape is wrong, which is reported elsewhere."""
    meters = document.get("meters")
    rows = [row for row in meters if isinstance(row, Mapping)] if isinstance(meters, list | tuple) else []
    yield from _missing(rows, "meters", "listener", document.get("listeners"))
    yield from _missing(rows, "meters", "broker", document.get("brokers"))
    yield from _missing(rows, "meters", "bridge", document.get("bridges"))
    yield from _missing(rows, "meters", "server", document.get("network_servers"))
    for part in ("bridges", "network_servers"):
        named = document.get(part)
        if isinstance(named, Mapping):
            on_brokers = [row for row in named.values() if isinstance(row, Mapping)]
            yield from _missing(on_brokers, part, "broker", document.get("brokers"))
    yield from _doubles(rows, ("id",))
    yield from _doubles(rows, ("listener", "unit", "channel"))
    yield from _doubles(_one_a_module(rows), ("listener", "unit"))
    yield from _doubles(rows, ("bridge", "name"))
    yield from _doubles(rows, ("broker", "mac"))
    yield from _doubles(rows, ("broker", "prefix"))
    yield from _doubles(rows, ("broker", "topic"))
    yield from _doubles(rows, ("server", "dev_eui"))


def _one_a_module(rows: list[Mapping[object, object]]) -> list[Mapping[object, object]]:
    """The rows without further channels of a module that an earlier row stands for."""
    modules: set[tuple[str, ...]] = set()
    kept = []
    for row in rows:
        module = tuple(str(row.get(key)) for key in ("listener", "unit", "model"))
        if "channel" not in row or module not in modules:
            kept.append(row)
            modules.add(module)
    return kept


def _missing(rows: list[Mapping[object, object]], where: str, key: str, defined: object) -> Iterator[str]:
    known = set(defined) if isinstance(defined, Mapping) else set()
    for index, row in enumerate(rows):
        name = row.get(key)
        if isinstance(name, str) and name not in known:
            yield f"{where}.{index}.{key}: there is no {key} {name!r}"


def _doubles(rows: list[Mapping[object, object]], keys: tuple[str, ...]) -> Iterator[str]:
    seen: set[tuple[str, ...]] = set()
    for index, row in enumerate(rows):
        if not all(key in row for key in keys):
            continue
        value = tuple(str(row[key]) for key in keys)
        if value in seen:
            yield f"meters.{index}.{keys[-1]}: {' '.join(value)} is taken by an earlier meter"
        seen.add(value)
