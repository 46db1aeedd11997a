"""A meter: an instance of a profile on a link, with what is intended of it beside what was last observed."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from meterhold.domain.alarm import Alarm
from meterhold.domain.observation import RegisterReading
from meterhold.domain.watch import UNWATCHED, Watch
from meterhold.domain.witness import Witness
from meterhold.domain.words import Context, Flag, Identity, Proof, Service, SupplyState


@dataclass(frozen=True, slots=True)
class Installation:
    """What the registry says of a meter: imported, never observed."""

    meter_id: str
    service_point: str
    service: Service
    profile: str
    link: str
    address: str
    """How the link finds it: a unit id on a Modbus line, the device's topic on a broker."""
    serial: str | None = None
    area: str | None = None
    """Feeder or zone."""
    time_zone: str = "UTC"
    rated_load_kw: Decimal | None = None
    flags: frozenset[Flag] = frozenset()
    depends_on: tuple[str, ...] = ()
    proof_from: str | None = None
    """The meter whose load proves what this one does, where it measures nothing itself."""
    context: Context = Context.PRODUCTION


@dataclass(frozen=True, slots=True)
class Lock:
    """A technician's named stop on all switching of a meter. It never releases itself."""

    owner: str
    reason: str
    since: datetime
    review_at: datetime
    reviewed: bool = False
    """Its review time has passed, and that was said."""


@dataclass(frozen=True, slots=True)
class Commissioning:
    """A person confirmed that this address is this meter, and which register it then showed."""

    by: str
    at: datetime
    baseline: RegisterReading | None
    wiring: str
    """Link, address and profile as they were: another wiring voids the record."""


@dataclass(frozen=True, slots=True)
class Actual:
    """What was last observed of supply, with source and time."""

    state: SupplyState = SupplyState.UNKNOWN
    proof: Proof = Proof.NONE
    source: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Intended:
    """What the gateway wants of supply, and for which hold."""

    state: SupplyState | None = None
    hold_id: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RestoreDecision:
    """The newest decision of a sender to have supply back at a place, whether or not there was a hold to end."""

    sender: str
    order_id: str
    issued_at: datetime
    sequence: int
    paid: bool


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter as the journal knows it."""

    installation: Installation
    actual: Actual = Actual()
    intended: Intended = Intended()
    identity: Identity = Identity.NONE
    lock: Lock | None = None
    commissioning: Commissioning | None = None
    last_register: RegisterReading | None = None
    open_holds: tuple[str, ...] = ()
    left_off_by: str | None = None
    """The hold that was closed with supply off, until the meter is handed over."""
    taken_off: str | None = None
    """The serial number of the meter that was here before the last exchange."""
    restores: tuple[RestoreDecision, ...] = ()
    """By sender: a suspension that was decided before it and arrives after it is overtaken."""
    commands: int = 0
    """Intents that were recorded for it: tells one command from the next."""
    witnessed: Witness | None = None
    """What a person last stated of it."""
    alarms: tuple[Alarm, ...] = ()
    """Those that nobody has acknowledged."""
    alarms_raised: int = 0
    watch: Watch = UNWATCHED
    retired: bool = field(default=False)
    """No longer in the registry's file."""

    @property
    def meter_id(self) -> str:
        """The utility's own name of it."""
        return self.installation.meter_id

    @property
    def wiring(self) -> str:
        """What a commissioning record is bound to."""
        place = self.installation
        return f"{place.profile}@{place.link}/{place.address}"
