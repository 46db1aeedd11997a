"""A live read: the meter's true state now, for a technician or a desk."""

from dataclasses import dataclass

from meterhold.domain.commands import ObserveMeter
from meterhold.domain.errors import UnknownThing
from meterhold.domain.identity import check_identity
from meterhold.domain.meter import Actual, Meter
from meterhold.domain.observation import Observation
from meterhold.domain.proof import resting
from meterhold.domain.words import Because, Proof, SupplyState
from meterhold.usecases.looking import link_of, look, profile_of
from meterhold.usecases.ports import Ports


@dataclass(frozen=True, slots=True)
class Readout:
    """What a live read saw."""

    meter: Meter
    observation: Observation
    actual: SupplyState
    proof: Proof
    took_s: float


async def read_meter(ports: Ports, meter_id: str) -> Readout:
    """Look at a meter now and keep what was seen. Raises ``UnknownThing`` or ``WireError``."""
    meter = await ports.queries.meter(meter_id)
    if meter is None:
        raise UnknownThing(Because.UNKNOWN_METER, f"there is no meter {meter_id!r}")
    started = ports.clock.monotonic()
    profile = profile_of(ports, meter)
    async with ports.links.turn(link_of(ports, meter)) as turn:
        seen = await look(ports, turn, meter, profile, None)
    if not check_identity(meter, None, profile.identity, seen, disconnects=False).ok:
        # Another meter answered: nothing was seen of ours, and its register must not become what ours is measured by.
        return Readout(meter, seen, SupplyState.UNKNOWN, Proof.NONE, ports.clock.monotonic() - started)
    state, proof = resting(seen)
    actual = Actual(state, proof, seen.source, seen.at)
    register = seen.registers[0] if seen.registers else None
    draft = await ports.journal.submit(
        ObserveMeter(ports.clock.now(), meter_id, actual, seen.identity.strength, register)
    )
    return Readout(draft.meter(meter_id), seen, state, proof, ports.clock.monotonic() - started)
