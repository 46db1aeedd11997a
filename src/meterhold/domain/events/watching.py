"""What the watch saw of meters that are held."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.hold import Register, Window
from meterhold.domain.meter import Actual
from meterhold.domain.observation import RegisterReading
from meterhold.domain.watch import Watch
from meterhold.domain.words import Because, Identity, Moment, Outcome, Proof, SupplyState


@dataclass(frozen=True, slots=True)
class MeterWatched:
    """A held meter was looked at, or did not answer; kept when something is new, and else once in a while."""

    at: datetime
    meter_id: str
    watch: Watch
    """What is remembered from now on."""
    actual: Actual | None = None
    """``None``: it was not seen."""
    identity: Identity | None = None
    register: RegisterReading | None = None


@dataclass(frozen=True, slots=True)
class LegWatched:
    """Supply at a leg is not what was known of it, or is known more strongly now."""

    at: datetime
    hold_id: str
    meter_id: str
    actual: SupplyState
    proof: Proof
    outcome: Outcome | None = None
    """``reverted`` where supply came back by itself; ``None`` leaves the outcome as it is."""
    because: Because | None = None
    between: Window | None = None
    """When it came back: after the one look and before the other."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LegRead:
    """The registers of a leg that is only watched were read at one end of its hold."""

    at: datetime
    hold_id: str
    meter_id: str
    moment: Moment
    actual: SupplyState
    proof: Proof
    identity: Identity
    registers: tuple[Register, ...]
