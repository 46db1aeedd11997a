"""In which order the legs of a hold are switched."""

from collections.abc import Sequence

from meterhold.domain.draft import Draft
from meterhold.domain.hold import Leg
from meterhold.domain.words import Service


def stages(draft: Draft, legs: Sequence[Leg], *, restoring: bool) -> list[list[Leg]]:
    """Group legs into stages: those of one stage may move together, the next stage waits for them.

    A suspension switches water before electricity, so that a mains-powered valve or radio does not lose supply first,
    and a dependent meter before the one that it depends on. A restore goes the other way.
    """
    inside = {leg.meter_id: leg for leg in legs}
    ranked: dict[tuple[int, int], list[Leg]] = {}
    for leg in legs:
        depth = _depth(draft, leg.meter_id, inside, frozenset())
        ranked.setdefault((-depth, 0 if leg.service is Service.WATER else 1), []).append(leg)
    return [ranked[rank] for rank in sorted(ranked, reverse=restoring)]


def _depth(draft: Draft, meter_id: str, inside: dict[str, Leg], seen: frozenset[str]) -> int:
    """Count how many meters of the hold a meter hangs on; a ring counts once."""
    if meter_id in seen:
        return 0
    needs = [m for m in draft.meter(meter_id).installation.depends_on if m in inside]
    return max((1 + _depth(draft, m, inside, seen | {meter_id}) for m in needs), default=0)
