"""YAML as people mean it: what YAML 1.1 quietly turns into something else is a fault, with its line.

``off`` is not false, ``16:00`` is not 960, ``010`` is not 8, a key that stands twice is not the last one, and a date
is not a string: each of these has moved a setting that looked right. Anchors, aliases and tags are refused.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from meterhold.domain.errors import Fault, Malformed

Path = tuple[str | int, ...]

_PLAIN_BOOLS = {"true", "false"}
_SEXAGESIMAL = re.compile(r"[-+]?\d+(?::[0-5]?\d)+(?:\.\d*)?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+")
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class YamlText:
    """A document with the line on which each of its parts begins."""

    value: Any
    lines: Mapping[Path, int]

    def line(self, path: Path) -> int | None:
        """The line of a part, or of the nearest part around it that exists."""
        return next((self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines), None)


def read_yaml(text: str, name: str) -> YamlText:
    """Parse one document, or raise ``Malformed`` with all that is wrong with it as YAML."""
    try:
        # The safe loader; only its resolved nodes are used, nothing is constructed by tag.
        node = yaml.compose(text, Loader=yaml.SafeLoader)  # type: ignore[no-untyped-call,unused-ignore]
        aliases = [event for event in yaml.parse(text, Loader=yaml.SafeLoader) if isinstance(event, yaml.AliasEvent)]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        rule = f"is not YAML: {reason}"
        raise Malformed(name, [Fault("", rule, line=None if mark is None else mark.line + 1)]) from error
    except RecursionError:
        raise Malformed(name, [Fault("", "is nested too deeply")]) from None
    faults = [
        Fault("", "aliases are not supported: write the value out", line=event.start_mark.line + 1)
        for event in aliases
        if event.start_mark is not None
    ]
    if faults:
        raise Malformed(name, faults)
    reader = _Reader()
    value = None if node is None else reader.read(node, ())
    if reader.faults:
        raise Malformed(name, reader.faults)
    return YamlText(value, reader.lines)


@dataclass(slots=True)
class _Reader:
    """Walks the nodes and collects lines and faults."""

    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def read(self, node: yaml.Node, path: Path) -> Any:  # noqa: ANN401 - a document may hold anything
        """Return what a node says."""
        self.lines[path] = node.start_mark.line + 1
        match node:
            case yaml.MappingNode():
                return dict(self._pairs(node, path))
            case yaml.SequenceNode():
                return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
            case yaml.ScalarNode():
                return self._scalar(node, path)
        self._fault(path, node, "is nothing that this file may hold")
        return None

    def _pairs(self, node: yaml.MappingNode, path: Path) -> Iterator[tuple[str, Any]]:
        seen: set[str] = set()
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key_node.tag != f"{_TAG}str":
                self._fault((*path, key), key_node, f"the key {key!r} is not text to YAML: put it in quotes")
            if key in seen:
                self._fault((*path, key), key_node, "stands here twice")
            seen.add(key)
            value = self.read(value_node, (*path, key))
            self.lines[*path, key] = key_node.start_mark.line + 1
            yield key, value

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> Any:  # noqa: ANN401 - a scalar may be of any kind
        text = str(node.value)
        match node.tag.removeprefix(_TAG):
            case "str":
                return text
            case "null":
                return None
            case "bool":
                if text.lower() not in _PLAIN_BOOLS:
                    rule = f"YAML reads {text} as true or false: write true or false, or put it in quotes"
                    self._fault(path, node, rule)
                return text.lower() == "true"
            case "int" | "float" as kind:
                if _SEXAGESIMAL.fullmatch(text):
                    self._fault(path, node, f"YAML reads {text} as a number of base 60: put it in quotes")
                elif _LEADING_ZERO.fullmatch(text):
                    self._fault(path, node, f"YAML reads {text} as an octal number: put it in quotes, or drop the 0")
                else:
                    return int(text.replace("_", ""), 0) if kind == "int" else _float(text)
                return None
            case "timestamp":
                self._fault(path, node, f"YAML reads {text} as a date: put it in quotes")
            case tag:
                self._fault(path, node, f"the tag {tag} is not supported")
        return None

    def _fault(self, path: Path, node: yaml.Node, rule: str) -> None:
        self.faults.append(Fault(dotted(path), rule, line=node.start_mark.line + 1))


def _float(text: str) -> float:
    """A float as YAML spells it, ``.inf`` and ``.nan`` included."""
    return float(re.sub(r"^([-+]?)\.(inf|nan)$", r"\1\2", text.replace("_", "").lower()))


def dotted(path: Path) -> str:
    """A path as faults name it."""
    return ".".join(str(part) for part in path)
