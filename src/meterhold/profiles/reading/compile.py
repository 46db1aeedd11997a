"""From a definition to a look: names become positions, tests become functions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from meterhold.domain.observation import Interlock
from meterhold.domain.words import Because, Evidence, Identity, Quantity
from meterhold.profiles.codec import Codec, Decode, decoder
from meterhold.profiles.language.conditions import Condition, PointCondition
from meterhold.profiles.language.definition import Definition, ModbusDefinition, MqttDefinition
from meterhold.profiles.language.points import ModbusPoint, MqttPoint, PointBase, WordType
from meterhold.profiles.language.questions import Availability
from meterhold.profiles.language.sections import LoadSource, StateSource, VoltageSource
from meterhold.profiles.pointer import walker
from meterhold.profiles.reading import messages, registers
from meterhold.profiles.reading.conditions import Holds, classifier, holds, raw_threshold
from meterhold.profiles.reading.look import Look
from meterhold.profiles.reading.merge import Span, merge
from meterhold.profiles.reading.readers import LoadReader, PointReader, Reported, StateReader
from meterhold.profiles.reading.seen import in_message, in_topic, in_words
from meterhold.profiles.reading.values import Number, number
from meterhold.profiles.wire import Document, Reply


def compile_look(profile: Definition, codecs: Mapping[str, Codec]) -> Look:
    """Compile what a look of this profile asks and understands."""
    match profile:
        case ModbusDefinition():
            spans = planned_reads(profile)
            readers = tuple(_word_reader(point, spans) for point in profile.points.values())
            return _look(profile, profile.points, readers, spans)
        case MqttDefinition():
            fields = tuple(_field_reader(profile, point) for point in profile.points.values())
            return replace(
                _look(profile, profile.points, fields, ()),
                replies=len(profile.sources),
                questions=len(profile.questions),
                decoders=tuple(_decoders(profile, codecs)),
                offline=None if profile.availability is None else _offline(profile.availability),
            )


def planned_reads(profile: ModbusDefinition) -> tuple[Span, ...]:
    """The reads that cover all points."""
    spans = (Span(point.table, point.address, point.count) for point in profile.points.values())
    return merge(spans, most=profile.line.max_words, hole=profile.line.max_hole)


def _word_reader(point: ModbusPoint, spans: tuple[Span, ...]) -> PointReader:
    own = Span(point.table, point.address, point.count)
    reply, span = next((n, span) for n, span in enumerate(spans) if span.holds(own))
    see = in_words(registers.taker(point, span.address))
    return PointReader(reply, see, _measures(point, single=point.type is WordType.F32))


def _field_reader(profile: MqttDefinition, point: MqttPoint) -> PointReader:
    reply = profile.sources.index(profile.source_of(point))
    report = profile.report_of(point)
    merged = report is not None and report.merge
    see = (
        in_message(messages.taker(point), point.key, cached=point.cached, merged=merged)
        if point.topic_level is None
        else in_topic(point.topic_level)
    )
    return PointReader(reply, see, _measures(point, single=False), _reported(profile, point, None))


def _decoders(profile: MqttDefinition, codecs: Mapping[str, Codec]) -> Iterator[Decode | None]:
    for name in profile.sources:
        named = profile.decoding_of(name)
        yield None if named is None else decoder(codecs[named.codec], named.data)


def _reported(profile: Definition, point: PointBase, valid_within_s: float | None) -> Reported | None:
    """How long a reported point counts; a cached one goes by its changes instead."""
    if not isinstance(point, MqttPoint) or not isinstance(profile, MqttDefinition) or point.cached:
        return None
    report = profile.report_of(point)
    if report is None:
        return None
    within_s = report.valid_within_s if valid_within_s is None else valid_within_s
    return Reported(None if within_s is None else timedelta(seconds=within_s))


def _offline(availability: Availability) -> Callable[[Reply | None], datetime | None]:
    """Make the function that tells since when a device is known to be gone."""
    walk = walker(availability.pointer)
    gone = availability.offline

    def since(reply: Reply | None) -> datetime | None:
        if not isinstance(reply, Document):
            return None
        said = walk(reply.value)
        return reply.at if said == gone and isinstance(said, bool) == isinstance(gone, bool) else None

    return since


def _measures(point: PointBase, *, single: bool) -> tuple[Quantity, Number] | None:
    return None if point.quantity is None else (point.quantity, number(point.scale, single=single))


def _look(
    profile: Definition,
    points: Mapping[str, PointBase],
    readers: tuple[PointReader, ...],
    spans: tuple[Span, ...],
) -> Look:
    position = {name: n for n, name in enumerate(points)}

    def on(name: str, condition: Condition) -> tuple[int, Holds]:
        return position[name], holds(condition, points[name])

    def on_point(condition: PointCondition | None) -> tuple[int, Holds] | None:
        return None if condition is None else on(condition.point, condition)

    def alive(source: VoltageSource | None) -> tuple[int, Holds] | None:
        return None if source is None else on(source.point, Condition(above=source.above))

    def load(source: LoadSource) -> LoadReader:
        within = None if source.valid_within_s is None else timedelta(seconds=source.valid_within_s)
        reported = _reported(profile, points[source.point], source.valid_within_s)
        within = within if reported is None else reported.valid_within
        above = raw_threshold(source.above, points[source.point])
        label = f"{source.point}({Evidence.LOAD})"
        meaningful = on_point(source.meaningful_when)
        return LoadReader(position[source.point], above, within, reported is not None, meaningful, label)

    def state(source: StateSource) -> StateReader:
        point = points[source.point]
        cached = isinstance(point, MqttPoint) and point.cached
        classify = classifier(source.decode, point)
        label = f"{source.point}({source.evidence})"
        reported = _reported(profile, point, source.valid_within_s)
        return StateReader(position[source.point], cached, reported, Evidence(source.evidence), classify, label)

    named = profile.identity.point or profile.identity.register_
    return Look(
        points=readers,
        replies=1 + max(reader.reply for reader in readers),
        spans=spans,
        states=tuple(state(source) for source in profile.state),
        loads=tuple(load(source) for source in profile.load),
        load_side=alive(profile.load_side),
        supply=alive(profile.supply),
        empty_pipe=on_point(profile.empty_pipe),
        interlocks=(
            *((*on(rule.point, rule), _interlock(rule.because, rule.blocks)) for rule in profile.interlocks),
            *((*on(rule.point, rule), _interlock(rule.because, ())) for rule in profile.alarms),
        ),
        guards=tuple((*on(rule.point, rule), f"{rule.point}(guard failed)") for rule in profile.guards),
        identity=(Identity(profile.identity.strength), None if named is None else position[named]),
        registers=tuple(position[name] for name in _fingerprint_first(profile)),
    )


def _fingerprint_first(profile: Definition) -> list[str]:
    """The register that tells this meter from another leads, because the next look is compared with the first."""
    return sorted(profile.registers, key=lambda name: name != profile.identity.register_)


def _interlock(because: Because, blocks: Sequence[str]) -> Interlock:
    return Interlock(Because(because), blocks_disconnect="disconnect" in blocks, blocks_connect="connect" in blocks)
