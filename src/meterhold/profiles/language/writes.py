"""Writes: what may go to a device, and what cannot be written at all.

There is no way to say a toggle, a broadcast, a group topic or a retained command: each of them moves a supply that
nobody named, or moves it at a time that nobody chose.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import Field, JsonValue, ValidationInfo, field_validator, model_validator

from meterhold.profiles.language.base import Part, Pointer, Text
from meterhold.profiles.language.placeholders import DEVICE, REPLY_TO, REQUEST_ID, strange_placeholders
from meterhold.profiles.language.points import ADDRESSES, Address, refuse_manual_number
from meterhold.profiles.language.topics import topic_faults
from meterhold.profiles.wire import Table

_SINGLE = frozenset({5, 6})
_COILS = frozenset({5, 15})
_ALL_BITS = 0xFFFF

Payload = dict[str, JsonValue]
Bits = Annotated[int, Field(ge=0, le=_ALL_BITS)]


class ModbusWriteStep(Part):
    """One Modbus write, with exactly this function."""

    function: Literal[5, 6, 15, 16]
    """5 and 15 write coils, 6 and 16 holding registers; 5 and 6 write exactly one."""
    address: Address
    values: Annotated[tuple[Annotated[int, Field(ge=0, lt=0x10000)], ...], Field(min_length=1, max_length=123)]
    """Registers as they are; coils as 0 or 1 (function 5 sends ``FF00`` for 1)."""

    @property
    def table(self) -> Table:
        """Which table it writes to."""
        return Table.COIL if self.function in _COILS else Table.HOLDING

    @property
    def end(self) -> int:
        """The first address behind what it writes."""
        return self.address + len(self.values)

    def may_set(self, address: int) -> int:
        """The bits that it may leave as 1 at an address that it writes."""
        return self.values[address - self.address]

    @field_validator("address")
    @classmethod
    def _from_zero(cls, address: int, info: ValidationInfo) -> int:
        registers = info.data.get("function") in {6, 16}
        return refuse_manual_number(Table.HOLDING, address) if registers else address

    @model_validator(mode="after")
    def _shape(self) -> Self:
        if self.function in _SINGLE and len(self.values) != 1:
            raise ValueError(f"function {self.function} writes exactly one value")
        if self.function in _COILS and any(value > 1 for value in self.values):
            raise ValueError("coils are written as 0 or 1")
        if self.address + len(self.values) > ADDRESSES:
            raise ValueError("reaches beyond the last address")
        return self


class MaskedWriteStep(Part):
    """Read one holding register, change some of its bits, write it back. Every bit is named once."""

    function: Literal[6, 16]
    address: Address
    set_: Annotated[Bits, Field(alias="set")] = 0
    """These bits become 1."""
    clear: Bits = 0
    """These bits become 0."""
    keep: Bits = 0
    """These bits go back as they were read."""

    @property
    def table(self) -> Table:
        """Which table it writes to."""
        return Table.HOLDING

    @property
    def end(self) -> int:
        """The first address behind what it writes."""
        return self.address + 1

    def may_set(self, _: int) -> int:
        """The bits that it may leave as 1."""
        return self.set_ | self.keep

    @field_validator("address")
    @classmethod
    def _from_zero(cls, address: int) -> int:
        return refuse_manual_number(Table.HOLDING, address)

    @model_validator(mode="after")
    def _each_bit_once(self) -> Self:
        twice = (self.set_ & self.clear) | (self.set_ & self.keep) | (self.clear & self.keep)
        if twice:
            raise ValueError(f"bits {twice:#06x} stand in more than one of set, clear, keep")
        missing = _ALL_BITS & ~(self.set_ | self.clear | self.keep)
        if missing:
            raise ValueError(f"bits {missing:#06x} stand in none of set, clear, keep: say what becomes of each bit")
        if not self.set_ | self.clear:
            raise ValueError("neither sets nor clears a bit")
        return self


class Correlated(Part):
    """A reply that carries the number of its request."""

    topic: Text
    id: Pointer
    """Where the reply repeats ``{request_id}``."""
    error: Pointer | None = None
    """Where the device puts its own refusal."""

    @field_validator("topic")
    @classmethod
    def _topic(cls, topic: str) -> str:
        return clean_topic(topic, allowed={DEVICE, REPLY_TO}, names_one={DEVICE, REPLY_TO})


class MqttWriteStep(Part):
    """One MQTT command: published once, QoS 1, never retained."""

    topic: Text
    payload: Payload
    """A JSON object. ``"{request_id}"`` alone becomes a number."""
    reply: Correlated | None = None
    """Without it only the broker's receipt can be known."""
    retain: Literal[False] = False

    @field_validator("topic")
    @classmethod
    def _topic(cls, topic: str) -> str:
        return clean_topic(topic, allowed={DEVICE}, names_one={DEVICE})

    @field_validator("retain", mode="before")
    @classmethod
    def _never_retained(cls, value: object) -> object:
        if value is not False:
            raise ValueError("a command is never retained: the broker would repeat it at every reconnect")
        return value

    @field_validator("payload")
    @classmethod
    def _payload(cls, payload: Payload) -> Payload:
        for text in texts_in(payload):
            if "toggle_after" in text.lower():
                raise ValueError(f"{text!r} lets the switch go back by itself: it cannot be written")
            if "toggle" in text.lower():
                raise ValueError(f"{text!r} is a toggle: a command must name the state it leads to")
        return clean_payload(payload)

    @model_validator(mode="after")
    def _correlation(self) -> Self:
        correlate(self.payload, self.reply)
        return self


def texts_in(value: JsonValue) -> Iterator[str]:
    """Every key and every text of a JSON value."""
    match value:
        case str():
            yield value
        case dict():
            for key, inner in value.items():
                yield key
                yield from texts_in(inner)
        case list():
            for inner in value:
                yield from texts_in(inner)
        case _:
            return


def correlate(payload: Payload, reply: Any) -> None:  # noqa: ANN401 -- Correlated or Answer, both with an id
    """Refuse a correlated reply whose request carries no number, and the other way round."""
    numbered = any(REQUEST_ID in text for text in texts_in(payload))
    if reply is not None and not numbered:
        raise ValueError("a reply with id needs {request_id} in the payload")
    if reply is None and numbered:
        raise ValueError("{request_id} in the payload needs a reply with id")


def clean_topic(topic: str, *, allowed: set[str], names_one: set[str]) -> str:
    """Return the topic if it names one place of one device."""
    faults = topic_faults(topic)
    faults += [f"{found} is no placeholder here" for found in strange_placeholders(topic, allowed)]
    if not any(token in topic for token in names_one):
        faults.append("does not name the device with {device}: it would reach others of its kind")
    if faults:
        raise ValueError("; ".join(faults))
    return topic


def clean_payload(payload: Payload) -> Payload:
    """Return the payload if nothing but the known placeholders stands in it."""
    known = {DEVICE, REQUEST_ID, REPLY_TO}
    strange = [found for text in texts_in(payload) for found in strange_placeholders(text, known)]
    if strange:
        raise ValueError(f"{', '.join(strange)} is no placeholder: only {{device}}, {{request_id}}, {{reply_to}} are")
    return payload
