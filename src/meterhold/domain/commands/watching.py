"""What the watch asks to be kept."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.commands.needs import Needs
from meterhold.domain.observation import Observation
from meterhold.domain.watch import WatchRules
from meterhold.domain.words import Because, Identity


@dataclass(frozen=True, slots=True)
class WatchMeter:
    """Compare what was seen of a held meter with its holds. An uneventful look leaves nothing."""

    at: datetime
    meter_id: str
    hold_ids: tuple[str, ...]
    """The holds that are open there, that have left it off, or that are owed a look."""
    look: Observation | None
    """``None``: it did not answer."""
    profile_gives: Identity
    rules: WatchRules
    silent_after_s: float
    """The site's, or longer for a device that speaks rarely."""
    well_at: datetime | None = None
    """When this process last saw it and found nothing wrong."""
    because: Because | None = None
    """Why it was not seen."""
    detail: str = ""
    proof_window_s: float | None = None
    """For how long a register that stands still proves that nothing is drawn."""

    @property
    def needs(self) -> Needs:
        """The meter and those holds."""
        return Needs(holds=self.hold_ids, meters=(self.meter_id,), holds_of_meters=True)
