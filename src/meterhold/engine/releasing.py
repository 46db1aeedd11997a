"""What was put off for a cause that a commit has just ended: it need not wait to be asked again.

The sweep asks again within half a minute; this is only sharper.
"""

from collections.abc import Iterator, Sequence

from meterhold.domain.draft import Draft
from meterhold.domain.events import HoldMoved, InhibitLifted, MeterUnlocked
from meterhold.domain.words import Because


def ended_stops(drafts: Sequence[Draft]) -> Iterator[tuple[Because, str | None]]:
    """Name each cause that is over, and the meter at which it is; ``None``: at all of them."""
    for draft in drafts:
        for event in draft.events:
            match event:
                case InhibitLifted():
                    yield Because.INHIBITED, None
                case MeterUnlocked(meter_id=meter_id):
                    yield Because.TECHNICIAN_LOCK, meter_id
                case HoldMoved(hold_id=hold_id):
                    # Over, or turned round: it keeps no other hold's restore waiting.
                    yield from ((Because.HELD_BY, leg.meter_id) for leg in draft.hold(hold_id).legs)
                case _:
                    pass
