"""A gateway whose way to its meters leads through proxies."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from meterhold_simulators import Fleet
from tests.support.homes import BROKER, LINE, PEER, Homes, Place, quick_profiles
from tests.support.mosquitto import Broker
from tests.support.premises import Premises, Site, at_work
from tests.support.proxy import Framing, Proxy


@dataclass(slots=True)
class BadWires:
    """A gateway at work over meters, and what stands between them."""

    site: Site
    line: Proxy
    peer: Proxy
    broker: Proxy | None

    def to(self, meter: Place) -> Proxy:
        """The proxy on the way to a meter."""
        proxy = {LINE: self.line, PEER: self.peer, BROKER: self.broker}[meter.link]
        assert proxy is not None
        return proxy


@asynccontextmanager
async def bad_wires(
    *places: Place,
    folder: Path,
    broker: Broker | None = None,
    **links: Any,  # noqa: ANN401 - settings of all links
) -> AsyncIterator[BadWires]:
    """Run meters, proxies and a gateway; commission the meters, and let the referee judge at the end."""
    homes = Homes(places, folder, broker)
    async with AsyncExitStack() as running:
        fleet = await running.enter_async_context(Fleet.start(homes.fleet()))
        line = await running.enter_async_context(Proxy.before(fleet.ports[LINE], Framing.RTU))
        peer = await running.enter_async_context(Proxy.before(fleet.ports[PEER], Framing.MBAP))
        settings: dict[str, dict[str, Any]] = {name: dict(links) for name in (LINE, PEER)}
        ours: Proxy | None = None
        if broker is not None:
            ours = await running.enter_async_context(Proxy.before(broker.port, Framing.MQTT))
            settings[BROKER] = {"port": ours.port, **links}
        config = replace(homes, links=settings).config({LINE: line.port, PEER: peer.port})
        serials = {one.meter_id: one.serial_inside for one in places if one.serial_inside is not None}
        place = Premises(fleet, config, homes.store, quick_profiles(), serials)
        site = await running.enter_async_context(at_work(place))
        for one in places:
            await site.desk.commission(one.meter_id, load=True if one.remembers_flow else None)
        yield BadWires(site, line, peer, ours)
