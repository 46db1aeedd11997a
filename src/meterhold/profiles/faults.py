"""What pydantic found, said in the words of the language."""

import re
from collections.abc import Collection, Iterator
from typing import Any

from pydantic import ValidationError

from meterhold.profiles.language.base import ID_PATTERN, NAME_PATTERN, POINTER_PATTERN

_SAID = {
    "missing": "is required",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "decimal_type": "must be a number",
    "decimal_parsing": "must be a number",
    "bool_type": "must be true or false",
    "model_type": "must be a mapping",
    "model_attributes_type": "must be a mapping",
    "dict_type": "must be a mapping",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
}
_BOUNDS = {
    "greater_than_equal": ("ge", "must be at least"),
    "less_than_equal": ("le", "must be at most"),
    "greater_than": ("gt", "must be more than"),
    "less_than": ("lt", "must be less than"),
    "string_too_long": ("max_length", "characters are too many: at most"),
    "too_long": ("max_length", "has too many items: at most"),
    "enum": ("expected", "must be"),
    "literal_error": ("expected", "must be"),
}
_PATTERNS = {
    NAME_PATTERN: "must be a name of small letters, digits and _",
    ID_PATTERN: "must be a name of small letters, digits and -",
    POINTER_PATTERN: "must be a JSON pointer such as /result/output",
}
_HINTS = {
    "unit": "the unit id belongs to the meter, not to its profile; 0 would reach every meter of the line",
    "host": "a profile is a model; where a meter is belongs to the registry",
    "port": "a profile is a model; where a meter is belongs to the registry",
    "serial": "a profile is a model; whose serial it is belongs to the registry",
    "qos": "a command always goes with QoS 1",
    "guard": "write guards, a list",
    "wait": "write wait_s, in seconds",
    "toggle": "a command must name the state it leads to",
}


_ENUM_MEMBER = re.compile(r"<\w+\.\w+: ('[^']*')>")

Path = tuple[str, ...]


def explain(error: ValidationError, known: Collection[Path]) -> Iterator[tuple[Path, str]]:
    """Each finding as a path and a rule, without those that only follow from another, or from a ``known`` fault."""
    found = [
        (tuple(str(part) for part in one["loc"] if part != "[key]"), one)
        for one in error.errors(include_url=False, include_input=False)
    ]
    for path, one in found:
        beneath = [other for other, _ in found if len(other) > len(path) and other[: len(path)] == path]
        if one["type"] in {"too_short", "string_too_short"} and beneath:
            continue
        if any(path[: len(cause)] == cause or cause[: len(path)] == path for cause in known if cause):
            continue
        yield path, _rule(one["type"], one["msg"], one.get("ctx", {}), path[-1] if path else "")


def _rule(kind: str, message: str, context: dict[str, Any], key: str) -> str:
    if kind == "value_error":
        return str(context["error"])
    if kind == "extra_forbidden":
        return f"unknown key: {_HINTS[key]}" if key in _HINTS else "unknown key"
    if kind == "string_pattern_mismatch":
        return _PATTERNS[context["pattern"]]
    if kind in _BOUNDS:
        bound, said = _BOUNDS[kind]
        readable = _ENUM_MEMBER.sub(r"\1", str(context[bound])).removesuffix(".0")
        return f"{said} {readable}"
    return _SAID.get(kind, message)
