"""What may be asked when a meter was replaced."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.commands.needs import Needs
from meterhold.domain.commands.terms import DEFAULT_TERMS, Terms
from meterhold.domain.exchange import Exchange


@dataclass(frozen=True, slots=True)
class ExchangeMeter:
    """Keep that another meter hangs in a place now."""

    at: datetime
    meter_id: str
    exchange: Exchange
    terms: Terms = DEFAULT_TERMS

    @property
    def needs(self) -> Needs:
        """The meter, and what is open there."""
        return Needs(meters=(self.meter_id,), whole_holds=True, holds_of_meters=True)
