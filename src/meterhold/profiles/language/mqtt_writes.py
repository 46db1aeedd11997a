"""What may be published, and what cannot be written at all.

There is no way to say a toggle, a group topic or a retained command: each of them moves a supply that nobody named, or
moves it at a time that nobody chose.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar, Literal, Self

from pydantic import JsonValue, field_validator, model_validator

from meterhold.profiles.language.base import CodecName, Part, Pointer, Text
from meterhold.profiles.language.placeholders import (
    DEVICE,
    FRAME,
    LIMIT,
    NAMES_DEVICE,
    OF_COMMAND,
    REPLY_TO,
    REQUEST_ID,
    Values,
    fill,
    payload_text,
    strange_placeholders,
)
from meterhold.profiles.language.topics import topic_faults

Payload = dict[str, JsonValue]


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
        return clean_topic(topic, may_be_ours=True)


class Message(Part):
    """What is published: a topic, and a payload in one of its forms. Never retained."""

    topic: Text
    payload: Payload | None = None
    """A JSON object. ``"{request_id}"`` alone becomes a number."""
    payload_text: str | None = None
    """A payload that is no JSON object: text as it is, also the empty one."""

    may_hold: ClassVar[tuple[str, ...]] = (DEVICE, REQUEST_ID, REPLY_TO)
    """The placeholders that a payload may have, beside the levels of an address."""

    @property
    def texts(self) -> list[str]:
        """Every text that the payload says."""
        if self.payload is not None:
            return list(texts_in(self.payload))
        text = self.payload_text or ""
        return [text, *text.replace(";", " ").split()]

    def filled(self, address: str, values: Values) -> str:
        """The payload for one device, and for one command to it."""
        if self.payload is not None:
            return payload_text(self.payload, address, values)
        return fill(self.payload_text or "", address, values)

    @field_validator("topic")
    @classmethod
    def _topic(cls, topic: str) -> str:
        return clean_topic(topic)

    @field_validator("payload")
    @classmethod
    def _payload(cls, payload: Payload | None) -> Payload | None:
        _clean_payload(texts_in(payload), cls.may_hold)
        return payload

    @field_validator("payload_text")
    @classmethod
    def _text(cls, text: str | None) -> str | None:
        _clean_payload(texts_in(text), cls.may_hold)
        return text

    @model_validator(mode="after")
    def _one_payload(self) -> Self:
        if (self.payload is None) is (self.payload_text is None):
            raise ValueError("needs exactly one of payload, payload_text")
        return self


class Encoding(Part):
    """A codec that makes the frame of a command."""

    codec: CodecName
    command: Text | None = None
    """What the codec calls it; by default as the profile does."""

    @field_validator("command")
    @classmethod
    def _names_its_state(cls, command: str | None) -> str | None:
        _refuse_toggle(texts_in(command))
        return command


class MqttWriteStep(Message):
    """One MQTT command: published once, QoS 1, never retained."""

    encode: Encoding | None = None
    """What makes ``{frame}``."""
    reply: Correlated | None = None
    """Without it only the broker's receipt can be known."""
    retain: Literal[False] = False

    may_hold: ClassVar[tuple[str, ...]] = (*Message.may_hold, *OF_COMMAND)

    @property
    def varies(self) -> bool:
        """Whether it differs from one command to the next."""
        return any(token in text for text in self.texts for token in OF_COMMAND)

    @property
    def takes_limit(self) -> bool:
        """Whether it sends what an order asks for."""
        return any(LIMIT in text for text in self.texts)

    @field_validator("retain", mode="before")
    @classmethod
    def _never_retained(cls, value: object) -> object:
        if value is not False:
            raise ValueError("a command is never retained: the broker would repeat it at every reconnect")
        return value

    @field_validator("payload", "payload_text")
    @classmethod
    def _names_its_state(cls, payload: Payload | str | None) -> Payload | str | None:
        _refuse_toggle(texts_in(payload))
        return payload

    @model_validator(mode="after")
    def _correlation(self) -> Self:
        correlate(self.texts, self.reply)
        framed = any(FRAME in text for text in self.texts)
        if framed is not (self.encode is not None):
            raise ValueError("{frame} and encode go together")
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


def correlate(texts: Iterable[str], reply: Any) -> None:  # noqa: ANN401 -- Correlated or Answer, both with an id
    """Refuse a correlated reply whose request carries no number, and the other way round."""
    numbered = any(REQUEST_ID in text for text in texts)
    if reply is not None and not numbered:
        raise ValueError("a reply with id needs {request_id} in the payload")
    if reply is None and numbered:
        raise ValueError("{request_id} in the payload needs a reply with id")


def clean_topic(topic: str, *, may_be_ours: bool = False) -> str:
    """Return the topic if it names one place of one device, or of ours."""
    names_one = NAMES_DEVICE | {REPLY_TO} if may_be_ours else NAMES_DEVICE
    faults = topic_faults(topic)
    faults += [f"{found} is no placeholder here" for found in strange_placeholders(topic, names_one)]
    if not any(token in topic for token in names_one):
        faults.append("does not name the device with {device}: it would reach others of its kind")
    if faults:
        raise ValueError("; ".join(faults))
    return topic


def _refuse_toggle(texts: Iterable[str]) -> None:
    for text in texts:
        if "toggle_after" in text.lower():
            raise ValueError(f"{text!r} lets the switch go back by itself: it cannot be written")
        if "toggle" in text.lower():
            raise ValueError(f"{text!r} is a toggle: a command must name the state it leads to")


def _clean_payload(texts: Iterable[str], may_hold: Sequence[str]) -> None:
    """Refuse whatever stands in braces and is no placeholder."""
    known = {*may_hold, *NAMES_DEVICE}
    strange = [found for text in texts for found in strange_placeholders(text, known)]
    if strange:
        raise ValueError(f"{', '.join(strange)} is no placeholder: only {', '.join(may_hold)} are")
