"""The gateway's own turns."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.commands.needs import Needs
from meterhold.domain.commands.terms import DEFAULT_TERMS, Terms
from meterhold.domain.kept_settings import Setting
from meterhold.domain.operation import Intent, Move


@dataclass(frozen=True, slots=True)
class RecordIntent:
    """Ask to write: the answer is the permission, and it is durable."""

    at: datetime
    hold_id: str
    meter_id: str
    operation_id: str
    revision: int
    """The revision of the operation before ``moves``: another one means that somebody else moved it."""
    moves: tuple[Move, ...]
    """What happened since the last commit."""
    intent: Intent
    clock_trusted: bool
    terms: Terms = DEFAULT_TERMS
    withdraws: bool = False
    """What was sent is to be taken back, which switches nothing."""
    settings: tuple[Setting, ...] = ()
    """What the meter was set to a moment ago, where this is to be kept."""

    @property
    def needs(self) -> Needs:
        """The hold with its orders and meters (what comes too late ends here), and what else is open at those."""
        return Needs(holds=(self.hold_id,), meters=(self.meter_id,), whole_holds=True, holds_of_meters=True)


@dataclass(frozen=True, slots=True)
class RecordTurn:
    """Keep what happened in a turn, and draw the consequences for the hold."""

    at: datetime
    hold_id: str
    meter_id: str
    operation_id: str
    revision: int
    moves: tuple[Move, ...]
    terms: Terms = DEFAULT_TERMS
    check_after_s: float = 0.0
    """How long after a good end the meter is looked at once more; 0: not at all."""
    settings: tuple[Setting, ...] = ()
    """What the meter is set to after its restore, where this is to be compared."""

    @property
    def needs(self) -> Needs:
        """The hold with its orders and meters, and what else is open at those."""
        return Needs(holds=(self.hold_id,), whole_holds=True, holds_of_meters=True)
