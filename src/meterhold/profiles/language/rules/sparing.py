"""What the profile itself calls forbidden is written by no command of it."""

from collections.abc import Iterator

from meterhold.profiles.language.definition import Definition, ModbusDefinition, MqttDefinition
from meterhold.profiles.language.modbus_writes import AnyWriteStep
from meterhold.profiles.language.references import Path, steps_of
from meterhold.profiles.language.rules.rule import Around, Problem
from meterhold.profiles.language.steps import ModbusStep, MqttStep


def spared(profile: Definition, _: Around) -> Iterator[Problem]:
    """No step touches what is forbidden."""
    for path, step in steps_of(profile):
        if isinstance(profile, ModbusDefinition) and isinstance(step, ModbusStep):
            for name, write in step.sends:
                yield from _registers(profile, (*path, name), write)
        elif isinstance(profile, MqttDefinition) and isinstance(step, MqttStep) and step.write is not None:
            said = set(step.write.texts)
            place = "payload" if step.write.payload is not None else "payload_text"
            for word in profile.forbidden:
                if word.word in said:
                    yield Problem((*path, "write", place), f"{word.word!r} is forbidden: {word.why}")


def _registers(profile: ModbusDefinition, path: Path, write: AnyWriteStep) -> Iterator[Problem]:
    for area in profile.forbidden:
        inside = range(max(area.address, write.address), min(area.address + area.count, write.end))
        if area.table is not write.table or not inside:
            continue
        if area.bits is None:
            yield Problem((*path, "address"), f"{write.address:#06x} is forbidden: {area.why}")
            continue
        for address in inside:
            if risked := write.may_set(address) & area.bits:
                rule = f"bits {risked:#06x} of {address:#06x} are forbidden, and must be cleared: {area.why}"
                yield Problem(path, rule)
