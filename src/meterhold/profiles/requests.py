"""What a profile asks: the questions of a look, and the topics on which a meter speaks by itself."""

from functools import lru_cache

from meterhold.profiles.addresses import require_address
from meterhold.profiles.language.definition import ModbusDefinition, MqttDefinition
from meterhold.profiles.language.placeholders import fill
from meterhold.profiles.language.questions import MqttQuestion
from meterhold.profiles.profile import Profile
from meterhold.profiles.wire import ByCorrelation, Follow, ModbusRead, MqttAsk, MqttLatest, NextMessage, Question

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
            asked = tuple(ask(question, address) for question in definition.questions.values())
            return (*asked, *_heard(definition, address))


@lru_cache(maxsize=_KEPT)
def plan_settings(profile: Profile, address: str) -> tuple[Question, ...]:
    """What to ask for this meter's settings; empty where its profile names none."""
    if profile.settings is None:
        return ()
    require_address(profile, address)
    definition = profile.definition
    if isinstance(definition, MqttDefinition) and definition.settings is not None:
        return (ask(definition.settings.question, address),)
    return tuple(ModbusRead(int(address), span.table, span.address, span.count) for span in profile.settings.spans)


@lru_cache(maxsize=_KEPT)
def plan_latest(profile: Profile, address: str) -> tuple[Question, ...]:
    """What may be looked at instead if ``plan_look`` got no answer; empty where nothing may.

    What a device last said is weaker: only cached fields with a known change count as evidence in it.
    """
    definition = profile.definition
    if not isinstance(definition, MqttDefinition):
        return ()
    questions = definition.questions.values()
    if not questions or not all(question.or_latest for question in questions):
        return ()
    require_address(profile, address)
    latest = tuple(MqttLatest(fill(question.reply.topic, address)) for question in questions)
    return (*latest, *_heard(definition, address))


@lru_cache(maxsize=_KEPT)
def follows(profile: Profile, address: str) -> tuple[Follow, ...]:
    """The topics of a meter on which it speaks by itself, and how each is kept; none for Modbus."""
    definition = profile.definition
    if not isinstance(definition, MqttDefinition):
        return ()
    require_address(profile, address)
    followed = {}
    decoders = dict(zip(definition.sources, profile.look.decoders, strict=True))
    for question in definition.questions.values():
        if question.reply.id is None:
            topic = fill(question.reply.topic, address)
            followed[topic] = Follow(topic)
    for name, report in definition.reports.items():
        topic = fill(report.topic, address)
        followed[topic] = Follow(topic, report.merge, decoders[name], report.order_by, report.order_within)
    if definition.availability is not None:
        topic = fill(definition.availability.topic, address)
        followed.setdefault(topic, Follow(topic))
    for receipt in plan_receipts(profile, address):
        followed.setdefault(receipt.topic, Follow(receipt.topic))
    return tuple(followed.values())


@lru_cache(maxsize=_KEPT)
def plan_receipts(profile: Profile, address: str) -> tuple[MqttLatest, ...]:
    """Where to look for what a carrier says of a command, for ``CarrierRules.delivered``; empty without a carrier."""
    definition = profile.definition
    if not isinstance(definition, MqttDefinition) or definition.carrier is None:
        return ()
    require_address(profile, address)
    topics = dict.fromkeys(fill(receipt.topic, address) for receipt in definition.carrier.receipts)
    return tuple(MqttLatest(topic, optional=True) for topic in topics)


def topics_to_follow(profile: Profile, address: str) -> tuple[str, ...]:
    """The topics of ``follows``."""
    return tuple(follow.topic for follow in follows(profile, address))


def ask(question: MqttQuestion, address: str) -> MqttAsk:
    """A question to one device."""
    topic, reply = fill(question.topic, address), fill(question.reply.topic, address)
    waits_for = (
        NextMessage(reply)
        if question.reply.id is None
        else ByCorrelation(reply, question.reply.id, question.reply.error)
    )
    return MqttAsk(topic, question.filled(address, {}), waits_for)


def _heard(definition: MqttDefinition, address: str) -> tuple[MqttLatest, ...]:
    """What a look takes from what the device said by itself: its reports, and last whether it is there."""
    reports = (MqttLatest(fill(report.topic, address), report.optional) for report in definition.reports.values())
    if definition.availability is None:
        return tuple(reports)
    return (*reports, MqttLatest(fill(definition.availability.topic, address), optional=True))
