"""The checks between the steps of a command: a test on one point of a fresh reply."""

from collections.abc import Callable

from meterhold.profiles.language.conditions import Condition
from meterhold.profiles.language.points import ModbusPoint, MqttPoint, PointBase
from meterhold.profiles.reading import messages, registers
from meterhold.profiles.reading.conditions import holds
from meterhold.profiles.reading.seen import See, in_message, in_words
from meterhold.profiles.wire import Reply, Words


def fresh_test_of_words(point: ModbusPoint, condition: Condition) -> Callable[[Reply], bool]:
    """Test a point in the reply to a read of nothing but this point."""
    test = _fresh_test(in_words(registers.taker(point, point.address)), condition, point)
    return lambda reply: isinstance(reply, Words) and len(reply.values) == point.count and test(reply)


def fresh_test_of_message(point: MqttPoint, condition: Condition) -> Callable[[Reply], bool]:
    """Test a point in the reply to a question."""
    return _fresh_test(in_message(messages.taker(point), point.key, cached=point.cached), condition, point)


def _fresh_test(see: See, condition: Condition, point: PointBase) -> Callable[[Reply], bool]:
    meets = holds(condition, point)

    def test(reply: Reply) -> bool:
        seen = see(reply)
        return seen is not None and seen.fresh and meets(seen.raw)

    return test
