"""What pydantic found, said in the words of the language."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

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
    "string_pattern_mismatch": ("pattern", "must match"),
    "enum": ("expected", "must be"),
    "literal_error": ("expected", "must be"),
}
_HINTS = {
    "unit": "the unit id belongs to the meter, not to its profile; 0 would reach every meter of the line",
    "host": "a profile is a model; where a meter is belongs to the registry",
    "port": "a profile is a model; where a meter is belongs to the registry",
    "serial": "a profile is a model; whose serial it is belongs to the registry",
    "qos": "a command always goes with QoS 1",
    "restrict": "restricting is not part of the language yet",
    "arm": "arming is not part of the language yet",
    "wait": "waiting steps are not part of the language yet",
    "check": "checking steps are not part of the language yet",
}


def explain(error: ValidationError) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each finding as a path and a rule."""
    for found in error.errors(include_url=False, include_input=False):
        path = tuple(str(part) for part in found["loc"] if part != "[key]")
        yield path, _rule(found["type"], found["msg"], found.get("ctx", {}), path[-1] if path else "")


def _rule(kind: str, message: str, context: dict[str, Any], key: str) -> str:
    if kind == "value_error":
        return str(context["error"])
    if kind == "extra_forbidden":
        return f"unknown key: {_HINTS[key]}" if key in _HINTS else "unknown key"
    if kind in _BOUNDS:
        bound, said = _BOUNDS[kind]
        return f"{said} {context[bound]}"
    return _SAID.get(kind, message)
