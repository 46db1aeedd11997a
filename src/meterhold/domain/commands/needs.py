"""Which rows a decision reads."""

from dataclasses import dataclass

from meterhold.domain.order import OrderKey


@dataclass(frozen=True, slots=True)
class Needs:
    """Which rows a decision reads.

    ``whole_holds`` adds the orders and meters of each hold; ``holds_of_meters`` adds the open holds of each meter
    (and then, with ``whole_holds``, what belongs to those). The tallies of every meter and sender that is read come
    along, and the approvals that a hold or an order waits for; of the named approvals also who asked.
    """

    orders: tuple[OrderKey, ...] = ()
    holds: tuple[str, ...] = ()
    meters: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()
    originators: tuple[str, ...] = ()
    """Senders; those of the named orders, and the approvals that they have open, come by themselves."""
    whole_holds: bool = False
    holds_of_meters: bool = False
