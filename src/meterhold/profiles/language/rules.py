"""Rules that one section alone cannot hold. Each names the sections it reads and yields all it finds.

A rule runs only if the sections it needs are whole, so that one slip in a file does not hide what else is wrong
with it. Of the points those are given that are whole, and the names of all.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial

from meterhold.domain.words import Evidence, Identity, SupplyState
from meterhold.profiles.language.commands import TARGETS, movements
from meterhold.profiles.language.definition import Definition, ModbusDefinition, MqttDefinition
from meterhold.profiles.language.points import MqttPoint
from meterhold.profiles.language.references import REFERENCES, Path, steps_of
from meterhold.profiles.language.steps import ModbusStep, MqttStep
from meterhold.profiles.language.writes import MaskedWriteStep, ModbusWriteStep, texts_in


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


def _guarded(profile: Definition, _: Names) -> Iterator[Problem]:
    """A guard works by taking the identity away."""
    if profile.guards and profile.identity.strength is Identity.NONE:
        yield Problem(("guards",), "a guard that fails leaves nobody known, and identity none is that already")


def _provable(profile: Definition, _: Names) -> Iterator[Problem]:
    """No optimistic success: what a profile can do, it must be able to show."""
    if (
        not profile.load
        and profile.load_side is None
        and all(source.evidence is Evidence.ECHO for source in profile.state)
    ):
        yield Problem(("state",), "an echo alone proves nothing: declare a driver point, a load, or the load side")
    shown = {test.state for source in profile.state for test in source.decode}
    by_driver = {test.state for source in profile.state if source.evidence is Evidence.DRIVER for test in source.decode}
    for name in movements(profile.commands):
        target = TARGETS[name]
        if target not in shown:
            yield Problem(("commands", name), f"no state point shows {target}: nothing could prove this")
        elif target in _ONLY_BY_DRIVER and target not in by_driver:
            yield Problem(("commands", name), f"only an echo shows {target}, and no load can: nothing could prove this")


_ONLY_BY_DRIVER = frozenset({SupplyState.RESTRICTED, SupplyState.ARMED})
"""Neither a load nor its absence tells these from what was before."""


def _ways_back(profile: Definition, _: Names) -> Iterator[Problem]:
    """What cuts supply must be able to bring it back, in the way that is declared."""
    commands = profile.commands
    for name in ("disconnect", "restrict"):
        if getattr(commands, name) is not None and commands.connect is None and commands.arm is None:
            yield Problem(("commands", name), f"there is no way back: what can {name} must also connect, or arm")
    if profile.reconnect is None:
        return
    for state, name in ((SupplyState.CONNECTED, "connect"), (SupplyState.ARMED, "arm")):
        declared, offered = state in profile.reconnect.ends_in, getattr(commands, name) is not None
        if declared and not offered:
            yield Problem(("reconnect", "ends_in"), f"there is no command {name}, which would end in {state}")
        if offered and not declared:
            yield Problem(("commands", name), f"leads to {state}, in which reconnect.ends_in does not let it end")


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


def _checked(profile: Definition, _: Names) -> Iterator[Problem]:
    """A check looks at what the device says now."""
    cached = {name for name, point in profile.points.items() if isinstance(point, MqttPoint) and point.cached}
    for path, step in steps_of(profile):
        if step.check is not None and step.check.point in cached:
            yield Problem((*path, "check", "point"), f"point {step.check.point!r} is cached: a check must be fresh")


def _spared(profile: Definition, _: Names) -> Iterator[Problem]:
    """What the profile itself calls forbidden is written by no command of it."""
    for path, step in steps_of(profile):
        if isinstance(profile, ModbusDefinition) and isinstance(step, ModbusStep):
            if step.write is not None:
                yield from _spared_by(profile, (*path, "write"), step.write)
            if step.masked_write is not None:
                yield from _spared_by(profile, (*path, "masked_write"), step.masked_write)
        elif isinstance(profile, MqttDefinition) and isinstance(step, MqttStep) and step.write is not None:
            said = set(texts_in(step.write.payload))
            for spared in profile.forbidden:
                if spared.word in said:
                    yield Problem((*path, "write", "payload"), f"{spared.word!r} is forbidden: {spared.why}")


def _spared_by(profile: ModbusDefinition, path: Path, write: ModbusWriteStep | MaskedWriteStep) -> Iterator[Problem]:
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
    Rule(("guards", "identity"), _guarded),
    Rule(("commands", "state", "load", "load_side"), _provable),
    Rule(("points", "state", "load"), _dated),
    Rule(("commands", "points"), _checked),
    Rule(("commands", "reconnect"), _ways_back),
    Rule(("commands", "forbidden"), _spared),
    Rule(("points", "line"), _short_enough),
    Rule(("points", "questions"), _asked),
)
