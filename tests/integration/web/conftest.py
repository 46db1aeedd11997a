"""A whole gateway behind a real socket, with simulated meters on a real Modbus line."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from socket import socket
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from meterhold.bootstrap import gateway
from meterhold.documents.config import parse_config
from meterhold.domain.roles import Role
from meterhold.profiles import load_profiles
from meterhold.usecases.keys import create_key, rotate_key
from meterhold.usecases.ports import Ports
from meterhold_simulators import Fleet, parse_fleet
from tests.support.mosquitto import find_free_port
from tests.support.right_key import RightKey

HOST = "127.0.0.1"
API = "/api/v1"
QUICK = {"settle_s": 0.01, "poll_s": 0.02, "travel_s": 1.0}
REGISTRY = """\
id,service_point,service,profile,link,address,serial
E-1001,SP-1,electricity,hiking-dds238-2-zn-sr,line-1,1,
W-1001,SP-1,water,kaifeng-xintai-valve,line-1,2,0000002208150042
"""
FLEET: dict[str, Any] = {
    "listeners": {"line-1": {"port": 0, "framing": "rtu"}},
    "meters": [
        {
            "id": "E-1001",
            "model": "dds238",
            "listener": "line-1",
            "unit": 1,
            "load_w": 1450,
            "energy_kwh": 7133.51,
            "actuation_s": 0.01,
        },
        {
            "id": "W-1001",
            "model": "xintai",
            "listener": "line-1",
            "unit": 2,
            "serial": "0000002208150042",
            "demand_m3_h": 0.42,
            "volume_m3": 318.204,
            "travel_s": 0.05,
        },
    ],
}


class QuietServer(uvicorn.Server):
    """A server that leaves the test's signals alone, and says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """None."""
        yield

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        self.listens.set()


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """Serve an application on a free port and return its address."""
    port = find_free_port()
    server = QuietServer(uvicorn.Config(app, host=HOST, port=port, log_config=None, lifespan="off"))
    task = asyncio.create_task(server.serve())
    await server.listens.wait()
    try:
        yield f"http://{HOST}:{port}"
    finally:
        server.should_exit = True
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def client_of(app: FastAPI, ports: Ports) -> AsyncIterator[httpx.AsyncClient]:
    """A client over the socket, with a key for each role: the dispatcher's is called cis."""
    keys = {}
    there = {key.name: key.key_id for key in await ports.queries.api_keys()}
    for role in Role:
        name = "cis" if role is Role.DISPATCHER else str(role)
        if name in there:
            _, keys[role] = await rotate_key(ports, there[name], timedelta(), "test")
        else:
            _, keys[role] = await create_key(ports, name, [role])
    async with (
        served(app) as address,
        httpx.AsyncClient(base_url=address, auth=RightKey(keys), timeout=20, trust_env=False) as client,
    ):
        yield client


@dataclass
class RunningSite:
    """A gateway, what calls it, and the meters behind it."""

    client: httpx.AsyncClient
    fleet: Fleet
    ports: Ports

    async def hold_when(self, hold_id: str, *statuses: str) -> dict[str, Any]:
        """The hold once it has one of these statuses; the test's own time-out bounds the wait."""
        while True:
            hold: dict[str, Any] = (await self.client.get(f"{API}/holds/{hold_id}")).json()
            if hold["status"] in statuses or hold["attention"]:
                return hold
            await asyncio.sleep(0.02)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[RunningSite]:
    """The site at work."""
    (tmp_path / "meters.csv").write_text(REGISTRY, encoding="utf-8")
    async with Fleet.start(parse_fleet(FLEET)) as fleet:
        config = parse_config(
            f"""
schema_version: 1
site: {{name: test-site, time_zone: Europe/Berlin}}
store: {{url: "sqlite:///{tmp_path}/store.sqlite"}}
meters: {tmp_path}/meters.csv
links:
  line-1: {{kind: modbus, host: {HOST}, port: {fleet.ports["line-1"]}, framing: rtu_over_tcp, gap_ms: 1}}
"""
        )
        profiles = {name: profile.with_timing(**QUICK) for name, profile in load_profiles().items()}
        async with (
            gateway(config, config.store.url, profiles=profiles) as site,
            client_of(site.app, site.ports) as client,
        ):
            yield RunningSite(client, fleet, site.ports)
