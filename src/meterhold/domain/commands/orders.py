"""Orders."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.commands.needs import Needs
from meterhold.domain.commands.terms import DEFAULT_TERMS, Capability, Terms
from meterhold.domain.order import Order, OrderKey
from meterhold.domain.signature import Signed


@dataclass(frozen=True, slots=True)
class SubmitOrder:
    """Take an order in."""

    at: datetime
    key: OrderKey
    order: Order
    content_hash: str
    meter_ids: tuple[str, ...]
    """Whom the order means, resolved from the registry."""
    hold_ids: tuple[str, ...]
    """The holds that the order names; for ``suspend`` the name that the new hold is to have."""
    capabilities: Mapping[str, Capability]
    terms: Terms = DEFAULT_TERMS
    may_approve: bool = False
    document: str | None = None
    """The name of the document that it came in, where that holds so many of its kind that they wait together."""
    spare_hold_id: str | None = None
    """The name for the hold that a restore opens where there is none."""
    signed: Signed | None = None
    """The signature that came with it."""
    beside: tuple[str, ...] = ()
    """The other meters of the service points, of which a suspension's rules must know."""

    @property
    def needs(self) -> Needs:
        """The order itself, whom it means and what is open there."""
        return Needs(
            (self.key,),
            self.hold_ids,
            self.meter_ids + self.beside,
            approvals=() if self.document is None else (self.document,),
            whole_holds=True,
            holds_of_meters=True,
        )
