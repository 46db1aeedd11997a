"""What would keep an order waiting, as things stand now: for whoever asks before sending it."""

from collections.abc import Iterator

from meterhold.domain.decide.handing_over import stacked_over
from meterhold.domain.decide.restore import outstanding
from meterhold.domain.draft import Draft
from meterhold.domain.hold import Hold, Leg
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.order import OrderRecord
from meterhold.domain.words import Because, Mode

Stop = tuple[Because, str]

_DISCONNECTS = frozenset({HoldStatus.SCHEDULED, HoldStatus.AWAITING_APPROVAL, HoldStatus.SUSPENDING})


def stops_of(draft: Draft, record: OrderRecord, *, clock_trusted: bool) -> tuple[Stop, ...]:
    """Name each cause for which no write of the order would leave now, and whose it is."""
    holds = [draft.hold(hold_id) for hold_id in record.hold_ids]
    return tuple(dict.fromkeys(stop for hold in holds for stop in _stops(draft, hold, clock_trusted=clock_trusted)))


def _stops(draft: Draft, hold: Hold, *, clock_trusted: bool) -> Iterator[Stop]:
    if hold.status in _DISCONNECTS:
        legs = [leg for leg in hold.legs if leg.mode is not Mode.MONITOR_ONLY]
        inhibit = draft.site.inhibit
        if inhibit is not None and legs:
            yield Because.INHIBITED, f"the inhibit is on, by {inhibit.by}: {inhibit.reason}"
        if not clock_trusted and legs:
            yield Because.CLOCK, "the machine's clock has jumped or is not synchronised"
    else:
        legs = [leg for leg in hold.legs if outstanding(leg)]
    for leg in legs:
        yield from _locked(draft, leg)
    if hold.status is HoldStatus.RESTORING:
        for leg in legs:
            over = stacked_over(draft, leg.meter_id, hold.hold_id)
            if over is not None:
                yield Because.HELD_BY, f"{leg.meter_id}: the {over.reason} hold {over.hold_id} is open"


def _locked(draft: Draft, leg: Leg) -> Iterator[Stop]:
    lock = draft.meter(leg.meter_id).lock
    if lock is not None:
        yield Because.TECHNICIAN_LOCK, f"{leg.meter_id} is locked by {lock.owner}: {lock.reason}"
