"""``gateway.yaml``: the site, its store, its HTTP face and its links. Secrets never stand in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from meterhold.documents.config_faults import faults_of, in_file_order
from meterhold.documents.yaml_text import YamlText, dotted, read_yaml
from meterhold.domain.commands import Terms
from meterhold.domain.errors import Fault, Malformed
from meterhold.domain.words import Proof

DEFAULT_MODBUS_PORT = 502
DEFAULT_MQTT_PORT = 1883
DEFAULT_SERIAL_GAP_MS = 20.0
DEFAULT_CLIENT_ID = "meterhold"


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone; write a name such as Europe/Berlin") from None
    return name


def _sqlite_file(url: str) -> str:
    if not url.removeprefix("sqlite:///") or not url.startswith("sqlite:///"):
        # The URL itself is not repeated: it may hold a password.
        raise ValueError("must be sqlite:///FILE; a URL that holds a password is set as METERHOLD_STORE_URL")
    return url


Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]
Host = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9.:_-]+$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Millis = Annotated[float, Field(ge=0, le=60_000, allow_inf_nan=False)]
TimeZone = Annotated[str, AfterValidator(_known_zone)]
StoreUrl = Annotated[str, AfterValidator(_sqlite_file)]


class _Strict(BaseModel):
    """No conversions, no unknown keys, no changes afterwards."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class SiteSection(_Strict):
    """Which utility, or which part of one, this gateway works for."""

    name: Name
    time_zone: TimeZone
    """Of the site's own calendar; a service point's zone stands in the registry."""


class StoreSection(_Strict):
    """Where the journal is kept."""

    url: StoreUrl
    """``sqlite:///file``; a relative path counts from the configuration file."""


class HttpSection(_Strict):
    """Where the API listens. It speaks plain HTTP: put TLS in front of it, or keep it on the loopback address."""

    host: Host = "127.0.0.1"
    port: Port = 8480


class TermsSection(_Strict):
    """The site's own settings that decisions need."""

    suspend_within_s: Annotated[float, Field(ge=60, le=31 * 86_400, allow_inf_nan=False)] = 86_400
    """Default of ``not_after``, counted from ``starts_at``."""
    backdate_tolerance_s: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = 300
    unreachable_after_s: Seconds = 900
    required_proof: dict[str, Annotated[Proof, Field(strict=False)]] = {}
    """Profile to level; a profile that is not named needs the best it can give."""

    def as_terms(self) -> Terms:
        """In the words of the domain."""
        return Terms(self.suspend_within_s, self.backdate_tolerance_s, self.unreachable_after_s, self.required_proof)


class AuditSection(_Strict):
    """Where the ends of the journal's chain are noted, so that cutting it off shows."""

    checkpoints: Annotated[str, Field(min_length=1)]
    """A file on another volume than the store; a relative path counts from the configuration file."""
    cron: Annotated[str, Field(pattern=r"^\S+( \S+){4}$")] = "0 * * * *"
    """When, in the site's time zone, as crontab writes it."""


class ModbusLink(_Strict):
    """One Modbus line or TCP peer: everything on it takes turns."""

    kind: Literal["modbus"]
    host: Host
    port: Port = DEFAULT_MODBUS_PORT
    framing: Literal["tcp", "rtu_over_tcp"] = "tcp"
    timeout_s: Seconds = 1.0
    connect_timeout_s: Seconds = 3.0
    gap_ms: Millis | None = None
    """Silence before each request; 20 on a line behind a serial converter, none on TCP."""
    turnaround_ms: Millis = 0
    """Silence after a write, for meters that listen to nobody while they act."""
    late_reply_s: Seconds | None = None
    """How late an answer may still come after its time-out; the line is quiet so long. ``timeout_s``, if not said."""
    echoes_transaction_id: bool = True
    """False for converters that answer with another transaction id than they were asked with."""
    close_after_use: bool = False
    """For peers that serve few connections."""

    @property
    def gap_s(self) -> float:
        """Silence before each request, in seconds."""
        default_ms = DEFAULT_SERIAL_GAP_MS if self.framing == "rtu_over_tcp" else 0
        return (default_ms if self.gap_ms is None else self.gap_ms) / 1000


class MqttLink(_Strict):
    """One broker."""

    kind: Literal["mqtt"]
    host: Host
    port: Port = DEFAULT_MQTT_PORT
    protocol: Literal["3.1.1", "5"] = "3.1.1"
    client_id: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")] = DEFAULT_CLIENT_ID
    username_file: str | None = None
    password_file: str | None = None
    keepalive_s: Annotated[int, Field(ge=5, le=3600)] = 30
    timeout_s: Seconds = 5.0
    """How long a device may take to answer."""
    width: Annotated[int, Field(ge=1, le=1000)] = 16
    """How many turns may be under way at once."""
    topic_prefix: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_./-]+$")] = "meterhold"
    """Our own topics, where devices send their replies."""


LinkSection = Annotated[ModbusLink | MqttLink, Field(discriminator="kind")]


class GatewayDocument(_Strict):
    """A whole configuration."""

    schema_version: Literal[1]
    site: SiteSection
    store: StoreSection
    http: HttpSection = HttpSection()
    meters: Annotated[str, Field(pattern=r"\.(csv|ya?ml)$")]
    """The registry of meters; a relative path counts from the configuration file."""
    profiles: str | None = None
    """A folder of the site's own profiles, beside the built-in ones."""
    terms: TermsSection = TermsSection()
    audit: AuditSection | None = None
    links: Annotated[dict[Name, LinkSection], Field(min_length=1)]


def parse_config(text: str, name: str = "gateway.yaml") -> GatewayDocument:
    """Check a whole configuration, or raise ``Malformed`` with all its faults."""
    source = read_yaml(text, name)
    if not isinstance(source.value, dict):
        raise Malformed(name, [Fault("", "must be a mapping of keys to values", line=1)])
    collisions = list(_collisions(source))
    try:
        document = GatewayDocument.model_validate(source.value)
    except ValidationError as error:
        raise Malformed(name, in_file_order([*faults_of(error, source), *collisions])) from error
    if collisions:
        raise Malformed(name, collisions)
    return document


def _collisions(source: YamlText) -> Iterator[Fault]:
    """Links that would disturb each other; tolerant of links whose own faults are reported elsewhere."""
    links = source.value.get("links")
    seen: dict[tuple[object, ...], str] = {}
    for name, link in links.items() if isinstance(links, dict) else ():
        if not isinstance(link, dict):
            continue
        match link.get("kind"):
            case "modbus":
                key: tuple[object, ...] = ("modbus", link.get("host"), link.get("port", DEFAULT_MODBUS_PORT))
                rule = "is the same line as {}: their requests would collide"
            case "mqtt":
                client_id = link.get("client_id", DEFAULT_CLIENT_ID)
                key = ("mqtt", link.get("host"), link.get("port", DEFAULT_MQTT_PORT), client_id)
                rule = "has the client_id of {} on the same broker, which would drop one for the other"
            case _:
                continue
        if key in seen:
            path = ("links", name)
            yield Fault(dotted(path), rule.format(seen[key]), line=source.line(path))
        seen.setdefault(key, name)


def load_config(path: Path) -> GatewayDocument:
    """Read a configuration file; its relative paths come back counted from its folder."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise Malformed(str(path), [Fault("", f"cannot be read: {reason}")]) from error
    return _placed(parse_config(text, str(path)), path.resolve().parent)


def _placed(document: GatewayDocument, folder: Path) -> GatewayDocument:
    """Count all relative paths from a folder."""

    def at(name: str | None) -> str | None:
        return None if name is None else str((folder / name).resolve())

    links = {
        name: link
        if isinstance(link, ModbusLink)
        else link.model_copy(update={"username_file": at(link.username_file), "password_file": at(link.password_file)})
        for name, link in document.links.items()
    }
    store = StoreSection(url=f"sqlite:///{at(document.store.url.removeprefix('sqlite:///'))}")
    placed = {"store": store, "meters": at(document.meters), "profiles": at(document.profiles), "links": links}
    if document.audit is not None:
        placed["audit"] = document.audit.model_copy(update={"checkpoints": at(document.audit.checkpoints)})
    return document.model_copy(update=placed)
