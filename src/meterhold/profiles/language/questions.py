"""Questions over MQTT: what is asked in a look, and how it is answered."""

from typing import Self

from pydantic import field_validator, model_validator

from meterhold.profiles.language.base import Part, Pointer, Text
from meterhold.profiles.language.placeholders import DEVICE, REPLY_TO
from meterhold.profiles.language.writes import Payload, clean_payload, clean_topic, correlate


class Answer(Part):
    """How a question is answered: with ``id`` by correlation, without by the next message on the topic."""

    topic: Text
    id: Pointer | None = None
    error: Pointer | None = None

    @field_validator("topic")
    @classmethod
    def _topic(cls, topic: str) -> str:
        return clean_topic(topic, allowed={DEVICE, REPLY_TO}, names_one={DEVICE, REPLY_TO})

    @model_validator(mode="after")
    def _either(self) -> Self:
        if self.id is None and self.error is not None:
            raise ValueError("error needs an id: an uncorrelated message refuses nothing")
        if self.id is None and REPLY_TO in self.topic:
            raise ValueError("{reply_to} needs an id: only a correlated reply goes there")
        return self


class MqttQuestion(Part):
    """A question to the device that changes nothing."""

    topic: Text
    payload: Payload
    reply: Answer
    or_latest: bool = False
    """If no answer comes, what the device last said on the reply's topic may be looked at instead."""

    @field_validator("topic")
    @classmethod
    def _topic(cls, topic: str) -> str:
        return clean_topic(topic, allowed={DEVICE}, names_one={DEVICE})

    @field_validator("payload")
    @classmethod
    def _payload(cls, payload: Payload) -> Payload:
        return clean_payload(payload)

    @model_validator(mode="after")
    def _correlation(self) -> Self:
        correlate(self.payload, self.reply if self.reply.id is not None else None)
        if self.or_latest and self.reply.id is not None:
            raise ValueError("or_latest needs a reply without id: a correlated reply has no latest")
        return self
