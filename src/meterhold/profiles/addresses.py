"""Where a meter is on its link: what an address may be."""

from meterhold.domain.errors import Fault, Refused
from meterhold.domain.words import Because
from meterhold.profiles.language.base import Wire
from meterhold.profiles.language.definition import ModbusDefinition, MqttDefinition
from meterhold.profiles.language.topics import topic_faults
from meterhold.profiles.profile import Profile

_UNITS = range(1, 248)


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
            faults += _parts(profile, address)
            return [Fault("address", fault) for fault in faults]


def _parts(profile: Profile, address: str) -> list[str]:
    wanted = profile.definition.address if isinstance(profile.definition, MqttDefinition) else None
    if wanted is None or len(address.split("/")) == len(wanted.parts):
        return []
    return [f"must be {len(wanted.parts)} names with / between them: {', '.join(wanted.parts)}"]


def example_address(profile: Profile) -> str:
    """An address that a meter of this profile could have: for showing what would be sent."""
    definition = profile.definition
    if isinstance(definition, ModbusDefinition):
        return "1"
    if definition.address is None:
        return "TOPIC"
    return "/".join(f"PART{n}" for n, _ in enumerate(definition.address.parts))


def require_address(profile: Profile, address: str) -> None:
    """Refuse an address that the profile's meters cannot have."""
    if faults := check_address(profile, address):
        raise Refused(Because.MALFORMED, "; ".join(f"address {address!r}: {fault.rule}" for fault in faults))
