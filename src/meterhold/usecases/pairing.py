"""A meter that measures nothing takes its proof from another one: a valve without a meter, from the flow behind it.

The other meter is read first, in a turn of its own, so that look, intent and write of the one that is switched stay
one turn, and so that two meters of one line do not wait for each other.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from meterhold.domain.errors import MeterRefused, NeverSent, NoAnswer
from meterhold.domain.identity import check_identity
from meterhold.domain.meter import Meter
from meterhold.domain.observation import Observation
from meterhold.domain.words import Because
from meterhold.profiles import Profile
from meterhold.usecases.looking import ProfileMissing, Sight, link_of, profile_of, see
from meterhold.usecases.ports import Ports


@dataclass(frozen=True, slots=True)
class Witness:
    """What the other meter showed."""

    meter: Meter
    profile: Profile
    sight: Sight

    def since(self, after: datetime | None) -> Observation | None:
        """What it tells of a moment; nothing where it is not sure who answered, or it is said to be offline."""
        try:
            seen = self.sight.since(after)
        except NoAnswer:
            return None
        verdict = check_identity(self.meter, None, self.profile.identity, seen, disconnects=False)
        return seen if verdict.ok else None


async def see_witness(ports: Ports, meter: Meter, after: datetime | None, *, must: bool) -> Witness | None:
    """Look at the meter that proves what this one does, if there is one.

    Where it cannot be read there is no evidence of load. ``must``: then nothing may be switched either, because nobody
    could tell afterwards what it did; raises ``NoAnswer``.
    """
    name = meter.installation.proof_from
    if name is None:
        return None
    try:
        witness = await _see(ports, name, after)
        _require(witness, after, must=must)
    except (NeverSent, NoAnswer, MeterRefused) as failure:
        if must:
            raise NoAnswer(failure.because, f"{name}, which proves what it does: {failure.detail}") from failure
        return None
    return witness


def _require(witness: Witness, after: datetime | None, *, must: bool) -> None:
    if must and witness.since(after) is None:
        raise NoAnswer(Because.METER_MISMATCH, "another meter answered, or nobody knows which")


async def _see(ports: Ports, name: str, after: datetime | None) -> Witness:
    meter = await ports.queries.meter(name)
    if meter is None or meter.retired:
        raise NoAnswer(Because.UNKNOWN_METER, "it is not in the registry")
    try:
        profile = profile_of(ports, meter)
    except ProfileMissing as missing:
        raise NoAnswer(missing.because, str(missing)) from missing
    async with ports.links.turn(link_of(ports, meter)) as turn:
        sight = await see(ports, turn, meter, profile, after)
    return Witness(meter, profile, sight)


def joined(own: Observation, witness: Witness | None, after: datetime | None) -> Observation:
    """One look of two meters: the position of the one, the load of the other."""
    other = None if witness is None else witness.since(after)
    if witness is None or other is None:
        return own
    return replace(
        own,
        load=own.load if other.load is None else other.load,
        empty_pipe=own.empty_pipe or other.empty_pipe,
        paired=other.registers,
        measured=own.measured + other.measured,
        source=f"{own.source}; {witness.meter.meter_id}: {other.source}",
    )
