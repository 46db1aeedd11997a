"""How each event changes the rows. Nothing is decided here: an event that was emitted happened."""

from collections.abc import Mapping

from meterhold.domain import events as e
from meterhold.domain.draft import Draft
from meterhold.domain.evolve.alarms import ALARMS
from meterhold.domain.evolve.applying import Apply
from meterhold.domain.evolve.approvals import APPROVALS
from meterhold.domain.evolve.attention import ATTENTION
from meterhold.domain.evolve.evidence import EVIDENCE
from meterhold.domain.evolve.holds import HOLDS
from meterhold.domain.evolve.meters import METERS
from meterhold.domain.evolve.operations import OPERATIONS
from meterhold.domain.evolve.orders import ORDERS
from meterhold.domain.evolve.originators import ORIGINATORS
from meterhold.domain.evolve.pacing import PACING
from meterhold.domain.evolve.site import SITE
from meterhold.domain.evolve.tallies import COUNTS, take_back
from meterhold.domain.evolve.watching import WATCHING


def emit(draft: Draft, event: e.Event) -> None:
    """Say that something happened and let it change the rows."""
    take_back(draft, event)
    _EVOLVE[type(event)](draft, event)
    for counts in (COUNTS, PACING):
        if (count := counts.get(type(event))) is not None:
            count(draft, event)
    draft.events.append(event)


def _nothing(_draft: Draft, _event: e.Event) -> None:
    """Kept for the record; no row of the domain changes."""


_EVOLVE: Mapping[type, Apply] = {
    **ORDERS,
    **HOLDS,
    **ATTENTION,
    **OPERATIONS,
    **METERS,
    **SITE,
    **EVIDENCE,
    **ALARMS,
    **WATCHING,
    **APPROVALS,
    **ORIGINATORS,
    e.MeterAlarm: _nothing,
    e.CheckpointNoted: _nothing,
    e.CommandRefused: _nothing,
    e.CallsRefused: _nothing,
    e.ConfigurationReloaded: _nothing,
    e.ReloadRefused: _nothing,
    e.KeyRotated: _nothing,
}
