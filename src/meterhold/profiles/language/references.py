"""Where sections name points, and whether what they say of a point fits it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from meterhold.profiles.language.commands import TARGETS, Command
from meterhold.profiles.language.conditions import Condition, PointCondition
from meterhold.profiles.language.definition import Definition
from meterhold.profiles.language.sections import VoltageSource
from meterhold.profiles.language.steps import ModbusStep, MqttStep

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """One place that names a point, with the test that it makes on it."""

    path: Path
    """Where the point's name stands."""
    name: str
    tests: tuple[tuple[Path, Condition], ...] = ()


def steps_of(profile: Definition) -> Iterator[tuple[Path, ModbusStep | MqttStep]]:
    """Every step of every command, with where it stands."""
    for name in (*TARGETS, "withdraw"):
        command: Command | None = getattr(profile.commands, name)
        if command is not None:
            steps: Sequence[ModbusStep | MqttStep] = command.steps
            for n, step in enumerate(steps):
                yield ("commands", name, "steps", n), step


def _identity(profile: Definition) -> Iterator[Reference]:
    if profile.identity.point is not None:
        yield Reference(("identity", "point"), profile.identity.point)
    if profile.identity.register_ is not None:
        yield Reference(("identity", "register"), profile.identity.register_)


def _state(profile: Definition) -> Iterator[Reference]:
    for n, source in enumerate(profile.state):
        tests = tuple((("state", n, "decode", m), test) for m, test in enumerate(source.decode))
        yield Reference(("state", n, "point"), source.point, tests)


def _load(profile: Definition) -> Iterator[Reference]:
    for n, load in enumerate(profile.load):
        yield Reference(("load", n, "point"), load.point, ((("load", n, "above"), Condition(above=load.above)),))
        when = load.meaningful_when
        if when is not None:
            path: Path = ("load", n, "meaningful_when")
            yield Reference((*path, "point"), when.point, ((path, when),))


def _voltage(section: str, source: VoltageSource | None) -> Iterator[Reference]:
    if source is not None:
        yield Reference((section, "point"), source.point, (((section, "above"), Condition(above=source.above)),))


def _conditions(section: str, conditions: Sequence[PointCondition]) -> Iterator[Reference]:
    for n, condition in enumerate(conditions):
        yield Reference((section, n, "point"), condition.point, (((section, n), condition),))


def _empty_pipe(profile: Definition) -> Iterator[Reference]:
    if profile.empty_pipe is not None:
        yield Reference(("empty_pipe", "point"), profile.empty_pipe.point, ((("empty_pipe",), profile.empty_pipe),))


def _registers(profile: Definition) -> Iterator[Reference]:
    for n, name in enumerate(profile.registers):
        yield Reference(("registers", n), name)


def _commands(profile: Definition) -> Iterator[Reference]:
    for path, step in steps_of(profile):
        if step.check is not None:
            yield Reference((*path, "check", "point"), step.check.point, (((*path, "check"), step.check),))
        if isinstance(step, ModbusStep) and step.computed_write is not None:
            yield Reference((*path, "computed_write", "point"), step.computed_write.point)


REFERENCES: Mapping[str, Callable[[Definition], Iterator[Reference]]] = {
    "identity": _identity,
    "state": _state,
    "load": _load,
    "load_side": lambda profile: _voltage("load_side", profile.load_side),
    "supply": lambda profile: _voltage("supply", profile.supply),
    "empty_pipe": _empty_pipe,
    "interlocks": lambda profile: _conditions("interlocks", profile.interlocks),
    "alarms": lambda profile: _conditions("alarms", profile.alarms),
    "guards": lambda profile: _conditions("guards", profile.guards),
    "registers": _registers,
    "commands": _commands,
}
"""Every section that gives points a meaning, with how to find the places in it that name one."""
