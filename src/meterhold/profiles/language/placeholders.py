"""What may be filled into a profile's topics and payloads; nothing else in braces may stand there.

``{device}`` (the meter's address) and ``{device.0}``, ``{device.1}`` (its levels) are filled when a request is made;
the driver fills ``{request_id}`` and ``{reply_to}`` for each request.
"""

import json
import re
from collections.abc import Collection
from typing import Any

from pydantic import JsonValue

DEVICE = "{device}"
REQUEST_ID = "{request_id}"
REPLY_TO = "{reply_to}"

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


def fill(text: str, address: str) -> str:
    """Put the meter's address, or levels of it, into a text."""
    text = text.replace(DEVICE, address)
    if "{device." in text:
        for token, level in zip(DEVICE_PARTS, address.split("/"), strict=False):
            text = text.replace(token, level)
    return text


def fill_json(value: JsonValue, address: str) -> JsonValue:
    """Put the meter's address into every text of a JSON value; nothing else is looked at."""
    match value:
        case str():
            return fill(value, address)
        case dict():
            return {fill(key, address): fill_json(inner, address) for key, inner in value.items()}
        case list():
            return [fill_json(inner, address) for inner in value]
        case _:
            return value


def payload_text(payload: dict[str, Any], address: str) -> str:
    """Write a payload as JSON text in which ``{request_id}``, where it stands alone, is a number to be."""
    text = json.dumps(fill_json(payload, address), separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.replace(f'"{REQUEST_ID}"', REQUEST_ID)
