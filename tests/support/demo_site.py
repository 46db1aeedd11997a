"""The demo site as `config/` has it, at twenty times the speed of the world and on free ports."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from meterhold.documents.config import LinkSection, ModbusLink, load_config
from meterhold.profiles import load_profiles
from meterhold_simulators import Fleet, load_fleet
from tests.support.mosquitto import Broker
from tests.support.premises import Premises

CONFIG = Path(__file__).parents[2] / "config"
SPEED = 20.0


@asynccontextmanager
async def demo_premises(folder: Path, broker: Broker) -> AsyncIterator[Premises]:
    """Run the demo's meters."""
    spec = load_fleet(CONFIG / "fleet.yaml").with_broker(broker.host, broker.port)
    free = {name: listener.model_copy(update={"port": 0}) for name, listener in spec.listeners.items()}
    config = load_config(CONFIG / "gateway.yaml")
    async with Fleet.start(spec.model_copy(update={"listeners": free, "time_scale": SPEED})) as fleet:

        def placed(name: str, link: LinkSection) -> LinkSection:
            if isinstance(link, ModbusLink):
                return link.model_copy(update={"port": fleet.ports[name]})
            return link.model_copy(update={"port": broker.port})

        links = {name: placed(name, link) for name, link in config.links.items()}
        profiles = {name: profile.with_timing(scale=1 / SPEED) for name, profile in load_profiles().items()}
        yield Premises(fleet, config.model_copy(update={"links": links}), folder / "journal.sqlite", profiles)
