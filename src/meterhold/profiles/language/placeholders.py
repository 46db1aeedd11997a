"""What may be filled into a profile's topics and payloads; nothing else in braces may stand there.

``{device}`` (the meter's address) and ``{device.0}``, ``{device.1}`` (its levels) are filled when a request is made;
the driver fills ``{request_id}`` and ``{reply_to}`` for each request. A command may also hold its ``{number}``, when it
``{expires_at}``, its ``{command_id}``, the ``{frame}`` that a codec makes of it, and the ``{limit}`` that it sets.
"""

import json
import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import JsonValue

DEVICE = "{device}"
REQUEST_ID = "{request_id}"
REPLY_TO = "{reply_to}"
NUMBER = "{number}"
EXPIRES_AT = "{expires_at}"
COMMAND_ID = "{command_id}"
FRAME = "{frame}"
LIMIT = "{limit}"
OF_COMMAND = (NUMBER, EXPIRES_AT, COMMAND_ID, FRAME, LIMIT)
"""What differs from one command to the next."""

Values = Mapping[str, str | int | None]
"""What stands for the placeholders of a command; ``None`` for what this one does not have."""
_NO_VALUES: Values = MappingProxyType({})

DEVICE_PARTS = tuple(f"{{device.{n}}}" for n in range(8))
"""The levels of an address that has several."""
NAMES_DEVICE = frozenset({DEVICE, *DEVICE_PARTS})

_BRACED = re.compile(r"\{[^{}]*\}?|\}")


def strange_placeholders(text: str, allowed: Collection[str]) -> list[str]:
    """Everything in braces that is not one of the allowed tokens."""
    return [found for found in _BRACED.findall(text) if found not in allowed]


def parts_in(text: str) -> list[int]:
    """Which levels of the address a text names."""
    return [n for n, token in enumerate(DEVICE_PARTS) if token in text]


def fill(text: str, address: str, values: Values = _NO_VALUES) -> str:
    """Put the meter's address, or levels of it, and the values of a command into a text."""
    text = text.replace(DEVICE, address)
    if "{device." in text:
        for token, level in zip(DEVICE_PARTS, address.split("/"), strict=False):
            text = text.replace(token, level)
    for token, value in values.items():
        text = text.replace(token, "" if value is None else str(value))
    return text


def fill_json(value: JsonValue, address: str, values: Values = _NO_VALUES) -> JsonValue:
    """Fill every text of a JSON value. A number that stands alone stays one; what there is not is left out."""
    match value:
        case str():
            alone = values.get(value)
            return alone if isinstance(alone, int) else fill(value, address, values)
        case dict():
            return {
                fill(key, address, values): fill_json(inner, address, values)
                for key, inner in value.items()
                if not _is_absent(inner, values)
            }
        case list():
            return [fill_json(inner, address, values) for inner in value if not _is_absent(inner, values)]
        case _:
            return value


def payload_text(payload: dict[str, Any], address: str, values: Values = _NO_VALUES) -> str:
    """Write a payload as JSON text in which ``{request_id}``, where it stands alone, is a number to be."""
    filled = fill_json(payload, address, values)
    text = json.dumps(filled, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.replace(f'"{REQUEST_ID}"', REQUEST_ID)


def _is_absent(value: JsonValue, values: Values) -> bool:
    return isinstance(value, str) and value in values and values[value] is None
