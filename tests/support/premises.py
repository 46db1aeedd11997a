"""Simulated meters, a gateway over real wires, a witness at the meters and a referee at the end."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from meterhold.clock import machine_time
from meterhold.documents.config import GatewayDocument
from meterhold.profiles import Profile
from meterhold.store import ChainState, verify_chain
from meterhold.usecases.ports import Clock, Ports
from meterhold_simulators import Fate, Fleet, Supply
from tests.support.desk import Desk
from tests.support.faceless import faceless_gateway
from tests.support.homes import Homes, quick_profiles
from tests.support.referee import judge
from tests.support.witness import Witness


@dataclass(slots=True)
class Premises:
    """Simulated meters at work, and how a gateway reaches them; gateways come and go."""

    fleet: Fleet
    config: GatewayDocument
    store: Path
    """The journal's file."""
    profiles: Mapping[str, Profile]
    serials: Mapping[str, str] = field(default_factory=dict)
    """Which device is meant, as the simulators call it, for the meters that can tell."""
    now: Callable[[], datetime] = machine_time

    @asynccontextmanager
    async def gateway(
        self,
        store: Path | None = None,
        *,
        clock: Clock | None = None,
        wrap: Callable[[Ports], Ports] = lambda ports: ports,
    ) -> AsyncIterator[Desk]:
        """Run a gateway over these meters."""
        file = store or self.store
        async with faceless_gateway(self.config, file, self.profiles, clock=clock, wrap=wrap) as desk:
            yield desk

    @asynccontextmanager
    async def refereed(self, store: Path | None = None, *, before: Witness | None = None) -> AsyncIterator[Witness]:
        """Watch the meters; at the end no rule may be broken and the journal's chain must be whole.

        ``before`` saw what an older part of the journal tells of.
        """
        file = store or self.store
        with (before or Witness(self.now)).again().at(self.fleet, file) as witness:
            yield witness
        wrong = judge(file, witness, self.serials)
        assert not wrong, "\n".join(wrong)
        chains = verify_chain(f"sqlite:///{file}")
        assert chains
        assert {chain.state for chain in chains} == {ChainState.INTACT}, chains


@asynccontextmanager
async def premises(homes: Homes, **terms: float) -> AsyncIterator[Premises]:
    """Run the meters of some homes."""
    async with Fleet.start(homes.fleet()) as fleet:
        config = homes.config(fleet.ports, **terms)
        serials = {one.meter_id: one.serial_inside for one in homes.places if one.serial_inside is not None}
        yield Premises(fleet, config, homes.store, quick_profiles(), serials)


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

    def supply(self, *meter_ids: str) -> set[Supply]:
        """What is physically so at some meters."""
        return {self.fleet.truth(meter_id).supply for meter_id in meter_ids}

    def written(self, meter_id: str) -> list[str]:
        """What the meter was told to do and took, in order."""
        return [entry.target for entry in self.fleet.journal.writes(meter_id)]

    def attempts(self, meter_id: str) -> list[Fate]:
        """What became of each write to the meter, in order, the lost and refused ones as well."""
        return [write.fate for write in self.witness.writes if write.meter_id == meter_id]


Wrap: TypeAlias = Callable[[Ports], Ports]
"""Puts something around a gateway's ports before it uses them."""


def as_they_are(ports: Ports) -> Ports:
    """Put nothing around them."""
    return ports


@asynccontextmanager
async def site(
    homes: Homes, *, clock: Clock | None = None, wrap: Wrap = as_they_are, commission: bool = True, **terms: float
) -> AsyncIterator[Site]:
    """Run meters and a gateway, commission the meters, and let the referee judge at the end."""
    async with premises(homes, **terms) as place, at_work(place, clock=clock, wrap=wrap) as here:
        if commission:
            for one in homes.places:
                await here.desk.commission(one.meter_id, load=True if one.remembers_flow else None)
        yield here


@asynccontextmanager
async def at_work(place: Premises, *, clock: Clock | None = None, wrap: Wrap = as_they_are) -> AsyncIterator[Site]:
    """Run a gateway over meters, and let the referee judge at the end."""
    if clock is not None:
        place.now = clock.now
    async with place.refereed() as witness, place.gateway(clock=clock, wrap=wrap) as desk:
        yield Site(place, desk, witness)
