"""What a dispute asks for beside the switching itself."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.kept_settings import Setting
from meterhold.domain.words import Moment


@dataclass(frozen=True, slots=True)
class SettingsRead:
    """What a meter is set to was read, at one end of a hold."""

    at: datetime
    hold_id: str
    meter_id: str
    moment: Moment
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class HoldMarkedWrongful:
    """A person found that supply should never have been cut: no fee is charged for it."""

    at: datetime
    hold_id: str
    by: str
    reason: str
