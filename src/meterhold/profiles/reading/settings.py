"""Settings as replies show them, made into text that can be compared."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from meterhold.domain.kept_settings import Setting
from meterhold.profiles.language.definition import Definition, ModbusDefinition, MqttDefinition
from meterhold.profiles.language.points import ModbusPoint, PointBase, WordType
from meterhold.profiles.language.settings import ModbusSetting, MqttSetting
from meterhold.profiles.reading import messages, registers
from meterhold.profiles.reading.merge import Span, merge
from meterhold.profiles.reading.values import Raw, number
from meterhold.profiles.wire import Document, Reply, Words

Take = Callable[[Sequence[Reply | None]], Raw | None]
"""Takes a setting out of the replies."""


@dataclass(frozen=True, slots=True)
class SettingReader:
    """How one setting is found and written."""

    name: str
    take: Take
    text: Callable[[Raw], str]
    unit: str | None

    def read(self, replies: Sequence[Reply | None]) -> Setting:
        """The setting, without a value where nothing tells it."""
        raw = self.take(replies)
        return Setting(self.name, None if raw is None else self.text(raw), self.unit)


@dataclass(frozen=True, slots=True)
class SettingsLook:
    """What is asked for the settings, and what the answers say."""

    spans: tuple[Span, ...]
    """The reads; empty for MQTT, where one question brings all."""
    readers: tuple[SettingReader, ...]

    def decode(self, replies: Sequence[Reply | None]) -> tuple[Setting, ...]:
        """Every setting in the order of the file; the replies stand in the order of the questions."""
        return tuple(reader.read(replies) for reader in self.readers)


def compile_settings(profile: Definition) -> SettingsLook | None:
    """Compile what is asked for the settings; nothing where the profile names none."""
    match profile:
        case ModbusDefinition():
            return None if profile.settings is None else _of_words(profile, profile.settings.points)
        case MqttDefinition():
            return None if profile.settings is None else _of_message(profile.settings.points)


def _of_words(profile: ModbusDefinition, points: Mapping[str, ModbusSetting]) -> SettingsLook:
    asked = (Span(point.table, point.address, point.count) for point in points.values())
    spans = merge(asked, most=profile.line.max_words, hole=profile.line.max_hole)
    readers = (SettingReader(name, _in_words(one, spans), _text_of(one), one.unit) for name, one in points.items())
    return SettingsLook(spans, tuple(readers))


def _in_words(point: ModbusPoint, spans: Sequence[Span]) -> Take:
    own = Span(point.table, point.address, point.count)
    n, span = next((n, span) for n, span in enumerate(spans) if span.holds(own))
    take = registers.taker(point, span.address)
    count = span.count

    def find(replies: Sequence[Reply | None]) -> Raw | None:
        reply = replies[n]
        return take(reply.values) if isinstance(reply, Words) and len(reply.values) == count else None

    return find


def _of_message(points: Mapping[str, MqttSetting]) -> SettingsLook:
    readers = (SettingReader(name, _in_message(one), _text_of(one), one.unit) for name, one in points.items())
    return SettingsLook((), tuple(readers))


def _in_message(point: MqttSetting) -> Take:
    take = messages.taker(point)

    def find(replies: Sequence[Reply | None]) -> Raw | None:
        (reply,) = replies
        return take(reply.value) if isinstance(reply, Document) else None

    return find


def _text_of(point: PointBase) -> Callable[[Raw], str]:
    """How a raw value is written: numbers in the unit and exact, all else as JSON has it, text without quotes."""
    exact = number(point.scale, single=isinstance(point, ModbusPoint) and point.type is WordType.F32)

    def text(raw: Raw) -> str:
        if isinstance(raw, str):
            return raw
        if isinstance(raw, bool | list):
            return json.dumps(raw, ensure_ascii=False)
        return format(exact(raw), "f")

    return text
