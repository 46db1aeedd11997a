"""Writing views as JSON. A view is a frozen dataclass; its fields, in order, are the JSON that every face shows."""

from decimal import Decimal
from typing import Any

from pydantic_core import to_json, to_jsonable_python


def render(view: Any) -> bytes:  # noqa: ANN401 - any view
    """Write a view as JSON text."""
    return to_json(view)


def plain(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Write a value as plain JSON data."""
    return to_jsonable_python(value)


def decimal_text(value: Decimal) -> str:
    """Write a number without an exponent."""
    return format(value, "f")
