"""No optimistic success: what a profile can do, it must be able to show, with evidence whose age is known."""

from collections.abc import Iterator

from meterhold.domain.words import Evidence, SupplyState
from meterhold.profiles.language.commands import TARGETS, Command, movements
from meterhold.profiles.language.definition import Definition, ModbusDefinition, MqttDefinition
from meterhold.profiles.language.rules.rule import Around, Problem
from meterhold.profiles.language.sections import LoadSource, StateSource

_ONLY_BY_DRIVER = frozenset({SupplyState.RESTRICTED, SupplyState.ARMED})
"""Neither a load nor its absence tells these from what was before."""
_WORD = 0xFFFF


def provable(profile: Definition, _: Around) -> Iterator[Problem]:
    """Each command leads to a state that some point shows."""
    by_load = bool(profile.load) or profile.load_side is not None or profile.paired
    if not by_load and all(source.evidence is Evidence.ECHO for source in profile.state):
        elsewhere = "a driver point, a load, the load side, or that another meter shows the load (paired)"
        yield Problem(("state",), f"an echo alone proves nothing: declare {elsewhere}")
    shown = {test.state for source in profile.state for test in source.decode}
    drivers = [source for source in profile.state if source.evidence is Evidence.DRIVER]
    by_driver = {test.state for source in drivers for test in source.decode}
    for name in movements(profile.commands):
        target = TARGETS[name]
        if target not in shown:
            yield Problem(("commands", name), f"no state point shows {target}: nothing could prove this")
        elif target in _ONLY_BY_DRIVER and target not in by_driver:
            yield Problem(("commands", name), f"only an echo shows {target}, and no load can: nothing could prove this")


def ways_back(profile: Definition, _: Around) -> Iterator[Problem]:
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


def limited(profile: Definition, _: Around) -> Iterator[Problem]:
    """A limit is what ``restrict`` sets, within what is declared."""
    for name in (*TARGETS, "withdraw"):
        command: Command | None = getattr(profile.commands, name)
        if command is None:
            continue
        limit = command.limit
        used = [n for n, step in enumerate(command.steps) if step.takes_limit]
        path = ("commands", name, "limit")
        if limit is None:
            if used:
                yield Problem(("commands", name, "steps", used[0]), "writes a limit, and the command declares none")
        elif name != "restrict":
            yield Problem(path, "only restrict has a limit")
        elif not used and limit.at_least != limit.at_most:
            yield Problem(path, "no step writes it: at_least and at_most must be the one it has")
        elif used and isinstance(profile, ModbusDefinition) and limit.at_most / limit.scale > _WORD:
            yield Problem(path, f"{limit.at_most} is more than one word of {limit.scale} can hold")


def always_fresh(profile: Definition, _: Around) -> Iterator[Problem]:
    """What is read over Modbus was supplied for the look."""
    if isinstance(profile, ModbusDefinition):
        for section, n, source in _aged(profile):
            yield Problem((section, n, "valid_within_s"), f"point {source.point!r} is not cached: it is always fresh")


def dated(profile: Definition, _: Around) -> Iterator[Problem]:
    """A cached field is evidence only by the time of its last change, a reported one by the time of its message."""
    if not isinstance(profile, MqttDefinition):
        return
    cached = {name for name, point in profile.points.items() if point.cached}
    reports = {name: report for name, point in profile.points.items() if (report := profile.report_of(point))}
    for section, n, source in _aged(profile):
        if source.point in profile.points.keys() - cached - reports.keys():
            yield Problem((section, n, "valid_within_s"), f"point {source.point!r} is not cached: it is always fresh")
    for n, load in enumerate(profile.load):
        if load.valid_within_s is not None:
            continue
        if load.point in cached:
            yield Problem(("load", n), f"point {load.point!r} is cached: valid_within_s is required")
        elif load.point in reports and reports[load.point].valid_within_s is None:
            yield Problem(("load", n), f"point {load.point!r} is only reported: valid_within_s is required")
    for n, state in enumerate(profile.state):
        if state.point in cached and state.evidence is Evidence.DRIVER:
            yield Problem(("state", n, "evidence"), f"point {state.point!r} is cached: it can only be an echo")


def _aged(profile: Definition) -> Iterator[tuple[str, int, StateSource | LoadSource]]:
    """Every source of state or load that is given an age."""
    sections: tuple[tuple[str, tuple[StateSource | LoadSource, ...]], ...] = (
        ("state", profile.state),
        ("load", profile.load),
    )
    for section, sources in sections:
        for n, source in enumerate(sources):
            if source.valid_within_s is not None:
                yield section, n, source
