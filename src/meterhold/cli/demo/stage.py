"""The demo's stage: simulated meters, a broker, and a gateway built as in production, all on free ports."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from meterhold.bootstrap import gateway
from meterhold.cli.demo.broker import NoBroker, broker_inside
from meterhold.cli.demo.desk import Desk
from meterhold.cli.demo.households import live
from meterhold.cli.serving import serving
from meterhold.clock import machine_time
from meterhold.documents.config import GatewayDocument, LinkSection, ModbusLink, load_config
from meterhold.domain.errors import Fault, Malformed
from meterhold.domain.roles import Role
from meterhold.usecases.keys import create_key
from meterhold_simulators.fleet import Fleet
from meterhold_simulators.fleet_file import FleetFileError, load_fleet
from meterhold_simulators.spec import FleetSpec

Address = tuple[str, int]

BROKER_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that the demo plays on."""

    fleet: Fleet
    desk: Desk
    broker: Address
    url: str


@asynccontextmanager
async def stage(site: Path, folder: Path, broker: Address | None) -> AsyncIterator[Stage]:
    """Set the stage, and take it down in the right order: first the gateway stops writing, then the meters go."""
    spec = _on_free_ports(_fleet(site / "fleet.yaml"))
    config = load_config(site / "gateway.yaml")
    async with AsyncExitStack() as running:
        address = await running.enter_async_context(broker_inside()) if broker is None else broker
        try:
            fleet = await running.enter_async_context(
                Fleet.start(spec.with_broker(*address), connect_within_s=BROKER_WITHIN_S)
            )
        except TimeoutError as error:
            raise NoBroker(str(error)) from error
        people = asyncio.create_task(live(fleet, spec), name="households")
        running.push_async_callback(_sent_home, people)
        placed = _placed(config, folder, fleet.ports, address)
        running_gateway = await running.enter_async_context(gateway(placed, f"sqlite:///{folder / 'journal.sqlite'}"))
        url = await running.enter_async_context(serving(running_gateway.app, "127.0.0.1", 0))
        # A name of its own for each run: orders are known by sender and order_id, and a kept store remembers them.
        sender = f"demo {machine_time():%Y-%m-%d %H:%M:%S}"
        _, key = await create_key(running_gateway.ports, sender, [Role.DISPATCHER, Role.TECHNICIAN])
        desk = await running.enter_async_context(Desk(url, key))
        yield Stage(fleet, desk, address, url)


async def _sent_home(people: asyncio.Task[None]) -> None:
    people.cancel()
    await asyncio.gather(people, return_exceptions=True)


def _fleet(file: Path) -> FleetSpec:
    try:
        return load_fleet(file)
    except FleetFileError as error:
        raise Malformed(str(file), [Fault("", fault) for fault in error.faults]) from error


def _on_free_ports(spec: FleetSpec) -> FleetSpec:
    listeners = {name: listener.model_copy(update={"port": 0}) for name, listener in spec.listeners.items()}
    return spec.model_copy(update={"listeners": listeners})


def _placed(config: GatewayDocument, folder: Path, ports: Mapping[str, int], broker: Address) -> GatewayDocument:
    """The site's configuration with its links where the simulators are: a listener has its link's name.

    The checkpoints of the demo's journal lie beside it: those of the site are about another store.
    """

    def moved(name: str, link: LinkSection) -> LinkSection:
        if isinstance(link, ModbusLink):
            return link.model_copy(update={"host": "127.0.0.1", "port": ports.get(name, link.port)})
        return link.model_copy(update={"host": broker[0], "port": broker[1]})

    audit = config.audit and config.audit.model_copy(update={"checkpoints": str(folder / "checkpoints.txt")})
    links = {name: moved(name, link) for name, link in config.links.items()}
    return config.model_copy(update={"audit": audit, "links": links})
