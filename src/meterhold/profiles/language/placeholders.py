"""The only three things that may be filled into a profile's topics and payloads.

``{device}`` is filled from the registry when a request is made; the driver fills the other two for each request.
"""

import json
import re
from collections.abc import Collection
from typing import Any

from pydantic import JsonValue

DEVICE = "{device}"
REQUEST_ID = "{request_id}"
REPLY_TO = "{reply_to}"

_BRACED = re.compile(r"\{[^{}]*\}?|\}")


def strange_placeholders(text: str, allowed: Collection[str]) -> list[str]:
    """Everything in braces that is not one of the allowed tokens."""
    return [found for found in _BRACED.findall(text) if found not in allowed]


def fill_device(value: JsonValue, device: str) -> JsonValue:
    """Put the device's own name into every text of a JSON value; nothing else is looked at."""
    match value:
        case str():
            return value.replace(DEVICE, device)
        case dict():
            return {key.replace(DEVICE, device): fill_device(inner, device) for key, inner in value.items()}
        case list():
            return [fill_device(inner, device) for inner in value]
        case _:
            return value


def payload_text(payload: dict[str, Any], device: str) -> str:
    """Write a payload as JSON text in which ``{request_id}``, where it stands alone, is a number to be."""
    text = json.dumps(fill_device(payload, device), separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.replace(f'"{REQUEST_ID}"', REQUEST_ID)
