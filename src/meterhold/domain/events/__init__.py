"""What happened, in the past tense: the truth of the journal. Everything that queries read is derived from these."""

from meterhold.domain.events.alarms import AlarmAcknowledged, AlarmRaised
from meterhold.domain.events.approvals import (
    ApprovalCompleted,
    ApprovalDecided,
    ApprovalExpired,
    ApprovalFinished,
    ApprovalFollowed,
    ApprovalJoined,
    ApprovalOpened,
)
from meterhold.domain.events.audit import (
    CallsRefused,
    CheckpointNoted,
    CommandRefused,
    ConfigurationReloaded,
    ReloadRefused,
    StoreFounded,
)
from meterhold.domain.events.evidence import HoldMarkedWrongful, SettingsRead
from meterhold.domain.events.exchanges import LegExchanged, MeterExchanged
from meterhold.domain.events.holds import (
    AttentionCleared,
    AttentionRaised,
    HoldAmended,
    HoldApproved,
    HoldDeferred,
    HoldJudged,
    HoldMoved,
    HoldOpened,
    HoldReminded,
    HoldWaitsForApproval,
    LegAccepted,
    LegHandedOver,
    LegTakenOver,
    LegWaits,
    LegWitnessed,
    RestoreAsked,
)
from meterhold.domain.events.keys import (
    KeyCreated,
    KeyRevoked,
    KeyRotated,
    OriginatorKeyRegistered,
    OriginatorKeyRevoked,
    SignatureAccepted,
    SignatureRefused,
)
from meterhold.domain.events.meters import (
    CommissioningVoided,
    LockReviewDue,
    MeterAlarm,
    MeterCommissioned,
    MeterLocked,
    MeterObserved,
    MeterRegistered,
    MeterRetired,
    MeterUnlocked,
    MeterWitnessed,
    RestoreDecided,
)
from meterhold.domain.events.operations import OperationMoved, OperationQueued
from meterhold.domain.events.orders import OrderAccepted, OrderAdvanced, OrderFinished, OrderRefused
from meterhold.domain.events.site import (
    ClockStepped,
    ForecastReceived,
    InhibitLifted,
    InhibitSet,
    LimitsChanged,
    MoratoriumLifted,
    MoratoriumRaised,
)
from meterhold.domain.events.watching import LegRead, LegWatched, MeterWatched

__all__ = [
    "AlarmAcknowledged",
    "AlarmRaised",
    "ApprovalCompleted",
    "ApprovalDecided",
    "ApprovalExpired",
    "ApprovalFinished",
    "ApprovalFollowed",
    "ApprovalJoined",
    "ApprovalOpened",
    "AttentionCleared",
    "AttentionRaised",
    "CallsRefused",
    "CheckpointNoted",
    "ClockStepped",
    "CommandRefused",
    "CommissioningVoided",
    "ConfigurationReloaded",
    "Event",
    "ForecastReceived",
    "HoldAmended",
    "HoldApproved",
    "HoldDeferred",
    "HoldJudged",
    "HoldMarkedWrongful",
    "HoldMoved",
    "HoldOpened",
    "HoldReminded",
    "HoldWaitsForApproval",
    "InhibitLifted",
    "InhibitSet",
    "KeyCreated",
    "KeyRevoked",
    "KeyRotated",
    "LegAccepted",
    "LegExchanged",
    "LegHandedOver",
    "LegRead",
    "LegTakenOver",
    "LegWaits",
    "LegWatched",
    "LegWitnessed",
    "LimitsChanged",
    "LockReviewDue",
    "MeterAlarm",
    "MeterCommissioned",
    "MeterExchanged",
    "MeterLocked",
    "MeterObserved",
    "MeterRegistered",
    "MeterRetired",
    "MeterUnlocked",
    "MeterWatched",
    "MeterWitnessed",
    "MoratoriumLifted",
    "MoratoriumRaised",
    "OperationMoved",
    "OperationQueued",
    "OrderAccepted",
    "OrderAdvanced",
    "OrderFinished",
    "OrderRefused",
    "OriginatorKeyRegistered",
    "OriginatorKeyRevoked",
    "ReloadRefused",
    "RestoreAsked",
    "RestoreDecided",
    "SettingsRead",
    "SignatureAccepted",
    "SignatureRefused",
    "StoreFounded",
    "stream_of",
]

Event = (
    OrderAccepted
    | OrderRefused
    | OrderAdvanced
    | OrderFinished
    | HoldOpened
    | HoldAmended
    | HoldMoved
    | HoldJudged
    | RestoreAsked
    | LegWaits
    | LegAccepted
    | LegHandedOver
    | LegTakenOver
    | LegExchanged
    | HoldReminded
    | AttentionRaised
    | AttentionCleared
    | SettingsRead
    | HoldMarkedWrongful
    | OperationQueued
    | OperationMoved
    | MeterRegistered
    | MeterRetired
    | MeterLocked
    | MeterUnlocked
    | LockReviewDue
    | MeterWitnessed
    | MeterExchanged
    | RestoreDecided
    | MeterCommissioned
    | CommissioningVoided
    | MeterObserved
    | MeterAlarm
    | InhibitSet
    | InhibitLifted
    | KeyCreated
    | KeyRevoked
    | KeyRotated
    | SignatureAccepted
    | SignatureRefused
    | ClockStepped
    | AlarmRaised
    | AlarmAcknowledged
    | MeterWatched
    | LegWatched
    | LegRead
    | ApprovalOpened
    | ApprovalJoined
    | ApprovalDecided
    | ApprovalExpired
    | ApprovalCompleted
    | ApprovalFollowed
    | ApprovalFinished
    | ForecastReceived
    | MoratoriumRaised
    | MoratoriumLifted
    | LimitsChanged
    | OriginatorKeyRegistered
    | OriginatorKeyRevoked
    | HoldDeferred
    | HoldWaitsForApproval
    | HoldApproved
    | LegWitnessed
    | CallsRefused
    | CheckpointNoted
    | CommandRefused
    | ConfigurationReloaded
    | ReloadRefused
    | StoreFounded
)


def stream_of(event: Event) -> str:
    """Name the stream that an event belongs to: ``hold:…``, ``meter:…`` or ``site``."""
    hold_id = getattr(event, "hold_id", None)
    if hold_id is not None:
        return f"hold:{hold_id}"
    hold_ids: tuple[str, ...] = getattr(event, "hold_ids", ())
    if hold_ids:
        return f"hold:{hold_ids[0]}"
    meter_id = getattr(event, "meter_id", None)
    return "site" if meter_id is None else f"meter:{meter_id}"
