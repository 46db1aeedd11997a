"""``gateway.yaml``: the site, its store, its HTTP face and its links. Secrets never stand in it."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, ValidationError

from meterhold.documents.config_faults import faults_of, in_file_order
from meterhold.documents.config_fields import Name, Seconds, StrictSection
from meterhold.documents.config_forecasts import ForecastsSection, forecast_faults, placed_forecasts
from meterhold.documents.config_http import HttpSection, placed_http
from meterhold.documents.config_links import LinkSection, ModbusLink, MqttLink, collisions, placed
from meterhold.documents.config_pacing import MassRestoreSection, ValvesAtOnce
from meterhold.documents.config_watch import WatchSection
from meterhold.documents.limits import BulkOrders, LimitsSection
from meterhold.domain.commands import Terms
from meterhold.domain.errors import Fault, Malformed
from meterhold.domain.leaking import LeakWatch
from meterhold.domain.words import Proof
from meterhold.yaml_text import read_yaml

__all__ = ["GatewayDocument", "LinkSection", "ModbusLink", "MqttLink", "load_config", "parse_config"]


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


TimeZone = Annotated[str, AfterValidator(_known_zone)]
StoreUrl = Annotated[str, AfterValidator(_sqlite_file)]


Mebibytes = Annotated[float, Field(ge=0, le=1024**3, allow_inf_nan=False)]


class SiteSection(StrictSection):
    """Which utility, or which part of one, this gateway works for."""

    name: Name
    time_zone: TimeZone
    """Of the site's own calendar; a service point's zone stands in the registry."""


class StoreSection(StrictSection):
    """Where the journal is kept."""

    url: StoreUrl
    """``sqlite:///file``; a relative path counts from the configuration file."""
    warn_below_mib: Mebibytes | None = None
    """Free space below which a person is told; without it the smaller of 1 GiB and 5 % of the disk."""
    stop_below_mib: Mebibytes | None = None
    """Free space below which no suspension is taken; without it the smaller of 64 MiB and 1 % of the disk."""


class LeakWatchSection(StrictSection):
    """When water that flows after a restore is a leak, and is shut off again."""

    within_s: Seconds
    """It flowed in every look for so long."""
    every_s: Seconds
    """Between the looks."""
    above: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
    """More than this flows, in m3/h."""

    def as_rule(self) -> LeakWatch:
        """In the words of the domain."""
        return LeakWatch(self.within_s, self.every_s, Decimal(str(self.above)))


def _seen_off(proof: Proof) -> Proof:
    if proof.rank < Proof.STATE_READ.rank:
        raise ValueError("must be state_read or load_proven: a receipt does not show that supply is off")
    return proof


BillingProof = Annotated[Proof, Field(strict=False), AfterValidator(_seen_off)]
"""What may stop charges."""


class TermsSection(StrictSection):
    """The site's own settings that decisions need."""

    suspend_within_s: Annotated[float, Field(ge=60, le=31 * 86_400, allow_inf_nan=False)] = 86_400
    """Default of ``not_after``, counted from ``starts_at``."""
    backdate_tolerance_s: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = 300
    unreachable_after_s: Seconds = 900
    required_proof: dict[str, Annotated[Proof, Field(strict=False)]] = Field(default_factory=dict)
    """Profile to level; a profile that is not named needs the best it can give."""
    billing_proof: BillingProof = Proof.STATE_READ
    """How well supply must be known to be off before charging stops."""
    billing_proof_of: dict[str, BillingProof] = Field(default_factory=dict)
    """The same for single profiles."""
    leak_watch: dict[str, LeakWatchSection] = Field(default_factory=dict)
    """Profile or service to rule; nothing is watched where neither is named."""
    armed_timeout_s: Annotated[float, Field(ge=60, le=31 * 86_400, allow_inf_nan=False)] = 86_400
    """How long an armed meter may wait for its button before a person is asked."""
    mass_restore: MassRestoreSection = MassRestoreSection()
    """How fast many homes of one feeder or zone come back."""
    valves_at_once: ValvesAtOnce = 3
    """More valves of one zone than this never close at the same time."""
    watch: WatchSection = WatchSection()
    limits: LimitsSection = LimitsSection()
    """More than this waits for a second person."""
    bulk_orders: BulkOrders = 20
    """More orders of a kind in one document, or meters in one order, wait for a second person together."""

    def as_terms(self) -> Terms:
        """In the words of the domain."""
        return Terms(
            self.suspend_within_s,
            self.backdate_tolerance_s,
            self.unreachable_after_s,
            self.required_proof,
            {name: rule.as_rule() for name, rule in self.leak_watch.items()},
            self.armed_timeout_s,
            billing_proof=self.billing_proof,
            billing_proof_of=self.billing_proof_of,
            mass_restore=self.mass_restore.as_rule(),
            valves_at_once=self.valves_at_once,
            watch=self.watch.as_rules(),
            limits=self.limits.as_limits(),
            bulk_orders=self.bulk_orders,
        )


class AuditSection(StrictSection):
    """Where the ends of the journal's chain are noted, so that cutting it off shows."""

    checkpoints: Annotated[str, Field(min_length=1)]
    """A file on another volume than the store; a relative path counts from the configuration file."""
    cron: Annotated[str, Field(pattern=r"^\S+( \S+){4}$")] = "0 * * * *"
    """When, in the site's time zone, as crontab writes it."""


class GatewayDocument(StrictSection):
    """A whole configuration."""

    schema_version: Literal[1]
    site: SiteSection
    store: StoreSection
    http: HttpSection = HttpSection()
    meters: Annotated[str, Field(pattern=r"\.(csv|ya?ml)$")]
    """The registry of meters; a relative path counts from the configuration file."""
    profiles: str | None = None
    """A folder of the site's own profiles, beside the built-in ones."""
    policy: str | None = None
    """The rules of the site; a relative path counts from the configuration file. Without it, only the floor counts."""
    forecasts: ForecastsSection = ForecastsSection()
    terms: TermsSection = TermsSection()
    audit: AuditSection | None = None
    links: Annotated[dict[Name, LinkSection], Field(min_length=1)]


def parse_config(text: str, name: str = "gateway.yaml") -> GatewayDocument:
    """Check a whole configuration, or raise ``Malformed`` with all its faults."""
    source = read_yaml(text, nulls=True)
    if source.faults:
        raise Malformed(name, list(source.faults.values()))
    if not isinstance(source.data, dict):
        raise Malformed(name, [Fault("", "must be a mapping of keys to values", line=1)])
    disturbing = [*collisions(source), *forecast_faults(source)]
    try:
        document = GatewayDocument.model_validate(source.data)
    except ValidationError as error:
        raise Malformed(name, in_file_order([*faults_of(error, source), *disturbing])) from error
    if disturbing:
        raise Malformed(name, disturbing)
    return document


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

    links = {name: placed(link, at) for name, link in document.links.items()}
    url = f"sqlite:///{at(document.store.url.removeprefix('sqlite:///'))}"
    store = document.store.model_copy(update={"url": url})
    update: dict[str, object] = {
        "store": store,
        "meters": at(document.meters),
        "profiles": at(document.profiles),
        "policy": at(document.policy),
        "forecasts": placed_forecasts(document.forecasts, at),
        "http": placed_http(document.http, at),
        "links": links,
    }
    if document.audit is not None:
        update["audit"] = document.audit.model_copy(update={"checkpoints": at(document.audit.checkpoints)})
    return document.model_copy(update=update)
