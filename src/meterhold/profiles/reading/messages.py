"""JSON messages, made into values. What is missing or of the wrong type is ``None``, never a default."""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, assert_never

from meterhold.profiles.language.points import JsonType, MqttPoint
from meterhold.profiles.pointer import walker
from meterhold.profiles.reading.values import Raw

Take = Callable[[Any], Raw | None]
"""Takes a value out of the parsed JSON of one reply."""

_PYTHON_TYPES: Mapping[JsonType, type] = {
    JsonType.BOOL: bool,
    JsonType.INTEGER: int,
    JsonType.TEXT: str,
    JsonType.LIST: list,
}


def taker(point: MqttPoint) -> Take:
    """Make the function that takes this point out of a message."""
    walk = walker(point.pointer)
    fits = _fits(point.type)
    sentinel = point.sentinel

    def take(message: Any) -> Raw | None:  # noqa: ANN401 -- whatever the device sent
        found = walk(message)
        if found is None or not fits(found) or (sentinel is not None and found == sentinel):
            return None
        value: Raw = found
        return value

    return take


def _fits(wanted: JsonType) -> Callable[[Any], bool]:
    match wanted:
        case JsonType.NUMBER:
            return _is_number
        case JsonType.INTEGER:
            return lambda value: type(value) is int
        case JsonType.TEXT:
            return lambda value: isinstance(value, str) and value != ""
        case JsonType.BOOL | JsonType.LIST:
            python_type = _PYTHON_TYPES[wanted]
            return lambda value: isinstance(value, python_type)
        case other:
            assert_never(other)


def _is_number(value: Any) -> bool:  # noqa: ANN401 -- whatever the device sent
    return type(value) is int or (type(value) is float and isfinite(value))
