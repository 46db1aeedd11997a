"""One step of a command over Modbus, for one unit."""

from collections.abc import Mapping

from meterhold.domain.errors import NeverSent
from meterhold.domain.words import Because
from meterhold.profiles.codec import Codec, CodecFailed
from meterhold.profiles.language.definition import ModbusDefinition
from meterhold.profiles.language.modbus_writes import ComputedWriteStep
from meterhold.profiles.language.steps import CheckStep, ModbusStep
from meterhold.profiles.reading.checks import fresh_test_of_words, value_in_words
from meterhold.profiles.wire import Check, Computed, MaskedWrite, ModbusRead, ModbusWrite, Pause, Step, Table, Words

Refusals = Mapping[int, Because]
"""What a model means by its exception codes."""


def modbus_step(
    definition: ModbusDefinition,
    codecs: Mapping[str, Codec],
    step: ModbusStep,
    unit: int,
    refusals: Refusals,
    limit: int | None,
) -> Step:
    """Make a step of a profile into what an executor takes. ``limit`` is in counts."""
    if step.wait_s is not None:
        return Pause(step.wait_s)
    if step.check is not None:
        return _check(definition, step.check, unit)
    if step.masked_write is not None:
        masked = step.masked_write
        read = ModbusRead(unit, Table.HOLDING, masked.address, 1)
        return MaskedWrite(read, masked.function, masked.keep, masked.set_, refusals, step.within_s)
    if step.computed_write is not None:
        made = step.computed_write
        point = definition.points[made.point]
        read = ModbusRead(unit, point.table, point.address, point.count)
        computed = _computed(definition, codecs[made.codec], made)
        return MaskedWrite(read, made.function, 0, 0, refusals, step.within_s, computed)
    if step.write is None:
        raise AssertionError("a step is exactly one thing")
    write = step.write
    return ModbusWrite(unit, write.function, write.address, write.filled(limit), refusals, step.within_s)


def resolve(step: MaskedWrite, words: Words) -> ModbusWrite:
    """The write that changes only what is meant, given the words as they stand; raises ``NeverSent`` if none fits."""
    unit, function = step.read.unit, step.function
    if len(words.values) != step.read.count:
        raise NeverSent(Because.NO_EVIDENCE, f"unit {unit} gave {len(words.values)} words of {step.read.count}")
    if step.computed is not None:
        values = step.computed.words(words)
        return ModbusWrite(unit, function, step.computed.address, values, step.refusals, step.within_s)
    value = (words.values[0] & step.keep) | step.force
    return ModbusWrite(unit, function, step.read.address, (value,), step.refusals, step.within_s)


def _check(definition: ModbusDefinition, check: CheckStep, unit: int) -> Check:
    point = definition.points[check.point]
    read = ModbusRead(unit, point.table, point.address, point.count)
    holds = fresh_test_of_words(point, check)
    return Check(read, holds, check.within_s, check.every_s, Because(check.because), f"{check.point} {check.says()}")


def _computed(definition: ModbusDefinition, codec: Codec, made: ComputedWriteStep) -> Computed:
    take = value_in_words(definition.points[made.point])

    def words(reply: Words) -> tuple[int, ...]:
        value = take(reply)
        if value is None:
            raise NeverSent(Because.NO_EVIDENCE, f"point {made.point} has no value that {codec.name} could be given")
        try:
            return codec.words_for(value, made.words)
        except CodecFailed as error:
            raise NeverSent(Because.NO_EVIDENCE, str(error)) from error

    return Computed(made.address, words, f"{codec.name}({made.point})")
