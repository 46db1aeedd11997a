"""Simulated meters, a gateway over real wires, a witness at the meters and a referee at the end."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from meterhold.clock import machine_time
from meterhold.documents.config import GatewayDocument
from meterhold.profiles import Profile
from meterhold.store import ChainState, verify_chain
from meterhold.usecases.ports import Clock, Ports
from meterhold_simulators import Fleet, Supply
from tests.support.desk import Desk
from tests.support.faceless import faceless_gateway
from tests.support.homes import Homes, quick_profiles
from tests.support.referee import judge
from tests.support.witness import Witness


@dataclass(slots=True)
class Premises:
    """Homes with their meters running; gateways come and go."""

    homes: Homes
    fleet: Fleet
    config: GatewayDocument
    now: Callable[[], datetime] = machine_time
    profiles: Mapping[str, Profile] = field(default_factory=quick_profiles)

    @asynccontextmanager
    async def gateway(
        self,
        store: Path | None = None,
        *,
        clock: Clock | None = None,
        wrap: Callable[[Ports], Ports] = lambda ports: ports,
    ) -> AsyncIterator[Desk]:
        """Run a gateway over these meters."""
        async with faceless_gateway(
            self.config, store or self.homes.store, self.profiles, clock=clock, wrap=wrap
        ) as desk:
            yield desk

    @asynccontextmanager
    async def refereed(self, store: Path | None = None, *, before: Witness | None = None) -> AsyncIterator[Witness]:
        """Watch the meters; at the end no rule may be broken and the journal's chain must be whole.

        ``before`` saw what an older part of the journal tells of.
        """
        file = store or self.homes.store
        with (before or Witness(self.now)).again().at(self.fleet, file) as witness:
            yield witness
        serials = {p.meter_id: p.serial_inside for p in self.homes.places if p.serial_inside is not None}
        wrong = judge(file, witness, serials)
        assert not wrong, "\n".join(wrong)
        chains = verify_chain(f"sqlite:///{file}")
        assert chains
        assert {chain.state for chain in chains} == {ChainState.INTACT}, chains

    def supply(self, meter_id: str) -> Supply:
        """What is physically so."""
        return self.fleet.truth(meter_id).supply

    def written(self, meter_id: str) -> list[str]:
        """What the meter was told to do and took, in order."""
        return [entry.target for entry in self.fleet.journal.writes(meter_id)]


@asynccontextmanager
async def premises(homes: Homes, **terms: float) -> AsyncIterator[Premises]:
    """Run the meters of some homes."""
    async with Fleet.start(homes.fleet()) as fleet:
        yield Premises(homes, fleet, homes.config(fleet.ports, **terms))


@dataclass(slots=True)
class Site:
    """A gateway at work over meters, with a witness: what most tests need."""

    place: Premises
    desk: Desk
    witness: Witness

    @property
    def fleet(self) -> Fleet:
        """The simulated meters."""
        return self.place.fleet


@asynccontextmanager
async def site(
    homes: Homes, *, clock: Clock | None = None, commission: bool = True, **terms: float
) -> AsyncIterator[Site]:
    """Run meters and a gateway, commission the meters, and let the referee judge at the end."""
    async with premises(homes, **terms) as place:
        if clock is not None:
            place.now = clock.now
        async with place.refereed() as witness, place.gateway(clock=clock) as desk:
            if commission:
                for one in homes.places:
                    await desk.commission(one.meter_id, load=True if one.remembers_flow else None)
            yield Site(place, desk, witness)
