"""What happened to a hold and its legs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from meterhold.domain.hold import Hold
from meterhold.domain.hold_table import HoldTrigger
from meterhold.domain.order import Order, OrderKey
from meterhold.domain.policy import Verdict
from meterhold.domain.witness import Witness
from meterhold.domain.words import Because, Decision, OnRestore


@dataclass(frozen=True, slots=True)
class HoldOpened:
    """A suspension was planned."""

    at: datetime
    hold: Hold

    @property
    def hold_id(self) -> str:
        """The hold."""
        return self.hold.hold_id


@dataclass(frozen=True, slots=True)
class HoldAmended:
    """Dates or settings of a hold were changed."""

    at: datetime
    hold_id: str
    order: Order
    not_after: datetime
    sender: str | None = None


@dataclass(frozen=True, slots=True)
class HoldMoved:
    """A hold took a step of its table."""

    at: datetime
    hold_id: str
    trigger: HoldTrigger
    because: Because | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class HoldJudged:
    """Policy ran again."""

    at: datetime
    hold_id: str
    verdicts: tuple[Verdict, ...]
    inspect_from: Mapping[str, datetime] = field(default_factory=dict)
    """Meters whose supply comes back only after an inspection, and from when on."""


@dataclass(frozen=True, slots=True)
class RestoreAsked:
    """Somebody, or the calendar, wants supply back."""

    at: datetime
    hold_id: str
    by: str
    key: OrderKey | None
    on_restore: OnRestore
    restore_by: datetime | None = None
    payment_ref: str | None = None
    issued_at: datetime | None = None
    sequence: int = 0
    found_off_too: tuple[str, ...] = ()
    """Meters that were found off and that an approver named."""


@dataclass(frozen=True, slots=True)
class LegWaits:
    """A leg of a restore may not act now."""

    at: datetime
    hold_id: str
    meter_id: str
    because: Because
    held_by: str | None = None
    until: datetime | None = None
    """Until when what keeps it may last, where that is known."""


@dataclass(frozen=True, slots=True)
class LegAccepted:
    """A person decided to leave a leg as it is."""

    at: datetime
    hold_id: str
    meter_id: str
    by: str


@dataclass(frozen=True, slots=True)
class LegHandedOver:
    """The hold is over, and another open one keeps the meter off: it is that one which brings it back now."""

    at: datetime
    hold_id: str
    meter_id: str
    to_hold: str


@dataclass(frozen=True, slots=True)
class LegTakenOver:
    """A meter that this hold had found off was switched by another hold: its restore acts on it from now on."""

    at: datetime
    hold_id: str
    meter_id: str
    from_hold: str


@dataclass(frozen=True, slots=True)
class HoldReminded:
    """The calendar's moment of the present status has passed and was said."""

    at: datetime
    hold_id: str


@dataclass(frozen=True, slots=True)
class AttentionRaised:
    """Something waits for a person's decision."""

    at: datetime
    hold_id: str
    code: Because
    meter_id: str | None
    who: str
    decisions: tuple[Decision, ...]
    detail: str


@dataclass(frozen=True, slots=True)
class AttentionCleared:
    """A person decided, or what was wrong is gone."""

    at: datetime
    hold_id: str
    n: int
    by: str
    decision: Decision | None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class HoldDeferred:
    """A rule lets the suspension begin only later."""

    at: datetime
    hold_id: str
    until: datetime


@dataclass(frozen=True, slots=True)
class HoldWaitsForApproval:
    """A second person must agree before the suspension may begin."""

    at: datetime
    hold_id: str
    approval_id: str


@dataclass(frozen=True, slots=True)
class HoldApproved:
    """A second person agreed; other approvals may still be missing."""

    at: datetime
    hold_id: str
    approval_id: str
    by: str


@dataclass(frozen=True, slots=True)
class LegWitnessed:
    """A person at the meter stated what they saw. It stands beside the proof and never overrides a reading."""

    at: datetime
    hold_id: str
    meter_id: str
    witness: Witness
