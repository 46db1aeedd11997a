"""What may be asked of the journal, in the imperative. Each names the rows that deciding it needs."""

from meterhold.domain.commands.alarms import AcknowledgeAlarm
from meterhold.domain.commands.approvals import (
    AskLimits,
    CompleteSet,
    DecideApproval,
    ExpireApproval,
    FinishApproval,
    FollowApproval,
)
from meterhold.domain.commands.audit import (
    FoundStore,
    KeepCheckpoint,
    KeepRefusal,
    KeepRefusedCalls,
    KeepReload,
    ReportSiteAlarm,
)
from meterhold.domain.commands.evidence import MarkWrongful
from meterhold.domain.commands.exchanges import ExchangeMeter
from meterhold.domain.commands.holds import AdvanceHold, DecideAttention, ReportPoisoned
from meterhold.domain.commands.keys import CreateKey, RegisterSigningKey, RevokeKey, RevokeSigningKey, RotateKey
from meterhold.domain.commands.meters import (
    CommissionMeter,
    LockMeter,
    ObserveMeter,
    RecordWitness,
    RegisterMeters,
    ReportAlarm,
    ReviewLock,
    UnlockMeter,
)
from meterhold.domain.commands.needs import Needs
from meterhold.domain.commands.operations import RecordIntent, RecordTurn
from meterhold.domain.commands.orders import SubmitOrder
from meterhold.domain.commands.policy import LiftMoratorium, RaiseMoratorium, ReceiveForecasts, ReviewHold
from meterhold.domain.commands.site import SetInhibit, StepClock
from meterhold.domain.commands.terms import Capability, Terms
from meterhold.domain.commands.watching import WatchMeter

__all__ = [
    "AcknowledgeAlarm",
    "AdvanceHold",
    "AskLimits",
    "Capability",
    "Command",
    "CommissionMeter",
    "CompleteSet",
    "CreateKey",
    "DecideApproval",
    "DecideAttention",
    "ExchangeMeter",
    "ExpireApproval",
    "FinishApproval",
    "FollowApproval",
    "FoundStore",
    "KeepCheckpoint",
    "KeepRefusal",
    "KeepRefusedCalls",
    "KeepReload",
    "LiftMoratorium",
    "LockMeter",
    "MarkWrongful",
    "Needs",
    "ObserveMeter",
    "RaiseMoratorium",
    "ReceiveForecasts",
    "RecordIntent",
    "RecordTurn",
    "RecordWitness",
    "RegisterMeters",
    "RegisterSigningKey",
    "ReportAlarm",
    "ReportPoisoned",
    "ReportSiteAlarm",
    "ReviewHold",
    "ReviewLock",
    "RevokeKey",
    "RevokeSigningKey",
    "RotateKey",
    "SetInhibit",
    "StepClock",
    "SubmitOrder",
    "Terms",
    "UnlockMeter",
    "WatchMeter",
]

Command = (
    SubmitOrder
    | AdvanceHold
    | RecordIntent
    | RecordTurn
    | DecideAttention
    | DecideApproval
    | FollowApproval
    | FinishApproval
    | ExpireApproval
    | CompleteSet
    | AskLimits
    | ReportPoisoned
    | MarkWrongful
    | RegisterMeters
    | LockMeter
    | UnlockMeter
    | ReviewLock
    | RecordWitness
    | CommissionMeter
    | ExchangeMeter
    | ObserveMeter
    | ReportAlarm
    | SetInhibit
    | CreateKey
    | RevokeKey
    | RotateKey
    | RegisterSigningKey
    | RevokeSigningKey
    | StepClock
    | FoundStore
    | KeepCheckpoint
    | KeepRefusal
    | KeepRefusedCalls
    | KeepReload
    | ReportSiteAlarm
    | AcknowledgeAlarm
    | WatchMeter
    | ReceiveForecasts
    | RaiseMoratorium
    | LiftMoratorium
    | ReviewHold
)
