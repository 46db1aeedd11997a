"""What a profile sends: the questions of a look, and the writes of a command."""

from functools import lru_cache

from meterhold.domain.errors import Fault, Refused
from meterhold.domain.words import Because, SupplyState
from meterhold.profiles.language.base import Wire
from meterhold.profiles.language.commands import Answer, Correlated, ModbusCommand, ModbusStep, MqttStep
from meterhold.profiles.language.definition import ModbusDefinition, MqttDefinition
from meterhold.profiles.language.placeholders import DEVICE, payload_text
from meterhold.profiles.language.topics import topic_faults
from meterhold.profiles.profile import Profile
from meterhold.profiles.wire import (
    ByCorrelation,
    ModbusRead,
    ModbusWrite,
    MqttAsk,
    MqttLatest,
    MqttWrite,
    NextMessage,
    Question,
    Write,
)

_UNITS = range(1, 248)
_KEPT = 8192
"""How many meters' requests are kept ready; the rest are made anew each time."""


def check_address(profile: Profile, address: str) -> list[Fault]:
    """Say everything that is wrong with a meter's address on its link."""
    match profile.wire:
        case Wire.MODBUS:
            plain = address.isascii() and address.isdigit() and not (len(address) > 1 and address.startswith("0"))
            if plain and int(address) in _UNITS:
                return []
            why = ": 0 is the broadcast, every meter of the line would act" if plain and int(address) == 0 else ""
            return [Fault("address", f"must be a unit id from 1 to 247{why}")]
        case Wire.MQTT:
            faults = topic_faults(address)
            if "{" in address or "}" in address:
                faults.append("a topic must not hold braces")
            return [Fault("address", fault) for fault in faults]


@lru_cache(maxsize=_KEPT)
def plan_look(profile: Profile, address: str) -> tuple[Question, ...]:
    """What to ask of this meter, in as few requests as the profile allows."""
    _require_address(profile, address)
    definition = profile.definition
    match definition:
        case ModbusDefinition():
            return tuple(ModbusRead(int(address), span.table, span.address, span.count) for span in profile.look.spans)
        case MqttDefinition():
            return tuple(
                MqttAsk(
                    question.topic.replace(DEVICE, address),
                    payload_text(question.payload, address),
                    _reply(question.reply, address),
                )
                for question in definition.questions.values()
            )


@lru_cache(maxsize=_KEPT)
def plan_latest(profile: Profile, address: str) -> tuple[Question, ...]:
    """What may be looked at instead if ``plan_look`` got no answer; empty where nothing may.

    What a device last said is weaker: only cached fields with a known change count as evidence in it.
    """
    definition = profile.definition
    if not isinstance(definition, MqttDefinition) or not all(one.or_latest for one in definition.questions.values()):
        return ()
    _require_address(profile, address)
    return tuple(MqttLatest(one.reply.topic.replace(DEVICE, address)) for one in definition.questions.values())


@lru_cache(maxsize=_KEPT)
def plan_writes(profile: Profile, target: SupplyState, address: str) -> tuple[Write, ...]:
    """What to write to bring supply there, in order; raises ``Refused`` where the model cannot."""
    command = profile.commands.get(target)
    if command is None:
        raise Refused(Because.NOT_CAPABLE, f"profile {profile.name} has no command for {target}")
    _require_address(profile, address)
    if isinstance(command, ModbusCommand):
        return tuple(_modbus_write(step, command, address) for step in command.steps)
    return tuple(_mqtt_write(step, address) for step in command.steps)


def topics_to_follow(profile: Profile, address: str) -> tuple[str, ...]:
    """The state topics of a meter whose messages must be kept; none for Modbus and for correlated replies."""
    definition = profile.definition
    if not isinstance(definition, MqttDefinition):
        return ()
    _require_address(profile, address)
    return tuple(
        dict.fromkeys(
            one.reply.topic.replace(DEVICE, address) for one in definition.questions.values() if one.reply.id is None
        )
    )


def describe(write: Write) -> str:
    """A write as it goes over the wire, readable: for the journal and for people."""
    match write:
        case ModbusWrite():
            return f"unit {write.unit}: {_pdu(write).hex(' ').upper()}"
        case MqttWrite():
            return f"{write.topic} {write.payload}"


def _require_address(profile: Profile, address: str) -> None:
    if faults := check_address(profile, address):
        raise Refused(Because.MALFORMED, "; ".join(f"address {address!r}: {fault.rule}" for fault in faults))


def _reply(reply: Answer, address: str) -> ByCorrelation | NextMessage:
    topic = reply.topic.replace(DEVICE, address)
    return NextMessage(topic) if reply.id is None else ByCorrelation(topic, reply.id, reply.error)


def _modbus_write(step: ModbusStep, command: ModbusCommand, address: str) -> ModbusWrite:
    write = step.write
    refusals = {code: Because(cause) for code, cause in command.exceptions.items()}
    return ModbusWrite(int(address), write.function, write.address, write.values, refusals)


def _mqtt_write(step: MqttStep, address: str) -> MqttWrite:
    write = step.write
    return MqttWrite(
        write.topic.replace(DEVICE, address), payload_text(write.payload, address), _correlation(write.reply, address)
    )


def _correlation(reply: Correlated | None, address: str) -> ByCorrelation | None:
    return None if reply is None else ByCorrelation(reply.topic.replace(DEVICE, address), reply.id, reply.error)


def _pdu(write: ModbusWrite) -> bytes:
    """Function and data, without unit and checksum."""
    head = bytes([write.function]) + write.address.to_bytes(2, "big")
    match write.function:
        case 5:
            return head + (b"\xff\x00" if write.values[0] else b"\x00\x00")
        case 6:
            return head + write.values[0].to_bytes(2, "big")
        case 15:
            bits = sum(value << n for n, value in enumerate(write.values))
            data = bits.to_bytes((len(write.values) + 7) // 8, "little")
        case _:
            data = b"".join(value.to_bytes(2, "big") for value in write.values)
    return head + len(write.values).to_bytes(2, "big") + bytes([len(data)]) + data
