"""Where values come from: reads that are short enough, questions and reports that bring points, clear topics."""

from collections.abc import Iterator

from meterhold.profiles.language.definition import Definition, ModbusDefinition, MqttDefinition
from meterhold.profiles.language.mqtt_writes import Message
from meterhold.profiles.language.placeholders import DEVICE, parts_in
from meterhold.profiles.language.points import ModbusPoint
from meterhold.profiles.language.references import Path, steps_of
from meterhold.profiles.language.rules.rule import Around, Problem
from meterhold.profiles.language.steps import MqttStep


def short_enough(profile: Definition, _: Around) -> Iterator[Problem]:
    """Each point fits into one read."""
    if not isinstance(profile, ModbusDefinition):
        return
    points: dict[Path, ModbusPoint] = {("points", name): point for name, point in profile.points.items()}
    if profile.settings is not None:
        points |= {("settings", "points", name): point for name, point in profile.settings.points.items()}
    for path, point in points.items():
        if point.count > profile.line.max_words:
            yield Problem(path, f"takes {point.count} words, more than max_words allows")


def asked(profile: Definition, around: Around) -> Iterator[Problem]:
    """Each point is brought by a question or a report, and each of these brings a point."""
    if not isinstance(profile, MqttDefinition):
        return
    sources = profile.sources
    if not sources:
        yield Problem(("questions",), "nothing brings values: a look needs a question or a report")
        return
    for name in profile.questions.keys() & profile.reports.keys():
        yield Problem(("reports", name), f"{name!r} is already a question")
    several = len(sources) > 1
    for name, point in profile.points.items():
        if point.question is not None and point.question not in profile.questions:
            yield Problem(("points", name, "question"), f"there is no question {point.question!r}")
        elif point.report is not None and point.report not in profile.reports:
            yield Problem(("points", name, "report"), f"there is no report {point.report!r}")
        elif point.topic_level is not None and profile.source_of(point) in profile.questions:
            if profile.questions[profile.source_of(point)].reply.id is not None:
                yield Problem(("points", name, "topic_level"), "a correlated reply comes on a topic of ours")
        elif point.question is None and point.report is None and several:
            yield Problem(("points", name), "which question or report brings it? The profile has several")
    if several and len(around.points) == len(profile.points):
        brought = {point.question or point.report for point in profile.points.values()}
        for section, named in (("questions", profile.questions), ("reports", profile.reports)):
            yield from (Problem((section, name), "no point reads it") for name in named if name not in brought)


def checked(profile: Definition, _: Around) -> Iterator[Problem]:
    """A check looks at what the device says now."""
    if not isinstance(profile, MqttDefinition):
        return
    for path, step in steps_of(profile):
        point = None if step.check is None else profile.points.get(step.check.point)
        if step.check is None or point is None:
            continue
        if point.cached:
            yield Problem((*path, "check", "point"), f"point {step.check.point!r} is cached: a check must be fresh")
        elif profile.report_of(point) is not None:
            rule = f"point {step.check.point!r} is only reported: a check must be able to ask"
            yield Problem((*path, "check", "point"), rule)


def addressed(profile: Definition, _: Around) -> Iterator[Problem]:
    """Each topic names the device itself, not only a part of its address."""
    if not isinstance(profile, MqttDefinition):
        return
    parts = 0 if profile.address is None else len(profile.address.parts)
    for path, topic in _topics(profile):
        yield from _named(path, topic, parts, must=True)
    for path, message in _messages(profile):
        for text in message.texts:
            yield from _named((*path, "payload"), text, parts, must=False)


def _named(path: Path, text: str, parts: int, *, must: bool) -> Iterator[Problem]:
    named = parts_in(text)
    if named and not parts:
        yield Problem(path, f"{{device.{named[0]}}} needs address.parts, which say what the levels of an address are")
    elif named and named[-1] >= parts:
        yield Problem(path, f"{{device.{named[-1]}}} is beyond the {parts} parts of an address")
    elif must and named and parts - 1 not in named and DEVICE not in text:
        yield Problem(path, f"does not name the device: that is the last part, {{device.{parts - 1}}}")


def _topics(profile: MqttDefinition) -> Iterator[tuple[Path, str]]:
    for name, question in profile.questions.items():
        yield ("questions", name, "topic"), question.topic
        yield ("questions", name, "reply", "topic"), question.reply.topic
    if profile.settings is not None:
        yield ("settings", "question", "topic"), profile.settings.question.topic
        yield ("settings", "question", "reply", "topic"), profile.settings.question.reply.topic
    for name, report in profile.reports.items():
        yield ("reports", name, "topic"), report.topic
    if profile.availability is not None:
        yield ("availability", "topic"), profile.availability.topic
    for n, receipt in enumerate(profile.carrier.receipts if profile.carrier is not None else ()):
        yield ("carrier", "receipts", n, "topic"), receipt.topic
    for path, step in steps_of(profile):
        if isinstance(step, MqttStep) and step.write is not None:
            yield (*path, "write", "topic"), step.write.topic
            if step.write.reply is not None:
                yield (*path, "write", "reply", "topic"), step.write.reply.topic


def _messages(profile: MqttDefinition) -> Iterator[tuple[Path, Message]]:
    for name, question in profile.questions.items():
        yield ("questions", name), question
    if profile.settings is not None:
        yield ("settings", "question"), profile.settings.question
    for path, step in steps_of(profile):
        if isinstance(step, MqttStep) and step.write is not None:
            yield (*path, "write"), step.write
