"""From the text of a file to a profile, or to everything that is wrong with it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter, ValidationError

from meterhold.domain.errors import Fault, Malformed
from meterhold.profiles.codec import Codec
from meterhold.profiles.faults import explain
from meterhold.profiles.language.base import Wire
from meterhold.profiles.language.definition import Definition, ModbusDefinition, MqttDefinition
from meterhold.profiles.language.rules import RULES, Around, Problem
from meterhold.profiles.plugins import InstalledCodecs, profile_packages
from meterhold.profiles.profile import Profile
from meterhold.yaml_text import YamlText, read_yaml

_MOST_CHARACTERS = 256 * 1024
_TYPES: dict[str, type[ModbusDefinition | MqttDefinition]] = {
    Wire.MODBUS: ModbusDefinition,
    Wire.MQTT: MqttDefinition,
}


def parse_profile(text: str, name: str, codecs: Mapping[str, Codec] | None = None) -> Profile:
    """Read a profile; raises ``Malformed`` with all faults. ``name`` is the file's, for people.

    ``codecs`` are those that a profile may name; without them, those of all installed packages.
    """
    codecs = InstalledCodecs() if codecs is None else codecs
    if len(text) > _MOST_CHARACTERS:
        raise Malformed(name, [Fault("", f"is longer than {_MOST_CHARACTERS} characters")])
    read = read_yaml(text, number_keys=True)
    if not isinstance(read.data, dict):
        raise Malformed(name, list(read.faults.values()) or [Fault("", "must be a mapping", line=1)])
    kind = _TYPES.get(str(read.data.get("wire")))
    if kind is None:
        fault = Fault("wire", f"must be {Wire.MODBUS} or {Wire.MQTT}", line=read.line_of(("wire",)))
        raise Malformed(name, [*read.faults.values(), fault])
    definition, found = _validate(kind, read, codecs)
    if found or definition is None:
        raise Malformed(name, sorted(found, key=lambda fault: (fault.line or 0, fault.field)))
    return Profile.of(definition, codecs)


def load_profiles(*directories: Path) -> Mapping[str, Profile]:
    """Load the built-in profiles, those of installed packages, and a site's own.

    Raises ``Malformed`` with all faults of all files.
    """
    codecs = InstalledCodecs()
    profiles: dict[str, Profile] = {}
    origin: dict[str, str] = {}
    found: list[Fault] = []
    for path in _profile_files(directories, found):
        try:
            profile = parse_profile(path.read_text(encoding="utf-8"), path.name, codecs)
        except Malformed as error:
            found.extend(_in_file(path.name, error.faults))
            continue
        except UnicodeDecodeError:
            found.append(Fault(path.name, "is not UTF-8 text"))
            continue
        except OSError as error:
            found.append(Fault(path.name, f"cannot be read: {error.strerror}"))
            continue
        if profile.name in profiles:
            found.append(Fault(f"{path.name}: profile", f"{profile.name} is already defined by {origin[profile.name]}"))
        elif Path(path.name).stem != profile.name:
            found.append(
                Fault(f"{path.name}: profile", f"the file must be named after its profile: {profile.name}.yaml")
            )
        else:
            profiles[profile.name] = profile
            origin[profile.name] = path.name
    if found:
        raise Malformed("profiles", found)
    return MappingProxyType(profiles)


def _profile_files(directories: Iterable[Path], found: list[Fault]) -> Iterator[Traversable]:
    places: list[Traversable] = [files("meterhold.profiles") / "builtin", *_packages(found), *directories]
    for place in places:
        if not place.is_dir():
            found.append(Fault(str(place), "is no folder"))
            continue
        yield from sorted(
            (path for path in place.iterdir() if path.name.endswith((".yaml", ".yml"))), key=lambda path: path.name
        )


def _packages(found: list[Fault]) -> Iterator[Traversable]:
    for name, package in profile_packages():
        try:
            yield files(package)
        except (ImportError, TypeError) as error:
            found.append(Fault(f"package {package}", f"named by the entry point {name!r}, cannot be read: {error}"))


def _in_file(name: str, faults: Iterable[Fault]) -> Iterator[Fault]:
    for fault in faults:
        yield Fault(f"{name}: {fault.field}" if fault.field else name, fault.rule, fault.code, fault.line)


def _validate(
    kind: type[ModbusDefinition | MqttDefinition], read: YamlText, codecs: Mapping[str, Codec]
) -> tuple[Definition | None, list[Fault]]:
    """Check the form of the whole, then every rule whose sections are whole."""
    found = dict(read.faults)
    definition: Definition | None = None
    try:
        definition = kind.model_validate_json(json.dumps(read.data))
    except ValidationError as error:
        for path, rule in explain(error, tuple(read.faults)):
            found.setdefault(path, Fault(".".join(path), rule, line=read.line_of(path)))
    faulty = {path[0] for path in found if path}
    subject = definition if definition is not None else _what_is_whole(kind, read.data, faulty)
    names = read.data["points"] if isinstance(read.data.get("points"), dict) else {}
    for problem in _broken_rules(subject, Around(names, codecs)):
        path = tuple(str(part) for part in problem.path)
        found.setdefault(path, Fault(".".join(path), problem.rule, line=read.line_of(path)))
    return definition, list(found.values())


def _broken_rules(subject: Definition, around: Around) -> Iterator[Problem]:
    for rule in RULES:
        if all(section in subject.__dict__ for section in rule.needs):
            yield from rule.check(subject, around)


def _what_is_whole(
    kind: type[ModbusDefinition | MqttDefinition], data: Mapping[str, Any], faulty: set[str]
) -> Definition:
    """Build as much of a definition as is sound, so that its rules can be checked beside the faults of the rest."""
    whole: dict[str, Any] = {}
    for name, about in kind.model_fields.items():
        adapter: TypeAdapter[Any] = TypeAdapter(about.rebuild_annotation())
        if name not in data:
            if not about.is_required() and name not in faulty:
                whole[name] = about.get_default()
        elif name == "points" and isinstance(data["points"], dict):
            whole[name] = dict(_whole_points(adapter, data["points"]))
        elif name not in faulty:
            whole[name] = adapter.validate_json(json.dumps(data[name]))
    definition = kind.model_construct(**whole)
    for name in kind.model_fields.keys() - whole.keys():
        definition.__dict__.pop(name, None)
    return definition


def _whole_points(adapter: TypeAdapter[Any], points: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, point in points.items():
        try:
            yield from adapter.validate_json(json.dumps({name: point})).items()
        except ValidationError:
            continue
