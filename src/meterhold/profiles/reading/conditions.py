"""Conditions made into functions."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from meterhold.domain.words import SupplyState
from meterhold.profiles.language.conditions import Condition
from meterhold.profiles.language.points import PointBase
from meterhold.profiles.language.sections import StateTest

Holds = Callable[[Any], bool]
"""Whether a raw value (never ``None``) meets a condition."""


def holds(condition: Condition, point: PointBase) -> Holds:
    """Make a condition on this point into a function of its raw value."""
    if condition.equals is not None:
        equals = condition.equals
        return lambda raw: bool(raw == equals)
    if condition.mask is not None:
        mask, value = condition.mask, condition.mask if condition.value is None else condition.value
        return lambda raw: bool(raw & mask == value)
    if condition.above is not None:
        more_than = raw_threshold(condition.above, point)
        return lambda raw: bool(raw > more_than)
    if condition.below is not None:
        less_than = raw_threshold(condition.below, point)
        return lambda raw: bool(raw < less_than)
    if condition.limits is not None:
        least, most = (raw_threshold(limit, point) for limit in condition.limits)
        return lambda raw: bool(least <= raw <= most)
    contained = condition.contains
    return lambda raw: contained in raw


def raw_threshold(threshold: Decimal, point: PointBase) -> float:
    """A threshold in raw counts: dividing once here saves scaling every value that is only compared."""
    return float(threshold if point.scale is None else threshold / point.scale)


def classifier(tests: tuple[StateTest, ...], point: PointBase) -> Callable[[Any], SupplyState]:
    """Make ordered tests into a function: the first that holds decides, and what none matches is unknown."""
    compiled = tuple((holds(test, point), SupplyState(test.state)) for test in tests)

    def classify(raw: Any) -> SupplyState:  # noqa: ANN401 -- the point's raw value
        for matches, state in compiled:
            if matches(raw):
                return state
        return SupplyState.UNKNOWN

    return classify
