"""What a profile writes: the steps that bring supply to a state, for one meter."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from uuid import UUID, uuid5

from meterhold.domain.errors import Refused
from meterhold.domain.words import OFF_STATES, Because, SupplyState
from meterhold.profiles.addresses import require_address
from meterhold.profiles.describing import describe
from meterhold.profiles.language.commands import TARGETS, Command, MqttCommand
from meterhold.profiles.language.definition import ModbusDefinition, MqttDefinition
from meterhold.profiles.language.placeholders import COMMAND_ID, EXPIRES_AT, LIMIT, NUMBER, fill
from meterhold.profiles.language.references import steps_of
from meterhold.profiles.language.steps import ModbusStep, MqttStep
from meterhold.profiles.modbus_steps import modbus_step
from meterhold.profiles.mqtt_steps import Saying, mqtt_step
from meterhold.profiles.profile import Profile
from meterhold.profiles.wire import ModbusWrite, MqttWrite, Step, Write

_KEPT = 8192
"""How many meters' steps are kept ready; the rest are made anew each time."""
_COMMANDS = UUID("5d0f2b7e-9a3c-5c41-8f6d-2b1e7a90c3d4")
"""The namespace of the names of commands."""
_NAMES = {target: name for name, target in TARGETS.items()}
_WITHDRAW = "withdraw"


def plan_command(
    profile: Profile,
    target: SupplyState,
    address: str,
    *,
    number: int = 1,
    expires_at: datetime | None = None,
    limit: Decimal | None = None,
) -> tuple[Step, ...]:
    """The steps that bring supply there, in order; raises ``Refused`` where the model cannot.

    ``number`` (1 to 255) tells one command from the next, for devices that want to know. ``expires_at`` is for
    carriers: after it nothing may be delivered. Without it nothing that cuts supply goes through a carrier. ``limit``
    is what supply is restricted to, in the unit that ``profile.limit`` names.
    """
    steps = _steps(profile, target, address)
    if steps is not None:
        return steps
    if profile.carrier is not None and expires_at is None and target in OFF_STATES - {SupplyState.ARMED}:
        raise Refused(Because.MALFORMED, f"profile {profile.name}: its carrier may deliver late, so say until when")
    expiry = None if expires_at is None else expires_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    command = _command(profile, target)
    counts = None if limit is None else _counts(profile, command, limit)
    if counts is None and any(step.takes_limit for step in command.steps):
        raise Refused(Because.NOT_CAPABLE, f"profile {profile.name} must be told what to restrict supply to")
    return _plan(profile, command, address, _saying(_NAMES[target], address, number, expiry, counts))


def show_command(profile: Profile, target: SupplyState, address: str) -> tuple[str, ...]:
    """The steps of a command as people read them, with what only a real command has left as a placeholder."""
    command = _command(profile, target)
    require_address(profile, address)
    lowest = 0 if command.limit is None else command.limit.counts(command.limit.at_least)
    saying = _saying(_NAMES[target], address, 1, EXPIRES_AT, lowest)
    return tuple(describe(step) for step in _plan(profile, command, address, saying))


def plan_withdraw(profile: Profile, address: str, *, number: int = 1) -> tuple[Step, ...]:
    """The steps that take back what the device or its carrier has not done yet; empty where that is impossible."""
    command = profile.definition.commands.withdraw
    if command is None:
        return ()
    require_address(profile, address)
    return _plan(profile, command, address, _saying(_WITHDRAW, address, number, None, None))


def plan_writes(profile: Profile, target: SupplyState, address: str) -> tuple[Write, ...]:
    """The plain writes among the steps of ``plan_command``; raises ``Refused`` where there are others as well."""
    writes: list[Write] = []
    for step in plan_command(profile, target, address):
        if not isinstance(step, ModbusWrite | MqttWrite):
            raise Refused(Because.NOT_CAPABLE, f"profile {profile.name} needs more than writes to be {target}")
        writes.append(step)
    return tuple(writes)


def command_id(address: str, number: int) -> str:
    """The name of a command to a meter: the same for the same number, a UUID because carriers want one."""
    return str(uuid5(_COMMANDS, f"{address}#{number}"))


def command_topics(profile: Profile, address: str) -> tuple[str, ...]:
    """The topics that this meter takes commands on; a retained message on one would repeat itself at each reconnect."""
    require_address(profile, address)
    steps = (step for _, step in steps_of(profile.definition))
    topics = (fill(step.write.topic, address) for step in steps if isinstance(step, MqttStep) and step.write)
    return tuple(dict.fromkeys(topics))


@lru_cache(maxsize=_KEPT)
def _steps(profile: Profile, target: SupplyState, address: str) -> tuple[Step, ...] | None:
    """The steps of a command that always says the same; nothing for one that does not."""
    command = _command(profile, target)
    require_address(profile, address)
    if any(step.varies for step in command.steps):
        return None
    return _plan(profile, command, address, Saying(_NAMES[target]))


def _command(profile: Profile, target: SupplyState) -> Command:
    command = profile.commands.get(target)
    if command is None:
        raise Refused(Because.NOT_CAPABLE, f"profile {profile.name} has no command for {target}")
    return command


def _plan(profile: Profile, command: Command, address: str, saying: Saying) -> tuple[Step, ...]:
    definition, codecs, steps = profile.definition, profile.codecs, command.steps
    match definition:
        case ModbusDefinition():
            refusals = {} if isinstance(command, MqttCommand) else dict(command.exceptions)
            return tuple(
                modbus_step(definition, codecs, step, int(address), refusals, saying.limit)
                for step in steps
                if isinstance(step, ModbusStep)
            )
        case MqttDefinition():
            return tuple(
                mqtt_step(definition, codecs, step, address, saying) for step in steps if isinstance(step, MqttStep)
            )


def _counts(profile: Profile, command: Command, limit: Decimal) -> int | None:
    """A limit in counts; refused where the device cannot have it."""
    allowed = command.limit
    if allowed is None:
        raise Refused(Because.NOT_CAPABLE, f"profile {profile.name} does not say what it restricts supply to")
    counts = allowed.counts(limit)
    if counts is None:
        can = f"{allowed.at_least} to {allowed.at_most} {allowed.unit}, in steps of {allowed.scale}"
        raise Refused(Because.NOT_CAPABLE, f"profile {profile.name} restricts supply to {can}, not to {limit}")
    return counts


def _saying(command: str, address: str, number: int, expiry: str | None, limit: int | None) -> Saying:
    values = {NUMBER: number, EXPIRES_AT: expiry, COMMAND_ID: command_id(address, number), LIMIT: limit}
    return Saying(command, number, values, limit)
