"""A meter as every face shows it: what is intended beside what is actual, and what lies between the two."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from meterhold.documents.alarm import AlarmView, view_alarm
from meterhold.documents.lock import LockView, show_lock
from meterhold.documents.observation import (
    IdentityView,
    ObservationView,
    ReadingView,
    view_observation,
    view_reading,
)
from meterhold.documents.witness import WitnessView, view_witness
from meterhold.domain.errors import Fault
from meterhold.domain.hold import Attention, Hold
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.meter import Meter
from meterhold.domain.observation import IdentitySeen, Observation
from meterhold.domain.operation import Operation, OperationKind
from meterhold.domain.operation_table import OperationState
from meterhold.domain.sentences import sentence
from meterhold.domain.words import Because, Context, Decision, Flag, Identity, Proof, Service, SupplyState


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
class CommissionedView:
    """Who confirmed that this address is this meter."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WorkView:
    """What the gateway is at with a meter: for which hold, how far it has got, and what keeps it."""

    hold_id: str
    status: HoldStatus
    kind: OperationKind
    target: SupplyState
    state: OperationState
    because: Because | None
    why: str
    since: datetime
    next_turn_at: datetime
    waits_until: datetime | None


@dataclass(frozen=True, slots=True)
class WaitingView:
    """Something at a meter that waits for a named person's decision."""

    hold_id: str
    n: int
    code: Because
    since: datetime
    who: str
    decisions: tuple[Decision, ...]
    detail: str


@dataclass(frozen=True, slots=True)
class MeterView:
    """A meter: what is intended beside what is actual, never merged."""

    meter_id: str
    service_point: str
    service: Service
    intended: IntendedView
    actual: ActualView
    because: Because | None
    work: tuple[WorkView, ...]
    lock: LockView | None
    attention: tuple[WaitingView, ...]
    alarms: tuple[AlarmView, ...]
    witnessed: WitnessView | None
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
class UnreadView:
    """A point that a live read did not bring, and why."""

    point: str
    because: Because
    detail: str


@dataclass(frozen=True, slots=True)
class StrangerView:
    """Why it is not sure that the meter which answered is the one that is meant."""

    because: Because | None
    detail: str


@dataclass(frozen=True, slots=True)
class ReadoutView:
    """A live look at a meter, with what the gateway knew before beside it."""

    meter: MeterView
    actual: SupplyState
    proof: Proof
    observation: ObservationView
    unread: tuple[UnreadView, ...]
    stranger: StrangerView | None
    recorded: bool
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


def view_meter(
    meter: Meter,
    now: datetime,
    because: Because | None = None,
    *,
    work: Sequence[tuple[Hold, Operation]] = (),
    attention: Sequence[tuple[Hold, Attention]] = (),
) -> MeterView:
    """Show a meter. ``because`` is why it is not where it is intended to be; ``work`` is what is open there."""
    place, actual, commissioning = meter.installation, meter.actual, meter.commissioning
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
        work=tuple(_work(hold, operation) for hold, operation in work),
        lock=show_lock(meter.lock),
        attention=tuple(_waiting(hold, item) for hold, item in attention),
        alarms=tuple(map(view_alarm, meter.alarms)),
        witnessed=None if meter.witnessed is None else view_witness(meter.witnessed),
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


def _work(hold: Hold, operation: Operation) -> WorkView:
    because = operation.because
    return WorkView(
        hold_id=hold.hold_id,
        status=hold.status,
        kind=operation.kind,
        target=operation.target,
        state=operation.state,
        because=because,
        why=operation.detail or ("" if because is None else sentence(because)),
        since=operation.created_at,
        next_turn_at=operation.due_at,
        waits_until=hold.leg(operation.meter_id).waits_until,
    )


def _waiting(hold: Hold, item: Attention) -> WaitingView:
    return WaitingView(hold.hold_id, item.n, item.code, item.since, item.who, item.decisions, item.detail)


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
