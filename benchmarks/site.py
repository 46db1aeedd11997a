"""The site that is measured: water meters of a built-in profile on Modbus TCP links, with all waiting taken out.

The meter is the Kaifeng Xintai valve meter, because its whole look is one request: it tells its serial number, its
valve's position, its flow and both billing registers in one block. An order is then three requests:

1. function 03, 28 registers from 0x0001: identity and look;
2. function 06, register 0x001C: the write;
3. function 03, 28 registers from 0x0001: the look that proves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from meterhold.documents.config import GatewayDocument, ModbusLink, SiteSection, StoreSection
from meterhold.domain.words import SupplyState
from meterhold.profiles import Profile, load_profiles, plan_look, plan_writes
from meterhold.profiles.wire import ModbusRead, ModbusWrite

PROFILE = "kaifeng-xintai-valve"
HOST = "127.0.0.1"
TIMEOUT_S = 5.0
_LARGEST_LINE = 247


@dataclass(frozen=True, slots=True)
class Place:
    """One meter: where it is found, and what it says it is."""

    meter_id: str
    link: str
    unit: int
    serial: str


@dataclass(frozen=True, slots=True)
class Load:
    """How much is asked for: so many devices (a listener and a link each), so many orders in flight over them."""

    devices: int
    in_flight: int

    @property
    def links(self) -> tuple[str, ...]:
        """The links, and the simulators' listeners, by name."""
        return tuple(f"device-{n:03}" for n in range(self.devices))

    @property
    def places(self) -> tuple[Place, ...]:
        """A meter for each order in flight, so that no two orders compete for one: several units on each link."""
        each = -(-self.in_flight // self.devices)
        if each > _LARGEST_LINE:
            raise ValueError(f"{self.in_flight} in flight do not fit on {self.devices} links")
        return tuple(
            Place(f"W-{number:05}", link, unit + 1, f"{number + 1:016}")
            for number, (unit, link) in enumerate((unit, link) for unit in range(each) for link in self.links)
        )[: self.in_flight]


@cache
def profiles() -> dict[str, Profile]:
    """The profile as it is shipped, told that its valve moves at once and that nobody looks again after an order."""
    profile = load_profiles()[PROFILE]
    return {PROFILE: profile.with_timing(settle_s=0.0, poll_s=0.05, travel_s=0.0, post_check_s=0.0)}


def wire_sequence(unit: int, target: SupplyState) -> tuple[ModbusRead, ModbusWrite, ModbusRead]:
    """What an order is on the wire, as the gateway plans it: look, write, look."""
    profile = profiles()[PROFILE]
    (look,) = plan_look(profile, str(unit))
    (write,) = plan_writes(profile, target, str(unit))
    assert isinstance(look, ModbusRead)
    assert isinstance(write, ModbusWrite)
    return look, write, look


def configuration(load: Load, ports: dict[str, int], folder: Path) -> GatewayDocument:
    """A gateway's configuration for these meters, with its registry written beside it."""
    registry = folder / "meters.csv"
    registry.write_text(_registry(load.places), encoding="utf-8")
    return GatewayDocument(
        schema_version=1,
        site=SiteSection(name="benchmark", time_zone="UTC"),
        store=StoreSection(url=store_url(folder)),
        meters=str(registry),
        links={
            link: ModbusLink(kind="modbus", host=HOST, port=ports[link], timeout_s=TIMEOUT_S) for link in load.links
        },
    )


def store_url(folder: Path) -> str:
    """Where the journal goes: a file, durable at each commit as it is in service."""
    return f"sqlite:///{folder / 'journal.sqlite'}"


def _registry(places: Sequence[Place]) -> str:
    rows = ["id,service_point,service,profile,link,address,serial"]
    rows += [f"{one.meter_id},SP-{one.meter_id},water,{PROFILE},{one.link},{one.unit},{one.serial}" for one in places]
    return "\n".join(rows) + "\n"
