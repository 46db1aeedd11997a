"""The checks between the steps of a command: a test on one point of a fresh reply."""

from collections.abc import Callable
from dataclasses import replace

from meterhold.profiles.codec import CodecFailed, Decode
from meterhold.profiles.language.conditions import Condition
from meterhold.profiles.language.points import ModbusPoint, MqttPoint, PointBase
from meterhold.profiles.reading import messages, registers
from meterhold.profiles.reading.conditions import holds
from meterhold.profiles.reading.seen import See, in_message, in_words
from meterhold.profiles.wire import Document, Reply, Words


def fresh_test_of_words(point: ModbusPoint, condition: Condition) -> Callable[[Reply], bool]:
    """Test a point in the reply to a read of nothing but this point."""
    test = _fresh_test(in_words(registers.taker(point, point.address)), condition, point)
    return lambda reply: isinstance(reply, Words) and len(reply.values) == point.count and test(reply)


def fresh_test_of_message(point: MqttPoint, condition: Condition, decode: Decode | None) -> Callable[[Reply], bool]:
    """Test a point in the reply to a question."""
    test = _fresh_test(in_message(messages.taker(point), point.key, cached=point.cached), condition, point)
    if decode is None:
        return test

    def decode_and_test(reply: Reply) -> bool:
        try:
            return isinstance(reply, Document) and test(replace(reply, value=decode(reply.value)))
        except CodecFailed:
            return False

    return decode_and_test


def _fresh_test(see: See, condition: Condition, point: PointBase) -> Callable[[Reply], bool]:
    meets = holds(condition, point)

    def test(reply: Reply) -> bool:
        seen = see(reply)
        return seen is not None and seen.fresh and meets(seen.raw)

    return test


def value_in_words(point: ModbusPoint) -> Callable[[Words], object]:
    """Make the function that takes a point out of the reply to a read of nothing but it; ``None`` if it has none."""
    take = registers.taker(point, point.address)
    return lambda words: take(words.values) if len(words.values) == point.count else None
