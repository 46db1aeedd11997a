"""Which raw value each point must have so that a profile reads a situation as meant."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from meterhold.domain.errors import Fault, Malformed
from meterhold.domain.words import Quantity, SupplyState
from meterhold.profiles import Profile
from meterhold.profiles.language.base import Kind
from meterhold.profiles.language.conditions import Condition
from meterhold.profiles.language.points import ModbusPoint, MqttPoint, PointBase, WordType
from meterhold.profiles.reading.conditions import classifier, holds, raw_threshold

Raws = Mapping[str, Any]
"""Each point's raw value, by name."""

_TYPICAL = {
    Quantity.ENERGY_IMPORT_KWH: 1234.5,
    Quantity.ENERGY_TOTAL_KWH: 1234.5,
    Quantity.VOLTAGE_V: 230,
    Quantity.CURRENT_A: 2.5,
    Quantity.POWER_W: 500,
    Quantity.FREQUENCY_HZ: 50,
    Quantity.VOLUME_M3: 318.2,
    Quantity.FLOW_M3_H: 0.4,
    Quantity.PRESSURE_MPA: 0.3,
    Quantity.TEMPERATURE_C: 20,
    Quantity.BATTERY_V: 3.6,
    Quantity.BATTERY_PERCENT: 90,
}
_DIGITS = "12345678" * 32
_SERIAL = 12345
_MOST_CANDIDATES = 4000


class Shown(StrEnum):
    """What the device says of its supply."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    MOVING = "moving"


class Situation(NamedTuple):
    """What the device says, and whether supply reaches the customer."""

    shown: Shown
    fed: bool


@dataclass(slots=True)
class _Wanted:
    """What one place on the wire must be like; several points may stand there."""

    point: PointBase
    tests: list[Callable[[Any], bool]] = field(default_factory=list)
    tried_first: list[Any] = field(default_factory=list)
    masks: list[tuple[int, int]] = field(default_factory=list)

    def must(self, condition: Condition, *, hold: bool = True) -> None:
        """Let a condition hold, or not."""
        test = holds(condition, self.point)
        self.tests.append(test if hold else lambda raw: not test(raw))
        self.suggest(condition, hold=hold)

    def suggest(self, condition: Condition, *, hold: bool = True) -> None:
        """Try what meets a condition, or fails it."""
        if condition.mask is not None:
            value = condition.mask if condition.value is None else condition.value
            others = [(condition.mask, 0), (condition.mask, condition.mask), (condition.mask, value ^ (value & -value))]
            self.masks += [(condition.mask, value)] if hold else others
        elif hold:
            self.tried_first += _meeting(condition, self.point)

    def candidates(self) -> Iterator[Any]:
        """Values to try: what conditions name, with bits as masks want them."""
        # With more than one mask on a word, each bit pattern is laid over all that was found before.
        found = [*self.tried_first, *_plain(self.point)]
        if self.point.kind is Kind.WHOLE:
            for mask, value in (*self.masks, *self.masks):
                found += [(one & ~mask) | value for one in found if isinstance(one, int)]
                found = found[:_MOST_CANDIDATES]
        yield from found

    def solved(self) -> Any:  # noqa: ANN401 - a raw value
        """The first value that is as wanted; nothing where none is."""
        sentinel = self.point.sentinel
        return next(
            (raw for raw in self.candidates() if raw != sentinel and all(test(raw) for test in self.tests)), None
        )


def solve(profile: Profile) -> dict[Situation, Raws]:
    """The raw values of every situation; ``Malformed`` names each point for which there are none."""
    solved: dict[Situation, Raws] = {}
    faults: list[Fault] = []
    for situation in _situations(profile):
        raws, missing = _solve(profile, situation)
        solved[situation] = raws
        shown = f"{situation.shown}, {'with' if situation.fed else 'without'} load"
        faults += [Fault(f"points.{name}", f"no value was found that means: {shown}") for name in missing]
    if faults:
        raise Malformed(f"a simulator of {profile.name}", faults)
    return solved


def _situations(profile: Profile) -> list[Situation]:
    shown = [Shown.CONNECTED, Shown.DISCONNECTED]
    if any(test.state is SupplyState.MOVING for source in profile.definition.state for test in source.decode):
        shown.append(Shown.MOVING)
    return [Situation(one, fed) for one in shown for fed in (True, False)]


def _solve(profile: Profile, situation: Situation) -> tuple[Raws, list[str]]:
    places: dict[object, _Wanted] = {}
    points: Mapping[str, PointBase] = profile.definition.points
    at = {name: places.setdefault(_place(point), _Wanted(point)) for name, point in points.items()}
    _ask_for_state(profile, situation, at)
    _ask_for_sides(profile, situation, at)
    _ask_for_peace(profile, at)
    raws = {name: wanted.solved() for name, wanted in at.items()}
    return raws, [name for name, raw in raws.items() if raw is None]


def _ask_for_state(profile: Profile, situation: Situation, at: Mapping[str, _Wanted]) -> None:
    state = SupplyState(situation.shown)
    for source in profile.definition.state:
        wanted = at[source.point]
        meeting = [test for test in source.decode if test.state is state]
        if meeting:
            classify = classifier(source.decode, wanted.point)
            wanted.tests.append(_leads_to(state, classify))
            for test in meeting:
                wanted.suggest(test)


def _leads_to(state: SupplyState, classify: Callable[[Any], SupplyState]) -> Callable[[Any], bool]:
    return lambda raw: classify(raw) is state


def _more_than(limit: float) -> Callable[[Any], bool]:
    return lambda raw: bool(raw > limit)


def _at_most(limit: float) -> Callable[[Any], bool]:
    return lambda raw: bool(abs(raw) <= limit)


def _ask_for_sides(profile: Profile, situation: Situation, at: Mapping[str, _Wanted]) -> None:
    """Load and voltage behind the switch only while it is fed, voltage before it always."""
    definition = profile.definition
    sides = [(source.point, source.above, situation.fed) for source in definition.load]
    if definition.load_side is not None:
        sides.append((definition.load_side.point, definition.load_side.above, situation.fed))
    if definition.supply is not None:
        sides.append((definition.supply.point, definition.supply.above, True))
    for name, above, alive in sides:
        wanted, limit = at[name], raw_threshold(above, at[name].point)
        if alive:
            wanted.tests.append(_more_than(limit))
            wanted.tried_first += [*_plain(wanted.point)[:1], *_meeting(Condition(above=above), wanted.point)]
        else:
            wanted.tests.append(_at_most(limit))
            wanted.tried_first.append(0 if wanted.point.kind is Kind.WHOLE else 0.0)


def _ask_for_peace(profile: Profile, at: Mapping[str, _Wanted]) -> None:
    """Nothing is locked, tripped, empty or strange."""
    definition = profile.definition
    if (who := definition.identity.point) is not None and at[who].point.kind is Kind.WHOLE:
        at[who].tried_first.append(_SERIAL)
    for guard in definition.guards:
        at[guard.point].must(guard)
    for source in definition.load:
        if source.meaningful_when is not None:
            at[source.meaningful_when.point].must(source.meaningful_when)
    if definition.empty_pipe is not None:
        at[definition.empty_pipe.point].must(definition.empty_pipe, hold=False)
    for rule in (*definition.interlocks, *definition.alarms):
        at[rule.point].must(rule, hold=False)


def _place(point: PointBase) -> object:
    """Where a value stands, so that two names of one place get one value."""
    if isinstance(point, ModbusPoint):
        return (point.table, point.address, point.type, point.order, point.words, point.scale)
    if isinstance(point, MqttPoint):
        return (point.question, point.report, point.pointer, point.topic_level, point.type, point.scale)
    raise AssertionError(f"{point!r} is of no wire")


def _meeting(condition: Condition, point: PointBase) -> list[Any]:
    """Values that meet a condition."""
    if condition.equals is not None:
        return [condition.equals]
    if condition.contains is not None:
        return [[condition.contains]]
    if condition.limits is not None:
        least, most = (raw_threshold(limit, point) for limit in condition.limits)
        return [_number((least + most) / 2, point)]
    if condition.above is not None:
        return [_number(raw_threshold(condition.above, point) * 2 + 1, point)]
    if condition.below is not None:
        return [_number(raw_threshold(condition.below, point) - 1, point)]
    return []


def _number(value: float, point: PointBase) -> int | float:
    return int(value) if point.kind is Kind.WHOLE else value


def _plain(point: PointBase) -> list[Any]:
    """What a point may be when nothing is asked of it: a typical value, then zero and other small ones."""
    match point.kind:
        case Kind.FLAG:
            return [False, True]
        case Kind.LIST:
            return [[]]
        case Kind.TEXT:
            return [_text(point)]
        case _:
            typical = _TYPICAL.get(point.quantity, 0) if point.quantity is not None else 0
            scaled = float(Decimal(str(typical)) / (point.scale or 1))
            return [_number(value, point) for value in (scaled, 0, 1, 2, 3, 4, 5)]


def _text(point: PointBase) -> str:
    if isinstance(point, ModbusPoint):
        return _DIGITS[: point.count * (4 if point.type is WordType.HEX else 2)]
    return "derived-1"
