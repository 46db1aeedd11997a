"""What a profile writes: the steps that bring supply to a state, for one meter."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache

from meterhold.domain.errors import Refused
from meterhold.domain.words import Because, SupplyState
from meterhold.profiles.addresses import require_address
from meterhold.profiles.language.commands import Command, ModbusCommand, MqttCommand
from meterhold.profiles.language.definition import ModbusDefinition, MqttDefinition
from meterhold.profiles.language.mqtt_writes import Correlated
from meterhold.profiles.language.placeholders import fill
from meterhold.profiles.language.steps import CheckStep, ModbusStep, MqttStep
from meterhold.profiles.profile import Profile
from meterhold.profiles.reading.checks import fresh_test_of_message, fresh_test_of_words
from meterhold.profiles.requests import ask
from meterhold.profiles.wire import (
    ByCorrelation,
    Check,
    MaskedWrite,
    ModbusRead,
    ModbusWrite,
    MqttWrite,
    Pause,
    Question,
    Reply,
    Step,
    Table,
    Words,
    Write,
)

_KEPT = 8192
"""How many meters' steps are kept ready; the rest are made anew each time."""


def plan_command(
    profile: Profile,
    target: SupplyState,
    address: str,
    *,
    number: int = 1,
    expires_at: datetime | None = None,
) -> tuple[Step, ...]:
    """The steps that bring supply there, in order; raises ``Refused`` where the model cannot.

    ``number`` (1 to 255) tells one command from the next, for devices that want to know. ``expires_at`` is for
    carriers: after it nothing may be delivered.
    """
    del number, expires_at
    return _steps(profile, target, address)


def plan_withdraw(profile: Profile, address: str) -> tuple[Step, ...]:
    """The steps that take back what the device or its carrier has not done yet; empty where that is impossible."""
    command = profile.definition.commands.withdraw
    if command is None:
        return ()
    require_address(profile, address)
    return _plan(profile, command, address)


def command_topics(profile: Profile, address: str) -> tuple[str, ...]:
    """The topics that this meter takes commands on; a retained message on one would repeat itself at each reconnect."""
    if not isinstance(profile.definition, MqttDefinition):
        return ()
    plans = [_steps(profile, target, address) for target in profile.commands]
    return tuple(dict.fromkeys(step.topic for plan in plans for step in plan if isinstance(step, MqttWrite)))


def plan_writes(profile: Profile, target: SupplyState, address: str) -> tuple[Write, ...]:
    """The plain writes among the steps of ``plan_command``; raises ``Refused`` where there are others as well."""
    writes: list[Write] = []
    for step in plan_command(profile, target, address):
        if not isinstance(step, ModbusWrite | MqttWrite):
            raise Refused(Because.NOT_CAPABLE, f"profile {profile.name} needs more than writes to be {target}")
        writes.append(step)
    return tuple(writes)


def resolve(step: MaskedWrite, words: Words) -> ModbusWrite:
    """The write that changes only the bits that are meant, given the word as it stands."""
    value = (words.values[0] & step.keep) | step.force
    return ModbusWrite(step.read.unit, step.function, step.read.address, (value,), step.refusals, step.within_s)


@lru_cache(maxsize=_KEPT)
def _steps(profile: Profile, target: SupplyState, address: str) -> tuple[Step, ...]:
    command = profile.commands.get(target)
    if command is None:
        raise Refused(Because.NOT_CAPABLE, f"profile {profile.name} has no command for {target}")
    require_address(profile, address)
    return _plan(profile, command, address)


def _plan(profile: Profile, command: Command, address: str) -> tuple[Step, ...]:
    definition = profile.definition
    if isinstance(command, ModbusCommand) and isinstance(definition, ModbusDefinition):
        refusals = {code: Because(cause) for code, cause in command.exceptions.items()}
        return tuple(_modbus_step(definition, step, int(address), refusals) for step in command.steps)
    if isinstance(command, MqttCommand) and isinstance(definition, MqttDefinition):
        return tuple(_mqtt_step(definition, step, address) for step in command.steps)
    raise AssertionError("a definition holds the commands of its own wire")


def _modbus_step(definition: ModbusDefinition, step: ModbusStep, unit: int, refusals: Mapping[int, Because]) -> Step:
    if step.wait_s is not None:
        return Pause(step.wait_s)
    if step.check is not None:
        point = definition.points[step.check.point]
        read = ModbusRead(unit, point.table, point.address, point.count)
        holds = fresh_test_of_words(point, step.check)
        return _check(step.check, read, holds)
    if step.masked_write is not None:
        masked = step.masked_write
        read = ModbusRead(unit, Table.HOLDING, masked.address, 1)
        return MaskedWrite(read, masked.function, masked.keep, masked.set_, refusals, step.within_s)
    if step.write is None:
        raise AssertionError("a step is exactly one thing")
    write = step.write
    return ModbusWrite(unit, write.function, write.address, write.values, refusals, step.within_s)


def _mqtt_step(definition: MqttDefinition, step: MqttStep, address: str) -> Step:
    if step.wait_s is not None:
        return Pause(step.wait_s)
    if step.check is not None:
        point = definition.points[step.check.point]
        question = definition.questions[definition.source_of(point)]
        return _check(step.check, ask(question, address), fresh_test_of_message(point, step.check))
    if step.write is None:
        raise AssertionError("a step is exactly one thing")
    write = step.write
    return MqttWrite(
        fill(write.topic, address), write.filled(address), _correlation(write.reply, address), step.within_s
    )


def _check(step: CheckStep, question: Question, holds: Callable[[Reply], bool]) -> Check:
    says = f"{step.point} {step.says()}"
    return Check(question, holds, step.within_s, step.every_s, Because(step.because), says)


def _correlation(reply: Correlated | None, address: str) -> ByCorrelation | None:
    return None if reply is None else ByCorrelation(fill(reply.topic, address), reply.id, reply.error)
