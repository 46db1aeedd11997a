"""A meter, and what a look at it saw, as every face shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from meterhold.documents.render import decimal_text
from meterhold.domain.errors import Fault
from meterhold.domain.meter import Lock, Meter
from meterhold.domain.observation import IdentitySeen, Observation, RegisterReading
from meterhold.domain.words import Because, Context, Flag, Identity, Proof, Quality, Quantity, Service, SupplyState


@dataclass(frozen=True, slots=True)
class IntendedView:
    """What the gateway wants of supply, and for which hold."""

    state: SupplyState | None
    hold_id: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ActualView:
    """What was last observed of supply, how strongly it is known, from what and how long ago."""

    state: SupplyState
    proof: Proof
    source: str
    at: datetime | None
    age_s: float | None


@dataclass(frozen=True, slots=True)
class LockView:
    """A technician's named stop on all switching."""

    owner: str
    reason: str
    since: datetime
    review_at: datetime


@dataclass(frozen=True, slots=True)
class ReadingView:
    """A billing register as it stood at one look."""

    name: Quantity
    value: str
    unit: str
    quality: Quality
    at: datetime


@dataclass(frozen=True, slots=True)
class CommissionedView:
    """Who confirmed that this address is this meter."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MeterView:
    """A meter: what is intended beside what is actual, never merged."""

    meter_id: str
    service_point: str
    service: Service
    intended: IntendedView
    actual: ActualView
    because: Because | None
    lock: LockView | None
    identity: Identity
    commissioned: CommissionedView | None
    last_register: ReadingView | None
    open_holds: tuple[str, ...]
    left_off_by: str | None
    profile: str
    link: str
    address: str
    serial: str | None
    area: str | None
    time_zone: str
    flags: tuple[Flag, ...]
    depends_on: tuple[str, ...]
    proof_from: str | None
    context: Context
    retired: bool


@dataclass(frozen=True, slots=True)
class LockAnswerView:
    """Whether the lock holds: ``not_yet_safe`` while a write to the meter is unresolved or at a carrier."""

    meter_id: str
    status: str
    waiting_for: str | None
    lock: LockView | None


@dataclass(frozen=True, slots=True)
class IdentityView:
    """Who answered."""

    strength: Identity
    value: str | None


@dataclass(frozen=True, slots=True)
class InterlockView:
    """Something that forbids a movement now."""

    because: Because
    blocks_disconnect: bool
    blocks_connect: bool


@dataclass(frozen=True, slots=True)
class MeasuredView:
    """One measured value, and the earliest moment at which the device is known to have supplied it."""

    name: Quantity
    value: str
    unit: str
    produced_at: datetime | None


@dataclass(frozen=True, slots=True)
class ObservationView:
    """What one look saw."""

    at: datetime
    state: SupplyState
    echo_state: SupplyState
    load: bool | None
    load_side_voltage: bool | None
    supply_healthy: bool | None
    empty_pipe: bool
    identity: IdentityView
    interlocks: tuple[InterlockView, ...]
    registers: tuple[ReadingView, ...]
    measured: tuple[MeasuredView, ...]
    source: str


@dataclass(frozen=True, slots=True)
class ReadoutView:
    """A live look at a meter, with what the gateway knew before beside it."""

    meter: MeterView
    actual: SupplyState
    proof: Proof
    observation: ObservationView
    took_s: float


@dataclass(frozen=True, slots=True)
class FaultView:
    """One thing that is wrong."""

    field: str
    rule: str
    code: Because
    line: int | None


@dataclass(frozen=True, slots=True)
class VerificationView:
    """A dry run on a meter: who answers there, what would be written, and what speaks against it."""

    meter_id: str
    profile: str
    identity: IdentityView
    expected_serial: str | None
    observation: ObservationView | None
    would_write: dict[str, tuple[str, ...]]
    faults: tuple[FaultView, ...]
    commissioned: bool


class Verified(Protocol):
    """What a verification says."""

    @property
    def meter_id(self) -> str:
        """The meter."""

    @property
    def profile(self) -> str:
        """Its profile."""

    @property
    def identity(self) -> IdentitySeen:
        """Who answered."""

    @property
    def expected_serial(self) -> str | None:
        """Who should have."""

    @property
    def observation(self) -> Observation | None:
        """What was seen."""

    @property
    def would_write(self) -> Mapping[str, tuple[str, ...]]:
        """What each movement would write."""

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What speaks against switching it."""

    @property
    def commissioned(self) -> bool:
        """A commissioning record holds."""


def view_meter(meter: Meter, now: datetime, because: Because | None = None) -> MeterView:
    """Show a meter. ``because`` is why it is not where it is intended to be."""
    place, actual, lock, commissioning = meter.installation, meter.actual, meter.lock, meter.commissioning
    return MeterView(
        meter_id=place.meter_id,
        service_point=place.service_point,
        service=place.service,
        intended=IntendedView(meter.intended.state, meter.intended.hold_id, meter.intended.at),
        actual=ActualView(
            actual.state,
            actual.proof,
            actual.source,
            actual.at,
            None if actual.at is None else max(0.0, round((now - actual.at).total_seconds(), 3)),
        ),
        because=because,
        lock=None if lock is None else _lock(lock),
        identity=meter.identity,
        commissioned=None if commissioning is None else CommissionedView(commissioning.by, commissioning.at),
        last_register=None if meter.last_register is None else view_reading(meter.last_register),
        open_holds=meter.open_holds,
        left_off_by=meter.left_off_by,
        profile=place.profile,
        link=place.link,
        address=place.address,
        serial=place.serial,
        area=place.area,
        time_zone=place.time_zone,
        flags=tuple(sorted(place.flags)),
        depends_on=place.depends_on,
        proof_from=place.proof_from,
        context=place.context,
        retired=meter.retired,
    )


def view_lock(meter: Meter, *, held: bool, waiting_for: str | None) -> LockAnswerView:
    """Say whether hands may go inside."""
    lock = meter.lock
    status = "unlocked" if lock is None else "held" if held else "not_yet_safe"
    return LockAnswerView(meter.meter_id, status, waiting_for, None if lock is None else _lock(lock))


def view_reading(reading: RegisterReading) -> ReadingView:
    """Show a billing register."""
    return ReadingView(
        reading.quantity, decimal_text(reading.value), reading.quantity.unit, reading.quality, reading.at
    )


def view_observation(seen: Observation) -> ObservationView:
    """Show what one look saw."""
    return ObservationView(
        at=seen.at,
        state=seen.state,
        echo_state=seen.echo_state,
        load=seen.load,
        load_side_voltage=seen.load_side_voltage,
        supply_healthy=seen.supply_healthy,
        empty_pipe=seen.empty_pipe,
        identity=IdentityView(seen.identity.strength, seen.identity.value),
        interlocks=tuple(
            InterlockView(lock.because, lock.blocks_disconnect, lock.blocks_connect) for lock in seen.interlocks
        ),
        registers=tuple(view_reading(reading) for reading in seen.registers),
        measured=tuple(
            MeasuredView(one.quantity, decimal_text(one.value), one.quantity.unit, one.produced_at)
            for one in seen.measured
        ),
        source=seen.source,
    )


def view_fault(fault: Fault) -> FaultView:
    """Show one thing that is wrong."""
    return FaultView(fault.field, fault.rule, fault.code, fault.line)


def view_verification(found: Verified) -> VerificationView:
    """Show a dry run on a meter."""
    return VerificationView(
        meter_id=found.meter_id,
        profile=found.profile,
        identity=IdentityView(found.identity.strength, found.identity.value),
        expected_serial=found.expected_serial,
        observation=None if found.observation is None else view_observation(found.observation),
        would_write=dict(found.would_write),
        faults=tuple(view_fault(fault) for fault in found.faults),
        commissioned=found.commissioned,
    )


def _lock(lock: Lock) -> LockView:
    return LockView(lock.owner, lock.reason, lock.since, lock.review_at)
