"""Take the registry's file over into the store."""

from collections.abc import Sequence
from dataclasses import dataclass

from meterhold.domain.commands import RegisterMeters
from meterhold.domain.events import MeterRegistered, MeterRetired
from meterhold.domain.meter import Installation
from meterhold.usecases.ports import Ports

_BATCH = 2_000
"""Meters a transaction, so that importing a large registry does not hold orders up."""


@dataclass(frozen=True, slots=True)
class Registered:
    """What an import changed."""

    named: int
    changed: int
    retired: int


async def register_meters(ports: Ports, installations: Sequence[Installation]) -> Registered:
    """Make the registry these meters and no others. One with an open hold cannot leave: ``Refused``, and no change."""
    named = {installation.meter_id for installation in installations}
    gone = [meter_id for meter_id in await ports.queries.meter_ids() if meter_id not in named]
    changed = retired = 0
    batches: list[tuple[Sequence[Installation], tuple[str, ...]]] = [((), tuple(gone))] if gone else []
    batches += [(installations[n : n + _BATCH], ()) for n in range(0, len(installations), _BATCH)]
    for batch, retire in batches:
        draft = await ports.journal.submit(RegisterMeters(ports.clock.now(), tuple(batch), retire))
        changed += sum(isinstance(event, MeterRegistered) for event in draft.events)
        retired += sum(isinstance(event, MeterRetired) for event in draft.events)
    return Registered(len(named), changed, retired)
