"""What a person at a meter stated that they saw. It stands beside the proof and never overrides a reading."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.words import SupplyState


@dataclass(frozen=True, slots=True)
class Witness:
    """What a person at the meter stated, in words: "valve shut, seal 4711"."""

    by: str
    at: datetime
    state: SupplyState
    statement: str
    seal: str | None = None


STATEABLE = frozenset({SupplyState.CONNECTED, SupplyState.DISCONNECTED, SupplyState.ARMED, SupplyState.RESTRICTED})
"""What a person can see of supply with their own eyes."""
