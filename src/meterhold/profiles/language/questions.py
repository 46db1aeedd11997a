"""What is asked over MQTT, and what a device says by itself."""

from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from meterhold.profiles.language.base import CodecName, Part, Pointer, Scalar, Text
from meterhold.profiles.language.mqtt_writes import Message, clean_topic, correlate
from meterhold.profiles.language.placeholders import REPLY_TO
from meterhold.profiles.language.sections import Age


class Answer(Part):
    """How a question is answered: with ``id`` by correlation, without by the next message on the topic."""

    topic: Text
    id: Pointer | None = None
    error: Pointer | None = None

    @field_validator("topic")
    @classmethod
    def _topic(cls, topic: str) -> str:
        return clean_topic(topic, may_be_ours=True)

    @model_validator(mode="after")
    def _either(self) -> Self:
        if self.id is None and self.error is not None:
            raise ValueError("error needs an id: an uncorrelated message refuses nothing")
        if self.id is None and REPLY_TO in self.topic:
            raise ValueError("{reply_to} needs an id: only a correlated reply goes there")
        return self


class Decoding(Part):
    """A codec that makes values of a message."""

    codec: CodecName
    data: Pointer | None = None
    """Where in a JSON message the base64 text is that it decodes; the values then stand under ``/decoded``. Without it
    the codec gets the whole message, and its values are the message."""


class MqttQuestion(Message):
    """A question to the device that changes nothing."""

    reply: Answer
    decode: Decoding | None = None
    or_latest: bool = False
    """If no answer comes, what the device last said on the reply's topic may be looked at instead."""

    @model_validator(mode="after")
    def _correlation(self) -> Self:
        correlate(self.texts, self.reply if self.reply.id is not None else None)
        if self.or_latest and self.reply.id is not None:
            raise ValueError("or_latest needs a reply without id: a correlated reply has no latest")
        return self


class Report(Part):
    """A topic on which the device speaks by itself. Nobody asks for it, so its age decides what it is worth."""

    topic: Text
    merge: bool = False
    """Messages hold only what changed: each is laid over what was said before."""
    decode: Decoding | None = None
    order_by: Pointer | None = None
    """Where messages carry a number that rises: one that is not higher than the last came late, and is dropped."""
    order_within: Pointer | None = None
    """Where they name what the numbers are counted within (a session): when it changes, they begin anew."""
    optional: bool = False
    """A look goes on if nothing was ever said here."""
    valid_within_s: Age | None = None
    """How long what was said here counts as now, where no write gives a later bound."""

    @field_validator("topic")
    @classmethod
    def _topic(cls, topic: str) -> str:
        return clean_topic(topic)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.order_within is not None and self.order_by is None:
            raise ValueError("order_within needs order_by")
        return self


class Availability(Part):
    """Where the device, or its bridge on its behalf, says whether it is there."""

    topic: Text
    pointer: Pointer | None = None
    """Where in the message; without it the whole message."""
    online: Scalar
    offline: Scalar

    @field_validator("topic")
    @classmethod
    def _topic(cls, topic: str) -> str:
        return clean_topic(topic)

    @model_validator(mode="after")
    def _two_things(self) -> Self:
        if self.online == self.offline and type(self.online) is type(self.offline):
            raise ValueError("online and offline must differ")
        return self


class AddressParts(Part):
    """How a meter's address is made, where more than one name is needed to find it."""

    parts: Annotated[tuple[Text, ...], Field(min_length=1, max_length=8)]
    """What each level of the address is, for people; ``{device.0}`` stands for the first. The last names the device."""

    @model_validator(mode="after")
    def _several(self) -> Self:
        if len(self.parts) == 1:
            raise ValueError("an address of one part is what {device} stands for: leave address out")
        return self
