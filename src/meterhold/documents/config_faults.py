"""Turns pydantic's findings on a YAML file into faults: where, on which line, and which rule."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from meterhold.domain.errors import Fault
from meterhold.yaml_text import YamlText, dotted

Path = tuple[str | int, ...]

_SECRETS = ("password", "secret", "token", "api_key", "username", "passphrase")
_KINDS = {
    "string_type": "text; put it in quotes",
    "int_type": "a whole number without quotes",
    "float_type": "a number without quotes",
    "bool_type": "true or false",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "list_type": "a list",
}


def faults_of(error: ValidationError, source: YamlText) -> list[Fault]:
    """All findings."""
    rows = error.errors(include_url=False)
    # A default that follows from a field which is wrong is no second fault.
    return [_fault(row, source) for row in rows if row["type"] != "default_factory_not_called"]


def in_file_order(faults: Iterable[Fault]) -> list[Fault]:
    """Faults as one reads the file."""
    return sorted(faults, key=lambda fault: (fault.line or 0, fault.field))


def _fault(row: ErrorDetails, source: YamlText) -> Fault:
    path = _place(row["loc"], source.data, missing=row["type"] == "missing")
    return Fault(dotted(path), _rule(row, path), line=source.line_of(path))


def _rule(row: ErrorDetails, path: Path) -> str:
    context = row.get("ctx", {})
    match row["type"]:
        case "extra_forbidden":
            return _unknown_key(str(path[-1]))
        case "missing":
            return "is required"
        case "string_pattern_mismatch":
            return f"{row['input']!r} does not have the form {context['pattern']}"
        case "literal_error" | "enum":
            return f"must be {context['expected']}, not {row['input']!r}"
        case "union_tag_invalid":
            return f"kind must be one of {context['expected_tags']}, not {context['tag']!r}"
        case "union_tag_not_found":
            return "needs a kind: 'modbus' or 'mqtt'"
        case "value_error":
            return str(context["error"])
        case kind if kind in _KINDS:
            return f"must be {_KINDS[kind]}"
        case _:
            return _lower_first(row["msg"].replace("Input should", "must"))


def _unknown_key(key: str) -> str:
    if any(word in key.lower() for word in _SECRETS):
        return (
            "a secret never stands in this file: name a file that holds it (username_file, password_file)"
            " or set it in the environment"
        )
    return "is not a key that this file knows"


def _place(loc: tuple[int | str, ...], document: Any, *, missing: bool) -> Path:  # noqa: ANN401 - a document may hold anything
    """Where in the file: pydantic's path without the names of union members and validators."""
    path: list[str | int] = []
    here = document
    for index, part in enumerate(loc):
        if _holds(here, part):
            here = here[part]
        elif index < len(loc) - 1 or not missing or not isinstance(here, Mapping):
            continue
        path.append(part)
    return tuple(path)


def _holds(here: Any, part: int | str) -> bool:  # noqa: ANN401 - the same
    if isinstance(here, Mapping):
        return part in here
    return isinstance(here, list) and isinstance(part, int) and part < len(here)


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
