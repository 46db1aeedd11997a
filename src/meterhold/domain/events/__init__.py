"""What happened, in the past tense: the truth of the journal. Everything that queries read is derived from these."""

from meterhold.domain.events.holds import (
    AttentionCleared,
    AttentionRaised,
    HoldAmended,
    HoldJudged,
    HoldMoved,
    HoldOpened,
    HoldReminded,
    LegAccepted,
    LegWaits,
    RestoreAsked,
)
from meterhold.domain.events.keys import KeyCreated, KeyRevoked
from meterhold.domain.events.meters import (
    CommissioningVoided,
    MeterAlarm,
    MeterCommissioned,
    MeterLocked,
    MeterObserved,
    MeterRegistered,
    MeterRetired,
    MeterUnlocked,
)
from meterhold.domain.events.operations import OperationMoved, OperationQueued
from meterhold.domain.events.orders import OrderAccepted, OrderAdvanced, OrderFinished, OrderRefused
from meterhold.domain.events.site import ClockStepped, InhibitLifted, InhibitSet

__all__ = [
    "AttentionCleared",
    "AttentionRaised",
    "ClockStepped",
    "CommissioningVoided",
    "Event",
    "HoldAmended",
    "HoldJudged",
    "HoldMoved",
    "HoldOpened",
    "HoldReminded",
    "InhibitLifted",
    "InhibitSet",
    "KeyCreated",
    "KeyRevoked",
    "LegAccepted",
    "LegWaits",
    "MeterAlarm",
    "MeterCommissioned",
    "MeterLocked",
    "MeterObserved",
    "MeterRegistered",
    "MeterRetired",
    "MeterUnlocked",
    "OperationMoved",
    "OperationQueued",
    "OrderAccepted",
    "OrderAdvanced",
    "OrderFinished",
    "OrderRefused",
    "RestoreAsked",
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
    | HoldReminded
    | AttentionRaised
    | AttentionCleared
    | OperationQueued
    | OperationMoved
    | MeterRegistered
    | MeterRetired
    | MeterLocked
    | MeterUnlocked
    | MeterCommissioned
    | CommissioningVoided
    | MeterObserved
    | MeterAlarm
    | InhibitSet
    | InhibitLifted
    | KeyCreated
    | KeyRevoked
    | ClockStepped
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
