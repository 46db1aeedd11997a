"""The links of ``gateway.yaml``: lines, TCP peers and brokers."""

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from meterhold.documents.config_fields import File, Host, Millis, Port, Seconds, StrictSection
from meterhold.domain.errors import Fault
from meterhold.yaml_text import YamlText, dotted

_MODBUS_PORT = 502
_MODBUS_TLS_PORT = 802
_MQTT_PORT = 1883
_MQTT_TLS_PORT = 8883
_CONVERTER_GAP_MS = 20.0
_CLIENT_ID = "meterhold"
_ONLY_TCP = ("host", "port", "framing", "tls", "connect_timeout_s", "max_connections", "echoes_transaction_id")


class SerialSection(StrictSection):
    """A serial port of this machine: RTU, 8 data bits."""

    device: Annotated[str, Field(pattern=r"^/[^\x00]+$", max_length=255)]
    """Best a name that stays, such as one of ``/dev/serial/by-id``."""
    baud: Annotated[int, Field(ge=300, le=1_000_000)] = 9600
    parity: Literal["none", "even", "odd"] = "none"
    stop_bits: Literal[1, 2] = 1


class TlsSection(StrictSection):
    """TLS to a broker."""

    ca: File | None = None
    """Who vouches for the other side; the system's authorities, if not said."""
    certificate: File | None = None
    """Our own, where the other side wants one."""
    key: File | None = None
    """Of our certificate, without a passphrase: keep the file to the gateway's user."""
    server_name: Host | None = None
    """The name in the other side's certificate, where it is not the host."""

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.certificate is None) is not (self.key is None):
            raise ValueError("certificate and key belong together")
        return self


class MutualTlsSection(TlsSection):
    """Modbus/TCP Security: each side shows a certificate."""

    ca: File
    certificate: File
    key: File


class ModbusLink(StrictSection):
    """One Modbus line or TCP peer: everything on it takes turns."""

    kind: Literal["modbus"]
    host: Host | None = None
    serial: SerialSection | None = None
    """Instead of a host: a line at this machine."""
    tls: MutualTlsSection | None = None
    port: Port = Field(default_factory=lambda data: _MODBUS_TLS_PORT if data.get("tls") else _MODBUS_PORT)
    framing: Literal["tcp", "rtu_over_tcp"] = "tcp"
    timeout_s: Seconds = 1.0
    connect_timeout_s: Seconds = 3.0
    gap_ms: Millis | None = None
    """Silence before each request; 20 behind a converter, none on TCP, 3.5 characters or more at a serial port."""
    turnaround_ms: Millis = 0
    """Silence after a write, for meters that listen to nobody while they act."""
    late_reply_s: Seconds | None = None
    """How late an answer may still come after its time-out; the line is quiet so long. ``timeout_s``, if not said."""
    echoes_transaction_id: bool = True
    """False for converters that answer with another transaction id than they were asked with."""
    close_after_use: bool = False
    """For peers that serve few connections."""
    max_connections: Annotated[int, Field(ge=1, le=1000)] | None = None
    """How many connections the host serves at once, for all links to it."""

    @property
    def gap_s(self) -> float:
        """Silence before each request, in seconds."""
        default_ms = _CONVERTER_GAP_MS if self.framing == "rtu_over_tcp" else 0
        return (default_ms if self.gap_ms is None else self.gap_ms) / 1000

    @property
    def where(self) -> str:
        """What the link leads to."""
        return f"{self.host}:{self.port}" if self.serial is None else self.serial.device

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        faults = list(self._contradictions())
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _contradictions(self) -> Iterator[str]:
        if self.serial is not None:
            yield from (f"{key} is for TCP, not for a serial line" for key in _ONLY_TCP if key in self.model_fields_set)
        elif self.host is None:
            yield "needs a host, or serial for a line at this machine"
        if self.tls is not None and self.framing != "tcp":
            yield "TLS carries Modbus TCP, not RTU"


class MqttLink(StrictSection):
    """One broker."""

    kind: Literal["mqtt"]
    host: Host
    tls: TlsSection | None = None
    port: Port = Field(default_factory=lambda data: _MQTT_TLS_PORT if data.get("tls") else _MQTT_PORT)
    protocol: Literal["3.1.1", "5"] = "3.1.1"
    client_id: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")] = _CLIENT_ID
    username_file: File | None = None
    password_file: File | None = None
    keepalive_s: Annotated[int, Field(ge=5, le=3600)] = 30
    timeout_s: Seconds = 5.0
    """How long a device may take to answer."""
    width: Annotated[int, Field(ge=1, le=1000)] = 16
    """How many turns may be under way at once, on each shard."""
    shards: Annotated[int, Field(ge=1, le=64)] = 1
    """Over how many connections the meters are divided."""
    topic_prefix: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_./-]+$")] = "meterhold"
    """Our own topics, where devices send their replies."""

    @property
    def where(self) -> str:
        """What the link leads to."""
        return f"{self.host}:{self.port}"


LinkSection = Annotated[ModbusLink | MqttLink, Field(discriminator="kind")]


def placed(link: ModbusLink | MqttLink, at: Callable[[str | None], str | None]) -> ModbusLink | MqttLink:
    """Let a link's files be where ``at`` says."""
    update: dict[str, object] = {}
    if link.tls is not None:
        files = {key: at(getattr(link.tls, key)) for key in ("ca", "certificate", "key")}
        update["tls"] = link.tls.model_copy(update=files)
    if isinstance(link, MqttLink):
        update |= {"username_file": at(link.username_file), "password_file": at(link.password_file)}
    return link.model_copy(update=update)


def collisions(source: YamlText) -> Iterator[Fault]:
    """Links that would disturb each other; tolerant of links whose own faults are reported elsewhere."""
    links = source.data.get("links")
    seen: dict[tuple[object, ...], str] = {}
    allowed: dict[object, tuple[object, str]] = {}
    for name, link in links.items() if isinstance(links, dict) else ():
        if not isinstance(link, dict):
            continue
        for key, rule in _claims(link):
            if key in seen:
                path = ("links", name)
                yield Fault(dotted(path), rule.format(seen[key]), line=source.line_of(path))
            seen.setdefault(key, name)
        yield from _other_limit(source, name, link, allowed)


def _claims(link: Mapping[Any, Any]) -> Iterator[tuple[tuple[object, ...], str]]:
    """What a link must have for itself."""
    match link:
        case {"kind": "modbus", "serial": {"device": device}}:
            yield ("serial", device), "is the same line as {}: their requests would collide"
        case {"kind": "modbus"}:
            port = link.get("port", _MODBUS_TLS_PORT if link.get("tls") else _MODBUS_PORT)
            yield ("modbus", link.get("host"), port), "is the same line as {}: their requests would collide"
        case {"kind": "mqtt"}:
            port = link.get("port", _MQTT_TLS_PORT if link.get("tls") else _MQTT_PORT)
            key = ("mqtt", link.get("host"), port, link.get("client_id", _CLIENT_ID))
            yield key, "has the client_id of {} on the same broker, which would drop one for the other"
        case _:
            return


def _other_limit(
    source: YamlText, name: str, link: Mapping[Any, Any], allowed: dict[object, tuple[object, str]]
) -> Iterator[Fault]:
    if link.get("kind") != "modbus" or "max_connections" not in link:
        return
    most, first = allowed.setdefault(link.get("host"), (link["max_connections"], name))
    if most != link["max_connections"]:
        path = ("links", name, "max_connections")
        yield Fault(dotted(path), f"is {most} at {first}, and both lead to one host", line=source.line_of(path))
