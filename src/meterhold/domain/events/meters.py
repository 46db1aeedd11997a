"""What happened to a meter outside any operation."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.meter import Actual, Commissioning, Installation, Lock, RestoreDecision
from meterhold.domain.observation import RegisterReading
from meterhold.domain.witness import Witness
from meterhold.domain.words import Because, Identity


@dataclass(frozen=True, slots=True)
class MeterRegistered:
    """The registry named a meter, or names it differently now."""

    at: datetime
    meter_id: str
    installation: Installation


@dataclass(frozen=True, slots=True)
class MeterRetired:
    """The registry no longer names a meter."""

    at: datetime
    meter_id: str


@dataclass(frozen=True, slots=True)
class MeterLocked:
    """A technician stopped all switching of a meter."""

    at: datetime
    meter_id: str
    lock: Lock


@dataclass(frozen=True, slots=True)
class MeterUnlocked:
    """The lock was taken off by its owner, or by another person for a reason."""

    at: datetime
    meter_id: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class LockReviewDue:
    """A lock's review time has passed. It stays on: nothing but a person takes it off."""

    at: datetime
    meter_id: str


@dataclass(frozen=True, slots=True)
class MeterWitnessed:
    """A person at the meter stated what they saw, while no hold was at work there."""

    at: datetime
    meter_id: str
    witness: Witness


@dataclass(frozen=True, slots=True)
class MeterCommissioned:
    """A person confirmed that this address is this meter."""

    at: datetime
    meter_id: str
    commissioning: Commissioning
    identity: Identity


@dataclass(frozen=True, slots=True)
class CommissioningVoided:
    """The commissioning record no longer holds."""

    at: datetime
    meter_id: str
    because: Because
    detail: str


@dataclass(frozen=True, slots=True)
class MeterObserved:
    """A meter was looked at outside any operation."""

    at: datetime
    meter_id: str
    actual: Actual
    identity: Identity
    register: RegisterReading | None = None


@dataclass(frozen=True, slots=True)
class MeterAlarm:
    """Something is wrong at a meter that a person should know of."""

    at: datetime
    meter_id: str
    code: Because
    detail: str


@dataclass(frozen=True, slots=True)
class RestoreDecided:
    """A sender wants supply at a place, whatever hold may be open there: its older suspensions come too late."""

    at: datetime
    meter_id: str
    decision: RestoreDecision
