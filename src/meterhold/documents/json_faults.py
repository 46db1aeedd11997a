"""Turns pydantic's findings on a JSON document into faults: where, and which rule. Never repeats what was sent."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from meterhold.documents.json_text import MOST_ORDER_BYTES, read_json
from meterhold.domain.errors import Fault, Malformed

_SENTENCES = {
    "missing": "is required",
    "extra_forbidden": "is not a field of this document",
    "string_type": "must be a string",
    "string_too_short": "must have at least {min_length} character(s)",
    "string_too_long": "must have at most {max_length} characters",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "frozen_set_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "too_short": "must have at least {min_length} item(s)",
    "too_long": "must have at most {max_length} items",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}
_LONGEST_NAME = 64

M = TypeVar("M", bound=BaseModel)


def read_document(text: bytes | str, model: type[M], what: str, most_bytes: int = MOST_ORDER_BYTES) -> M:
    """Parse a document of this model, or raise ``Malformed`` with all of its faults."""
    value = read_json(text, what, most_bytes)
    if not isinstance(value, dict):
        raise Malformed(what, [Fault("", "must be an object")])
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise Malformed(what, faults_of(error)) from None


def faults_of(error: ValidationError) -> list[Fault]:
    """All findings."""
    return [Fault(field_of(row["loc"]), rule_of(row)) for row in error.errors(include_url=False)]


def field_of(loc: tuple[int | str, ...]) -> str:
    """Write a place as a dotted path."""
    return ".".join(str(part)[:_LONGEST_NAME] for part in loc)


def rule_of(row: ErrorDetails) -> str:
    """Say the rule that was broken, as the rest of a sentence that begins with the field."""
    context = row.get("ctx", {})
    kind = row["type"]
    if kind in {"enum", "literal_error"}:
        allowed = _alternatives(str(context["expected"]))
        return f"must be {'one of ' if ', ' in allowed else ''}{allowed}"
    if kind == "value_error":
        return str(context["error"])
    if kind in _SENTENCES:
        return _SENTENCES[kind].format(**context)
    message = row["msg"].replace("Input should", "must")
    return message[:1].lower() + message[1:]


def _alternatives(expected: str) -> str:
    """``'a', 'b' or 'c'`` as ``a, b, c``."""
    return expected.replace(" or ", ", ").replace("'", "")
