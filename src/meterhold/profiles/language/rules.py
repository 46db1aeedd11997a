"""Rules that one section alone cannot hold. Each names the sections it reads and yields all it finds.

A rule runs only if the sections it needs are whole, so that one slip in a file does not hide what else is wrong
with it. Of the points those are given that are whole, and the names of all.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial

from meterhold.domain.words import Evidence, Identity, SupplyState
from meterhold.profiles.language.commands import ModbusStep, ModbusWriteStep, MqttStep, MqttWriteStep, texts_in
from meterhold.profiles.language.definition import Definition, ModbusDefinition, MqttDefinition
from meterhold.profiles.language.points import MqttPoint
from meterhold.profiles.language.references import REFERENCES, Path


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is wrong, and where."""

    path: Path
    rule: str


Names = Collection[str]
Check = Callable[[Definition, Names], Iterator[Problem]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A check, and the sections without which it cannot run."""

    needs: tuple[str, ...]
    check: Check


def _known(section: str, profile: Definition, names: Names) -> Iterator[Problem]:
    """A section speaks of points that exist, and makes tests that they can meet."""
    for reference in REFERENCES[section](profile):
        if reference.name not in names:
            yield Problem(reference.path, f"there is no point {reference.name!r}")
        elif reference.name in profile.points:
            kind = profile.points[reference.name].kind
            for path, test in reference.tests:
                if misfit := test.misfit(kind):
                    yield Problem(path, misfit)


def _used(profile: Definition, _: Names) -> Iterator[Problem]:
    """A point that nothing reads is a slip of the pen: most likely a name that was meant elsewhere."""
    used = {reference.name for find in REFERENCES.values() for reference in find(profile)}
    for name, point in profile.points.items():
        if name not in used and point.quantity is None:
            yield Problem(("points", name), "is used by no section and measures no quantity")


def _billed(profile: Definition, _: Names) -> Iterator[Problem]:
    """A billing register is one quantity, once."""
    seen: dict[str, str] = {}
    for n, name in enumerate(profile.registers):
        point = profile.points.get(name)
        if point is None:
            continue
        if point.quantity is None:
            yield Problem(("registers", n), f"point {name!r} has no quantity: a register needs its unit")
        elif point.quantity in seen:
            yield Problem(("registers", n), f"{point.quantity} is already given by {seen[point.quantity]!r}")
        else:
            seen[point.quantity] = name


def _identified(profile: Definition, _: Names) -> Iterator[Problem]:
    """A fingerprint rests on a billing register."""
    register = profile.identity.register_
    if profile.identity.strength is Identity.FINGERPRINT and register not in profile.registers:
        yield Problem(("identity", "register"), f"{register!r} is not among the billing registers")


def _provable(profile: Definition, _: Names) -> Iterator[Problem]:
    """No optimistic success: what a profile can do, it must be able to show."""
    if not profile.load and all(source.evidence is Evidence.ECHO for source in profile.state):
        yield Problem(("state",), "an echo alone proves nothing: declare a driver point, or a load")
    shown = {test.state for source in profile.state for test in source.decode}
    commands = profile.commands
    if commands.disconnect is not None and SupplyState.DISCONNECTED not in shown:
        yield Problem(("commands", "disconnect"), "no state point shows disconnected: nothing could prove this")
    if commands.connect is not None and SupplyState.CONNECTED not in shown:
        yield Problem(("commands", "connect"), "no state point shows connected: nothing could prove this")
    if commands.disconnect is not None and commands.connect is None:
        yield Problem(("commands", "disconnect"), "there is no way back: what disconnects must also connect")


def _dated(profile: Definition, _: Names) -> Iterator[Problem]:
    """A cached field is evidence only by the time of its last change."""
    cached = {name for name, point in profile.points.items() if isinstance(point, MqttPoint) and point.cached}
    for n, load in enumerate(profile.load):
        if load.point in cached and load.valid_within_s is None:
            yield Problem(("load", n), f"point {load.point!r} is cached: valid_within_s is required")
        if load.point in profile.points.keys() - cached and load.valid_within_s is not None:
            yield Problem(("load", n, "valid_within_s"), f"point {load.point!r} is not cached: it is always fresh")
    for n, source in enumerate(profile.state):
        if source.point in cached and source.evidence is Evidence.DRIVER:
            yield Problem(("state", n, "evidence"), f"point {source.point!r} is cached: it can only be an echo")


def _written(profile: Definition) -> Iterator[tuple[Path, ModbusWriteStep | MqttWriteStep]]:
    commands = profile.commands
    for name, command in (("disconnect", commands.disconnect), ("connect", commands.connect)):
        steps: tuple[ModbusStep | MqttStep, ...] = () if command is None else command.steps
        for n, step in enumerate(steps):
            yield ("commands", name, "steps", n, "write"), step.write


def _spared(profile: Definition, _: Names) -> Iterator[Problem]:
    """What the profile itself calls forbidden is written by no command of it."""
    for path, write in _written(profile):
        if isinstance(write, ModbusWriteStep) and isinstance(profile, ModbusDefinition):
            after = write.address + len(write.values)
            for area in profile.forbidden:
                overlaps = area.address < after and write.address < area.address + area.count
                if area.table is write.table and overlaps:
                    yield Problem((*path, "address"), f"{write.address:#06x} is forbidden: {area.why}")
        elif isinstance(write, MqttWriteStep) and isinstance(profile, MqttDefinition):
            said = set(texts_in(write.payload))
            for spared in profile.forbidden:
                if spared.word in said:
                    yield Problem((*path, "payload"), f"{spared.word!r} is forbidden: {spared.why}")


def _short_enough(profile: Definition, _: Names) -> Iterator[Problem]:
    """Each point fits into one read."""
    if isinstance(profile, ModbusDefinition):
        for name, point in profile.points.items():
            if point.count > profile.line.max_words:
                yield Problem(("points", name), f"takes {point.count} words, more than max_words allows")


def _asked(profile: Definition, _: Names) -> Iterator[Problem]:
    """Each point is brought by a question, and each question brings a point."""
    if isinstance(profile, MqttDefinition):
        several = len(profile.questions) > 1
        for name, point in profile.points.items():
            if point.question is None and several:
                yield Problem(("points", name), "which question brings it? The profile has several")
            elif point.question is not None and point.question not in profile.questions:
                yield Problem(("points", name, "question"), f"there is no question {point.question!r}")
        if several:
            brought = {point.question for point in profile.points.values()}
            for question in profile.questions:
                if question not in brought:
                    yield Problem(("questions", question), "no point reads its answer")


RULES: tuple[Rule, ...] = (
    *(Rule(("points", section), partial(_known, section)) for section in REFERENCES),
    Rule(("points", *REFERENCES), _used),
    Rule(("points", "registers"), _billed),
    Rule(("identity", "registers"), _identified),
    Rule(("commands", "state", "load"), _provable),
    Rule(("points", "state", "load"), _dated),
    Rule(("commands", "forbidden"), _spared),
    Rule(("points", "line"), _short_enough),
    Rule(("points", "questions"), _asked),
)
