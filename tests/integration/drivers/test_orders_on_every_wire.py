"""The whole job over a serial port, through TLS, and over a divided broker: one write each way, verified."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from meterhold.documents.config import GatewayDocument, ModbusLink
from meterhold.domain.words import Outcome, Proof
from meterhold_simulators import Fate, Fleet, Supply
from tests.support.certificates import SERVER_NAME, Authority
from tests.support.homes import BROKER, LINE, PEER, Homes, Place, dds238, quick_profiles, shelly, swv, xintai
from tests.support.mosquitto import HOST, BrokerFactory, find_free_port
from tests.support.premises import Premises, Site, at_work
from tests.support.serial_port import serial_cable

WITHIN_S = 15.0


def with_link(config: GatewayDocument, name: str, **settings: object) -> GatewayDocument:
    """The configuration with one Modbus link instead of another."""
    link = ModbusLink.model_validate({"kind": "modbus", "timeout_s": 1.0, **settings})
    return config.model_copy(update={"links": {**config.links, name: link}})


@asynccontextmanager
async def working(homes: Homes, fleet: Fleet, config: GatewayDocument) -> AsyncIterator[Site]:
    """Run a gateway over meters that are there, and commission them."""
    serials = {one.meter_id: one.serial_inside for one in homes.places if one.serial_inside is not None}
    place = Premises(fleet, config, homes.store, quick_profiles(), serials)
    async with at_work(place) as here:
        for one in homes.places:
            await here.desk.commission(one.meter_id, load=True if one.remembers_flow else None)
        yield here


async def there_and_back(here: Site, *meters: Place) -> None:
    """Suspend and restore all meters, each with one write each way."""
    ids = [meter.meter_id for meter in meters]
    holds = await asyncio.gather(*(here.desk.suspended(meter_id) for meter_id in ids))
    assert {(hold.legs[0].outcome, hold.legs[0].proof) for hold in holds} == {(Outcome.VERIFIED, Proof.LOAD_PROVEN)}
    assert here.supply(*ids) == {Supply.DISCONNECTED}
    holds = await asyncio.gather(*(here.desk.restored(hold.hold_id) for hold in holds))
    assert {hold.legs[0].outcome for hold in holds} == {Outcome.VERIFIED}
    assert here.supply(*ids) == {Supply.CONNECTED}
    for meter_id in ids:
        assert here.attempts(meter_id) == [Fate.APPLIED, Fate.APPLIED]


async def test_orders_go_through_a_serial_port(tmp_path: Path) -> None:
    """An electricity and a water meter take turns on one line of 38,400 baud, which takes its time."""
    meters = dds238("E-1"), xintai("W-1")
    homes = Homes(meters, tmp_path, listeners={LINE: {"baud": 38_400}})
    async with (
        Fleet.start(homes.fleet()) as fleet,
        serial_cable(tmp_path, fleet.ports[LINE]) as cable,
    ):
        port = {"device": str(cable.device), "baud": 38_400}
        async with working(homes, fleet, with_link(homes.config(fleet.ports), LINE, serial=port)) as here:
            await there_and_back(here, *meters)


async def test_orders_go_through_tls(tmp_path: Path) -> None:
    """Before a plain meter stands a gateway of another make that speaks Modbus/TCP Security, and wants to know us."""
    authority = Authority(tmp_path / "certificates")
    meters = dds238("E-3", link=PEER), xintai("W-3", link=PEER)
    homes = Homes(meters, tmp_path)
    async with AsyncExitStack() as running:
        fleet = await running.enter_async_context(Fleet.start(homes.fleet()))
        port = await running.enter_async_context(tls_before(fleet.ports[PEER], authority))
        ours = authority.pair("meterhold")
        tls = {"ca": authority.file, "certificate": ours.certificate, "key": ours.key, "server_name": SERVER_NAME}
        config = with_link(homes.config(fleet.ports), PEER, host=HOST, port=port, tls=tls)
        here = await running.enter_async_context(working(homes, fleet, config))
        await there_and_back(here, *meters)


@asynccontextmanager
async def tls_before(port: int, authority: Authority) -> AsyncIterator[int]:
    """Let socat speak TLS before a plain port; it serves only clients with a certificate."""
    program = shutil.which("socat")
    if program is None:
        pytest.fail("socat is missing: run make services", pytrace=False)
    server, listening = authority.pair(SERVER_NAME), find_free_port()
    secure = f"cert={server.certificate},key={server.key},cafile={authority.file},verify=1"
    socat = await asyncio.create_subprocess_exec(
        program,
        "-d",
        "-d",
        f"openssl-listen:{listening},bind={HOST},reuseaddr,fork,{secure}",
        f"tcp:{HOST}:{port}",
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert socat.stderr is not None
        async with asyncio.timeout(WITHIN_S):
            while b"listening on" not in await socat.stderr.readline():
                pass
        yield listening
    finally:
        socat.terminate()
        await socat.wait()


async def test_orders_are_spread_over_the_shards_of_a_broker(broker_factory: BrokerFactory, tmp_path: Path) -> None:
    """Each meter is commanded and heard on one connection of three, always the same one."""
    broker = broker_factory()
    plugs = tuple(shelly(f"E-{number}", mac=f"A8032ABE54{number:02X}") for number in range(10, 18))
    meters = (*plugs, swv("W-2"))
    homes = Homes(meters, tmp_path, broker, links={BROKER: {"shards": 3}})
    async with (
        Fleet.start(homes.fleet()) as fleet,
        working(homes, fleet, homes.config(fleet.ports)) as here,
    ):
        links = here.desk.ports.links
        assert set(links.names()) == {LINE, PEER, "broker#0", "broker#1", "broker#2"}
        assert all(links.up(name) for name in links.shards(BROKER))
        await there_and_back(here, *meters)
    for number in range(3):
        assert f"as gateway-{number} " in broker.log
