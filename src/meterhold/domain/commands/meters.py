"""What may be asked of a meter."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.commands.needs import Needs
from meterhold.domain.meter import Actual, Commissioning, Installation
from meterhold.domain.observation import RegisterReading
from meterhold.domain.witness import Witness
from meterhold.domain.words import Because, Identity


@dataclass(frozen=True, slots=True)
class RegisterMeters:
    """Take over the registry's file: these meters and no others."""

    at: datetime
    installations: tuple[Installation, ...]
    retire: tuple[str, ...] = ()

    @property
    def needs(self) -> Needs:
        """The meters."""
        return Needs(meters=tuple(i.meter_id for i in self.installations) + self.retire)


@dataclass(frozen=True, slots=True)
class LockMeter:
    """Stop all switching of a meter."""

    at: datetime
    meter_id: str
    owner: str
    reason: str
    review_at: datetime

    @property
    def needs(self) -> Needs:
        """The meter and what is open there."""
        return Needs(meters=(self.meter_id,), holds_of_meters=True)


@dataclass(frozen=True, slots=True)
class UnlockMeter:
    """Let a meter be switched again."""

    at: datetime
    meter_id: str
    by: str
    reason: str
    is_admin: bool

    @property
    def needs(self) -> Needs:
        """The meter and what is open there."""
        return Needs(meters=(self.meter_id,), holds_of_meters=True)


@dataclass(frozen=True, slots=True)
class ReviewLock:
    """A lock's review time has come."""

    at: datetime
    meter_id: str

    @property
    def needs(self) -> Needs:
        """The meter."""
        return Needs(meters=(self.meter_id,))


@dataclass(frozen=True, slots=True)
class RecordWitness:
    """Keep what a person at the meter stated."""

    at: datetime
    meter_id: str
    witness: Witness

    @property
    def needs(self) -> Needs:
        """The meter and what is open there."""
        return Needs(meters=(self.meter_id,), holds_of_meters=True)


@dataclass(frozen=True, slots=True)
class CommissionMeter:
    """Keep a person's confirmation that an address is a meter."""

    at: datetime
    meter_id: str
    commissioning: Commissioning
    identity: Identity

    @property
    def needs(self) -> Needs:
        """The meter."""
        return Needs(meters=(self.meter_id,))


@dataclass(frozen=True, slots=True)
class ObserveMeter:
    """Keep what a look outside any operation saw."""

    at: datetime
    meter_id: str
    actual: Actual
    identity: Identity
    register: RegisterReading | None = None

    @property
    def needs(self) -> Needs:
        """The meter."""
        return Needs(meters=(self.meter_id,))


@dataclass(frozen=True, slots=True)
class ReportAlarm:
    """Keep that something is wrong at a meter, whether or not there is work on it."""

    at: datetime
    meter_id: str
    code: Because
    detail: str
    subject: str = ""
    """What tells two alarms of one cause apart: a topic."""

    @property
    def needs(self) -> Needs:
        """The meter."""
        return Needs(meters=(self.meter_id,))
