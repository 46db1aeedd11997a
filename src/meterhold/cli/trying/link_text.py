"""Where a meter that is tried stands, in one line of text; the site's configuration is not needed for it."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import ValidationError

from meterhold.documents.config import LinkSection, ModbusLink, MqttLink
from meterhold.documents.config_faults import faults_of
from meterhold.domain.errors import Fault, Malformed
from meterhold.profiles import Profile, Wire, check_address
from meterhold.yaml_text import YamlText

FORMS = (
    "modbus://HOST:PORT?unit=1",
    "modbus://HOST:PORT?framing=rtu_over_tcp&unit=1",
    "serial:///dev/ttyUSB0?baud=9600&unit=1",
    "mqtt://HOST:PORT/ADDRESS",
)
_WIRES = {"modbus": Wire.MODBUS, "serial": Wire.MODBUS, "mqtt": Wire.MQTT, "mqtts": Wire.MQTT}
_SERIAL = ("baud", "parity", "stop_bits")
_TLS = ("ca", "certificate", "key", "server_name")
_TEXT = ("protocol",)
_CLIENT_ID = "meterhold-try"
"""Not the gateway's: a broker throws out a client for another of its name."""


@dataclass(frozen=True, slots=True)
class TriedLink:
    """A link, and the meter's address on it."""

    section: LinkSection
    address: str


def read_link(text: str, profile: Profile) -> TriedLink:
    """Read a link; what it does not say of timing comes from the profile's line. ``Malformed`` with all faults."""
    parts = urlsplit(text)
    wire = _WIRES.get(parts.scheme)
    if wire is None:
        raise Malformed(f"link {text}", [Fault("", f"must look like one of {', '.join(FORMS)}")])
    if wire is not profile.wire:
        raise Malformed(f"link {text}", [Fault("", f"profile {profile.name} speaks {profile.wire}, not {wire}")])
    try:
        port = parts.port
    except ValueError as error:
        raise Malformed(f"link {text}", [Fault("port", str(error))]) from None
    given = {key: _value(key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True)}
    place: dict[str, Any] = {"host": parts.hostname} | ({} if port is None else {"port": port})
    if parts.scheme == "serial":
        place = {"serial": {"device": parts.path} | {key: given.pop(key) for key in _SERIAL if key in given}}
    if parts.scheme == "mqtts" or any(key in given for key in _TLS):
        place["tls"] = {key: str(given.pop(key)) for key in _TLS if key in given}
    address = parts.path.strip("/") if wire is Wire.MQTT else str(given.pop("unit", ""))
    faults = list(_address_faults(profile, address))
    section: LinkSection | None = None
    try:
        section = _section(profile, place | given)
    except ValidationError as error:
        found = faults_of(error, YamlText(place | given))
        faults += [replace(fault, rule=fault.rule.replace("this file knows", "a link has")) for fault in found]
    if faults or section is None:
        raise Malformed(f"link {text}", faults)
    return TriedLink(section, address)


def _section(profile: Profile, said: dict[str, Any]) -> LinkSection:
    if profile.line is None:
        return MqttLink.model_validate({"kind": "mqtt", "client_id": _CLIENT_ID, **said})
    line = {"gap_ms": profile.line.gap_ms, "timeout_s": profile.line.timeout_ms / 1000}
    if "tls" not in said and "serial" not in said:
        line["echoes_transaction_id"] = profile.line.echoes_transaction_id
    return ModbusLink.model_validate({"kind": "modbus", **line, **said})


def _address_faults(profile: Profile, address: str) -> list[Fault]:
    if profile.wire is Wire.MODBUS and not address:
        return [Fault("unit", "is required, such as ?unit=1")]
    return check_address(profile, address)


def _value(key: str, text: str) -> str | int | float | bool:
    """A value of a query as the configuration knows it."""
    if key in _TEXT:
        return text
    if text in {"true", "false"}:
        return text == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
