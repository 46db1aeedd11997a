"""Carriers: what takes a command now and delivers it later, such as a LoRaWAN network server."""

from typing import Annotated

from pydantic import Field, field_validator

from meterhold.profiles.language.base import Part, Pointer, Scalar, Text
from meterhold.profiles.language.mqtt_writes import clean_topic
from meterhold.profiles.language.sections import Age


class Receipt(Part):
    """What a carrier says of a command that it took."""

    topic: Text
    pointer: Pointer
    equals: Scalar
    id: Pointer | None = None
    """Where it repeats the ``{command_id}`` that it was given."""
    delivered: bool
    """``true``: the device has the command. ``false``: the carrier has given up, and will deliver nothing later."""

    @field_validator("topic")
    @classmethod
    def _topic(cls, topic: str) -> str:
        return clean_topic(topic)


class Carrier(Part):
    """How a carrier tells what became of a command. What it says is never evidence of a state."""

    latency_s: Age
    """How long a command may wait there, and an answer take."""
    receipts: Annotated[tuple[Receipt, ...], Field(min_length=1)]
