"""Read YAML as plain data with the line of each value, and refuse what YAML 1.1 silently turns into something else.

``off`` is False, ``16:00`` is 960 and ``010`` is 8 to YAML 1.1: each is a fault here that names what was read.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import yaml

from meterhold.domain.errors import Fault

Path = tuple[str, ...]

_PLAIN_INT = re.compile(r"[-+]?(0|[1-9][0-9]*|0x[0-9a-fA-F]+)")
_PLAIN_FLOAT = re.compile(r"[-+]?[0-9]+\.[0-9]+([eE][-+]?[0-9]+)?")
_LONGEST_NUMBER = 64
"""Python itself refuses to read or write a number of some thousand digits."""
_TAG = "tag:yaml.org,2002:"


def dotted(path: Iterable[str | int]) -> str:
    """A path as faults name it."""
    return ".".join(str(part) for part in path)


@dataclass(slots=True)
class YamlText:
    """What a text says, where it says it, and what is wrong with how it says it."""

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    faults: dict[Path, Fault] = field(default_factory=dict)

    def line_of(self, path: Iterable[str | int]) -> int | None:
        """The line of the nearest thing around this path."""
        parts = tuple(str(part) for part in path)
        for end in range(len(parts), -1, -1):
            if parts[:end] in self.lines:
                return self.lines[parts[:end]]
        return None

    def add(self, path: Path, rule: str, line: int | None = None) -> None:
        """Note a fault; the first at a place is the one that explains the others."""
        self.faults.setdefault(path, Fault(dotted(path), rule, line=line))


def read_yaml(text: str, *, nulls: bool = False, number_keys: bool = False) -> YamlText:
    """Read one YAML document; everything that is wrong with its form ends in ``faults``.

    Faults as well, unless asked for: nothing where a value could stand (``nulls``), and keys that are no text to YAML
    (``number_keys``; the data has them as text).
    """
    result = YamlText()
    try:
        # The safe loader; only its resolved nodes are used, nothing is constructed by tag.
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is not None:
            result.data = _Walk(result, nulls=nulls, number_keys=number_keys).value(root, ())
        elif not nulls:
            result.add((), "is empty")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        result.add((), f"is not YAML: {error.problem}", mark.line + 1 if mark else None)
    except yaml.YAMLError as error:
        result.add((), f"is not YAML: {' '.join(str(error).split())}")
    except RecursionError:
        result.faults[()] = Fault("", "is nested too deeply")
    return result


class _Walk:
    """Turns nodes into data, once each."""

    def __init__(self, result: YamlText, *, nulls: bool, number_keys: bool) -> None:
        self.result = result
        self.nulls = nulls
        self.number_keys = number_keys
        self.seen: set[int] = set()

    def value(self, node: yaml.Node, path: Path) -> Any:  # noqa: ANN401 -- plain data of any shape
        line = node.start_mark.line + 1
        self.result.lines.setdefault(path, line)
        if id(node) in self.seen:
            self.result.add(path, "anchors and aliases are not part of the language", line)
            return None
        self.seen.add(id(node))
        match node:
            case yaml.MappingNode() if node.tag == _TAG + "map":
                return self.mapping(node, path)
            case yaml.SequenceNode() if node.tag == _TAG + "seq":
                return [self.value(item, (*path, str(n))) for n, item in enumerate(node.value)]
            case yaml.ScalarNode():
                return self.scalar(node, path)
            case _:
                self.result.add(path, f"tag {node.tag.removeprefix(_TAG)} is not part of the language", line)
                return None

    def mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.result.add(path, f"a key must be text{' or a whole number' if self.number_keys else ''}", line)
                continue
            if key_node.value == "<<" and key_node.style is None:
                self.result.add((*path, "<<"), "merging mappings is not part of the language", line)
                continue
            if trap := self.key_trap(key_node):
                self.result.add((*path, key_node.value), f"the key {trap}", line)
                continue
            plain = _plain(key_node)
            key = str(plain) if isinstance(plain, int | str) else key_node.value
            if key in first:
                self.result.add((*path, key), f"is given twice, first on line {first[key]}", line)
                continue
            first[key] = line
            self.result.lines[*path, key] = line
            data[key] = self.value(value_node, (*path, key))
        return data

    def key_trap(self, node: yaml.ScalarNode) -> str | None:
        if trap := _trap(node):
            return trap
        if self.number_keys or node.tag == _TAG + "str":
            return None
        return f"{node.value!r} is not text to YAML: quote it"

    def scalar(self, node: yaml.ScalarNode, path: Path) -> Any:  # noqa: ANN401 -- any plain value
        if self.nulls and node.tag == _TAG + "null":
            return None
        if trap := _trap(node):
            self.result.add(path, trap, node.start_mark.line + 1)
            return None
        return _plain(node)


def _plain(node: yaml.ScalarNode) -> str | int | float | bool:
    text: str = node.value
    match node.tag.removeprefix(_TAG):
        case "int":
            return int(text, 16 if "x" in text else 10)
        case "float":
            return float(text)
        case "bool":
            return text.lower() == "true"
        case _:
            return text


def _trap(node: yaml.ScalarNode) -> str | None:
    """Say what YAML would have made of this, if it is not what the text looks like."""
    text: str = node.value
    match node.tag.removeprefix(_TAG):
        case "str":
            return None
        case "bool":
            if text.lower() in {"true", "false"}:
                return None
            meant = "true" if text.lower() in {"yes", "on", "y"} else "false"
            return f"{text!r} is read as {meant} by YAML: quote it, or write true or false"
        case "int" | "float" if len(text) > _LONGEST_NUMBER:
            return f"is read as a number by YAML, and has more than {_LONGEST_NUMBER} characters: quote it"
        case "int":
            return None if _PLAIN_INT.fullmatch(text) else _other_int(node)
        case "float":
            return None if _PLAIN_FLOAT.fullmatch(text) else f"{text!r} is not a plain decimal number: quote it"
        case "timestamp":
            return f"{text!r} is read as a date by YAML: quote it"
        case "null":
            return "has no value"
        case other:
            return f"tag {other} is not part of the language"


def _other_int(node: yaml.ScalarNode) -> str:
    try:
        number: int = yaml.SafeLoader("").construct_yaml_int(node)
    except (ValueError, IndexError):
        # Only a tag, !!int, makes a number of what does not look like one.
        return f"{node.value!r} is not a whole number"
    return f"{node.value!r} is read as the number {number} by YAML: quote it, or write that number"
