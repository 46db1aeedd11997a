"""One step of a command over MQTT, for one device."""

from collections.abc import Mapping
from dataclasses import dataclass

from meterhold.domain.words import Because
from meterhold.profiles.codec import Codec, decoder
from meterhold.profiles.language.definition import MqttDefinition
from meterhold.profiles.language.mqtt_writes import Correlated, MqttWriteStep
from meterhold.profiles.language.placeholders import FRAME, Values, fill
from meterhold.profiles.language.steps import CheckStep, MqttStep
from meterhold.profiles.reading.checks import fresh_test_of_message
from meterhold.profiles.requests import ask
from meterhold.profiles.wire import ByCorrelation, Check, MqttWrite, Pause, Step


@dataclass(frozen=True, slots=True)
class Saying:
    """What one command says that another does not."""

    command: str
    """What the profile calls it."""
    number: int = 1
    values: Values | None = None
    limit: int | None = None
    """In counts."""


def mqtt_step(
    definition: MqttDefinition, codecs: Mapping[str, Codec], step: MqttStep, address: str, saying: Saying
) -> Step:
    """Make a step of a profile into what an executor takes."""
    if step.wait_s is not None:
        return Pause(step.wait_s)
    if step.check is not None:
        return _check(definition, codecs, step.check, address)
    if step.write is None:
        raise AssertionError("a step is exactly one thing")
    write = step.write
    payload = write.filled(address, _values(write, codecs, saying))
    return MqttWrite(fill(write.topic, address), payload, _correlation(write.reply, address), step.within_s)


def _values(write: MqttWriteStep, codecs: Mapping[str, Codec], saying: Saying) -> Values:
    values = saying.values or {}
    if write.encode is None:
        return values
    frame = codecs[write.encode.codec].text_for(write.encode.command or saying.command, saying.number)
    return {**values, FRAME: frame}


def _check(definition: MqttDefinition, codecs: Mapping[str, Codec], check: CheckStep, address: str) -> Check:
    point = definition.points[check.point]
    source = definition.source_of(point)
    question = ask(definition.questions[source], address)
    coded = definition.decoding_of(source)
    decode = None if coded is None else decoder(codecs[coded.codec], coded.data)
    holds = fresh_test_of_message(point, check, decode)
    says = f"{check.point} {check.says()}"
    return Check(question, holds, check.within_s, check.every_s, Because(check.because), says)


def _correlation(reply: Correlated | None, address: str) -> ByCorrelation | None:
    return None if reply is None else ByCorrelation(fill(reply.topic, address), reply.id, reply.error)
