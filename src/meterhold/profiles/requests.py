"""What a profile asks: the questions of a look, and the topics on which a meter speaks by itself."""

from functools import lru_cache

from meterhold.profiles.addresses import require_address
from meterhold.profiles.language.definition import ModbusDefinition, MqttDefinition
from meterhold.profiles.language.placeholders import DEVICE, payload_text
from meterhold.profiles.language.questions import MqttQuestion
from meterhold.profiles.profile import Profile
from meterhold.profiles.wire import ByCorrelation, ModbusRead, MqttAsk, MqttLatest, NextMessage, Question

_KEPT = 8192
"""How many meters' requests are kept ready; the rest are made anew each time."""


@lru_cache(maxsize=_KEPT)
def plan_look(profile: Profile, address: str) -> tuple[Question, ...]:
    """What to ask of this meter, in as few requests as the profile allows."""
    require_address(profile, address)
    definition = profile.definition
    match definition:
        case ModbusDefinition():
            return tuple(ModbusRead(int(address), span.table, span.address, span.count) for span in profile.look.spans)
        case MqttDefinition():
            return tuple(ask(question, address) for question in definition.questions.values())


@lru_cache(maxsize=_KEPT)
def plan_latest(profile: Profile, address: str) -> tuple[Question, ...]:
    """What may be looked at instead if ``plan_look`` got no answer; empty where nothing may.

    What a device last said is weaker: only cached fields with a known change count as evidence in it.
    """
    definition = profile.definition
    if not isinstance(definition, MqttDefinition) or not all(one.or_latest for one in definition.questions.values()):
        return ()
    require_address(profile, address)
    return tuple(MqttLatest(one.reply.topic.replace(DEVICE, address)) for one in definition.questions.values())


def topics_to_follow(profile: Profile, address: str) -> tuple[str, ...]:
    """The state topics of a meter whose messages must be kept; none for Modbus and for correlated replies."""
    definition = profile.definition
    if not isinstance(definition, MqttDefinition):
        return ()
    require_address(profile, address)
    return tuple(
        dict.fromkeys(
            one.reply.topic.replace(DEVICE, address) for one in definition.questions.values() if one.reply.id is None
        )
    )


def ask(question: MqttQuestion, address: str) -> MqttAsk:
    """A question to one device."""
    topic, reply = question.topic.replace(DEVICE, address), question.reply.topic.replace(DEVICE, address)
    waits_for = (
        NextMessage(reply)
        if question.reply.id is None
        else ByCorrelation(reply, question.reply.id, question.reply.error)
    )
    return MqttAsk(topic, payload_text(question.payload, address), waits_for)
