"""The statement of a hold: what is on record, for billing and for a dispute. It charges nothing itself."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.documents.hold import RegisterView, VerdictView, WindowView
from meterhold.domain.approval import ApprovalKind, ApprovalStatus
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.operation import OperationKind
from meterhold.domain.words import (
    Action,
    Because,
    Context,
    Decision,
    Identity,
    Mode,
    Outcome,
    Proof,
    Quality,
    Quantity,
    Reason,
    Service,
    SupplyState,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who wanted something of this hold, and when: an order, a decision, or the calendar."""

    at: datetime
    action: Action
    by: str
    """The authenticated sender, a person, or what the gateway itself went by."""
    order_id: str | None
    requested_by: str | None
    comment: str | None
    refused_because: Because | None
    """``None``: it was taken in."""


@dataclass(frozen=True, slots=True)
class Approved:
    """What a second person was asked, and said."""

    approval_id: str
    kind: ApprovalKind
    asked_by: str
    asked_at: datetime
    status: ApprovalStatus
    decided_by: str | None
    decided_at: datetime | None
    comment: str
    members: int
    set_hash: str
    """Of the exact set of orders that was decided on."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person decided on an attention item."""

    at: datetime
    by: str
    code: Because
    meter_id: str | None
    decision: Decision
    comment: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """What kept a switching waiting, since when and until when, and in whose hands it was."""

    code: Because
    meter_id: str | None
    since: datetime
    until: datetime | None
    who: str
    detail: str


@dataclass(frozen=True, slots=True)
class Alarmed:
    """What was found wrong, and who said that they know of it."""

    alarm_id: str
    code: Because
    meter_id: str | None
    raised_at: datetime
    detail: str
    evidence: dict[str, str]
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    comment: str


@dataclass(frozen=True, slots=True)
class Sent:
    """One write as it left, byte for byte, and what came back.

    Of Modbus the whole frame in hexadecimal digits; of MQTT the payload, with its quality of service.
    """

    to: str
    sent: str
    answer: str
    qos: int | None
    retained: bool | None


@dataclass(frozen=True, slots=True)
class Written:
    """What was permitted to be written, what of it left, and what became of it."""

    intent_id: str
    at: datetime
    """When the permission was given, which was durable before the first byte left."""
    planned: tuple[str, ...]
    """The steps as they were rendered before sending."""
    sent: tuple[Sent, ...]
    answer: str
    """``acknowledged``, ``refused``, ``lost``, ``sent``, ``never_sent``, or ``withdrawn`` of what was taken back."""


@dataclass(frozen=True, slots=True)
class PointSeen:
    """One measured value of a look."""

    quantity: Quantity
    value: str
    unit: str
    produced_at: datetime | None
    """The earliest moment at which the device is known to have supplied it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A look that decided something: a write, the outcome, or that something is other than it was."""

    at: datetime
    actual: SupplyState
    proof: Proof
    confirms: bool
    because: Because | None
    state: SupplyState
    """From points that tell the actuator's own position."""
    echo_state: SupplyState
    """From points that may only repeat the command."""
    load: bool | None
    load_side_voltage: bool | None
    supply_healthy: bool | None
    identity: Identity
    identity_value: str | None
    evidence: str
    """The points that it rests on."""
    measured: tuple[PointSeen, ...]


@dataclass(frozen=True, slots=True)
class Switching:
    """The work at one meter to bring it to a supply state, or to look at it, and how it ended."""

    operation_id: str
    kind: OperationKind
    target: SupplyState
    began_at: datetime
    outcome: Outcome | None
    because: Because | None
    detail: str
    proof: Proof
    identity: Identity
    evidence: str
    """The points that the last look rested on."""
    written: tuple[Written, ...]
    seen: tuple[Seen, ...]
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reading:
    """A register at one moment."""

    value: str
    quality: Quality
    at: datetime


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """A register at both ends of a stretch, and what went through it meanwhile."""

    register: Quantity
    unit: str
    at_start: Reading | None
    at_end: Reading | None
    used: str | None
    quality: Quality | None
    """Of what was used: the weaker one of both ends."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one meter being held off. Another begins when it is cut again, or when the meter is exchanged."""

    serial: str | None
    began_by: str
    """``suspended``, ``exchanged``, or ``watched`` of a leg that is only watched."""
    begins: WindowView
    ended_by: str | None
    """``restored``, ``reverted`` (by itself), ``exchanged``, ``handed_over``, ``ended`` of one that was only watched;
    ``None`` while it lasts."""
    ends: WindowView | None
    registers: tuple[RegisterLine, ...]


@dataclass(frozen=True, slots=True)
class Exchanged:
    """Another meter was put in its place."""

    at: datetime
    by: str
    old_serial: str | None
    new_serial: str | None
    comment: str


@dataclass(frozen=True, slots=True)
class Period:
    """A time that is not to be charged; without an end while supply is off."""

    begins_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What a person at the meter stated. It stands beside the proof and changes nothing of it."""

    at: datetime
    by: str
    state: SupplyState
    statement: str
    seal: str | None


@dataclass(frozen=True, slots=True)
class SettingLine:
    """What a meter was set to before the hold, and is set to after it."""

    name: str
    unit: str | None
    before: str | None
    after: str | None
    changed: bool
    """Both ends are known and differ."""


@dataclass(frozen=True, slots=True)
class StatementLeg:
    """One meter's part."""

    meter_id: str
    service: Service
    mode: Mode
    restrict_to: str | None
    billing_proof: Proof
    """How well supply had to be known to be off before charging stopped."""
    suspended_at: WindowView | None
    restored_at: WindowView | None
    suspended_by: tuple[Switching, ...]
    restored_by: tuple[Switching, ...]
    checked_by: tuple[Switching, ...]
    registers: tuple[RegisterView, ...]
    segments: tuple[Segment, ...]
    exchanges: tuple[Exchanged, ...]
    settings: tuple[SettingLine, ...]
    witnessed: tuple[Witnessed, ...]
    not_chargeable: tuple[Period, ...]
    chargeable_because: str | None
    """Why there is no period free of charges, or why one ends before the restore."""


@dataclass(frozen=True, slots=True)
class FeesLine:
    """What the utility charges for switching: nothing where the cut was wrongful."""

    suspend: str
    restore: str
    currency: str
    ordered_suspend: str
    ordered_restore: str
    waived_because: str | None


@dataclass(frozen=True, slots=True)
class WrongfulView:
    """Who found that supply should never have been cut, and why."""

    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Source:
    """What the statement was drawn from: so many events of the journal, up to this one."""

    events: int
    last_seq: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Statement:
    """A hold for billing and for a dispute: who asked for what, why, and what really happened, with the evidence."""

    hold_id: str
    order_id: str | None
    sender: str | None
    requested_by: str | None
    restored_on_request_of: tuple[str, ...]
    reason: Reason
    comment: str | None
    context: Context
    account_ref: str | None
    payment_ref: str | None
    service_point: str
    status: HoldStatus
    asked_at: datetime
    planned_from: datetime
    planned_to: datetime | None
    chargeable_from: datetime | None
    ended_at: datetime | None
    asked: tuple[Asked, ...]
    legs: tuple[StatementLeg, ...]
    fees: FeesLine | None
    wrongful: WrongfulView | None
    wrongful_suspected: str | None
    """Why a person may want to look whether the cut was wrongful; the gateway never says so by itself."""
    verdicts: tuple[VerdictView, ...]
    approvals: tuple[Approved, ...]
    decisions: tuple[Decided, ...]
    stops: tuple[Stopped, ...]
    """A technician's lock, the inhibit, another hold, a feeder that bears no more: whatever made it wait."""
    alarms: tuple[Alarmed, ...]
    drawn_from: Source | None
