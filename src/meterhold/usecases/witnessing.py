"""A technician's statement of what they saw at a meter: kept beside the proof, never instead of it."""

from meterhold.domain.commands import RecordWitness
from meterhold.domain.meter import Meter
from meterhold.domain.witness import Witness
from meterhold.domain.words import SupplyState
from meterhold.usecases.ports import Ports


async def record_witness(
    ports: Ports, meter_id: str, by: str, state: SupplyState, statement: str, *, seal: str | None = None
) -> Meter:
    """Keep the statement under the name of the person who made it. Raises ``UnknownThing`` or ``StoreUnavailable``."""
    at = ports.clock.now()
    draft = await ports.journal.submit(RecordWitness(at, meter_id, Witness(by, at, state, statement, seal)))
    return draft.meter(meter_id)
