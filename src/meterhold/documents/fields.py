"""The kinds of field that documents from outside are made of. Each refuses with a sentence."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)
_ORDER_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)
_DECIMAL = re.compile(r"\d{1,12}(\.\d{1,6})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_YEARS = range(2000, 2200)


class Strict(BaseModel):
    """No conversions, no unknown fields, no changes afterwards."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _moment(value: Any) -> datetime:  # noqa: ANN401 - a field may hold anything
    if not isinstance(value, str):
        raise ValueError("must be a time as a string, such as 2026-11-24T18:00:00+01:00")  # noqa: TRY004 - for pydantic
    match = _RFC_3339.fullmatch(value)
    if match is None:
        raise ValueError("must be an RFC 3339 time such as 2026-11-24T18:00:00+01:00")
    if match[2] is None:
        raise ValueError("must carry an offset such as Z or +01:00: a time without one names no moment")
    try:
        moment = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("names a date, time or offset that does not exist") from None
    if moment.year not in _YEARS:
        raise ValueError(f"must lie between the years {_YEARS[0]} and {_YEARS[-1]}")
    return moment


def printable(text: str) -> str:
    """Let a text without control characters and outer spaces pass."""
    if not text.isprintable():
        raise ValueError("must not hold control characters")
    if text != text.strip():
        raise ValueError("must not begin or end with a space")
    return text


def _prose(text: str) -> str:
    if not text.replace("\n", "").replace("\t", "").isprintable():
        raise ValueError("must not hold control characters")
    return text


def is_order_id(text: str) -> bool:
    """Whether this may be an order's name."""
    return _ORDER_ID.fullmatch(text) is not None


def _order_id(text: str) -> str:
    if not is_order_id(text):
        raise ValueError("must be 1 to 64 of A-Z a-z 0-9 . _ : -")
    return text


def _decimal(value: Any) -> str:  # noqa: ANN401 - a field may hold anything
    if not isinstance(value, str):
        raise ValueError('must be a decimal number in a string, such as "12.50"')  # noqa: TRY004 - for pydantic
    if not _DECIMAL.fullmatch(value):
        raise ValueError("must be a decimal number with a point, such as 12.50")
    return value


def _currency(text: str) -> str:
    if not _CURRENCY.fullmatch(text):
        raise ValueError("must be a currency of three letters such as EUR")
    return text


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "description": "RFC 3339, with an offset"}),
]
"""A moment, in UTC whatever the offset it came with."""
Name = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(printable)]
"""An identifier that somebody else chose."""
Text = Annotated[str, Field(max_length=500), AfterValidator(printable)]
Phrase = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(printable)]
"""A text that somebody will read later: it may not be empty."""
Prose = Annotated[str, Field(max_length=2000), AfterValidator(_prose)]
"""What a person wrote, perhaps in several lines."""
OrderId = Annotated[
    str,
    AfterValidator(_order_id),
    WithJsonSchema({"type": "string", "pattern": r"^[A-Za-z0-9._:-]{1,64}$"}),
]
DecimalText = Annotated[
    str,
    BeforeValidator(_decimal),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,12}(\.\d{1,6})?$"}),
]
"""A decimal as a string: a JSON number would have been through a float."""
Currency = Annotated[str, AfterValidator(_currency), WithJsonSchema({"type": "string", "pattern": r"^[A-Z]{3}$"})]
