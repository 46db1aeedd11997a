"""What every part of the language shares."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema

from meterhold.domain.words import Because

NAME_PATTERN = r"^[a-z][a-z0-9_]*$"
ID_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
POINTER_PATTERN = r"^(/([^/~]|~[01])*)+$"

Text = Annotated[str, Field(min_length=1)]
CodecName = Annotated[str, Field(pattern=NAME_PATTERN)]
"""An entry point of the group ``meterhold.codecs``."""
PointName = Annotated[str, Field(pattern=NAME_PATTERN)]
Pointer = Annotated[str, Field(pattern=POINTER_PATTERN)]
"""A JSON pointer (RFC 6901), never to the whole document."""

DeviceCause = Literal[
    Because.BATTERY_LOW,
    Because.BUS_BUSY,
    Because.DEVICE_OFFLINE,
    Because.DEVICE_REFUSED,
    Because.EMPTY_PIPE,
    Because.INTERMEDIATE_POSITION,
    Because.LOAD_SIDE_VOLTAGE,
    Because.LOAD_TOO_HIGH,
    Because.LOCAL_CONTROL,
    Because.NO_MOVEMENT,
    Because.NOT_CAPABLE,
    Because.TEMPERATURE,
    Because.TRIPPED,
]
"""The causes that a device can give; all others are the gateway's."""


class Part(BaseModel):
    """A part of a profile: frozen, strict, and unknown keys are errors."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True, allow_inf_nan=False
    )


class Wire(StrEnum):
    """What carries commands to the meter."""

    MODBUS = "modbus"
    MQTT = "mqtt"


class Kind(StrEnum):
    """What sort of value a point has: decides which tests fit it."""

    WHOLE = "a whole number"
    REAL = "a number"
    TEXT = "text"
    FLAG = "true or false"
    LIST = "a list"


def _scalar(value: object) -> object:
    """Accept true/false, a whole number or text; a float is never compared for equality."""
    if isinstance(value, bool | int | str):
        return value
    raise ValueError("must be true, false, a whole number or text")


Scalar = Annotated[
    bool | int | str,
    PlainValidator(_scalar),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "integer"}, {"type": "string"}]}),
]


def kind_of(value: bool | int | str) -> Kind:  # noqa: FBT001 -- the value under test, not a switch
    """Tell which kind of point a literal can equal."""
    match value:
        case bool():
            return Kind.FLAG
        case int():
            return Kind.WHOLE
        case str():
            return Kind.TEXT
