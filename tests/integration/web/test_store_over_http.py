"""What a sender may rely on when the store is restarted, or cannot be written."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import httpx
from prometheus_client import CollectorRegistry

from meterhold.domain.decide import decide
from meterhold.domain.meter import Installation
from meterhold.domain.words import Service
from meterhold.profiles import load_profiles
from meterhold.store import ThreadExecutor, open_store
from meterhold.usecases.registering import register_meters
from meterhold.web import create_app
from tests.fakes.ports import FakeWorld
from tests.integration.web.conftest import API, client_of
from tests.integration.web.test_hold_over_http import order


class Running:
    """An engine that runs."""

    def healthy(self) -> bool:
        """It does."""
        return True


@asynccontextmanager
async def site_over(file: Path, writer: str) -> AsyncIterator[httpx.AsyncClient]:
    """The API over a real store, without links."""
    world = FakeWorld(profiles=load_profiles())
    store = open_store(
        f"sqlite:///{file}",
        executor=ThreadExecutor(),
        decide=decide,
        writer=writer,
        create=True,
        busy_timeout_s=0.1,
    )
    world.ids.given = len(writer) * 1000
    ports = replace(world.ports, journal=store.journal, queries=store.queries)
    try:
        place = Installation("E-1001", "SP-1", Service.ELECTRICITY, "hiking-dds238-2-zn-sr", "line-1", "1")
        await register_meters(ports, [place])
        app = create_app(ports, engine_state=Running(), metrics_registry=CollectorRegistry())
        async with client_of(app, ports) as client:
            yield client
    finally:
        await store.close()


async def test_an_order_is_recognised_after_a_restart(tmp_path: Path) -> None:
    """What was accepted is answered the same by the next process."""
    sent = order("WO-1", starts_at="2099-01-01T00:00:00Z", issued_at="2026-11-24T11:00:00Z")
    async with site_over(tmp_path / "store.sqlite", "a") as client:
        first = await client.post(f"{API}/orders", json=sent)
        assert first.status_code == 202
    async with site_over(tmp_path / "store.sqlite", "bb") as client:
        again = await client.post(f"{API}/orders", json=sent)
        assert (again.status_code, again.json()) == (200, first.json())
        other = await client.post(f"{API}/orders", json=sent | {"reason": "seasonal"})
        assert other.status_code == 409


async def test_a_store_that_is_locked_refuses_and_recovers(tmp_path: Path) -> None:
    """503 while another holds the database, 202 afterwards, and nothing half done in between."""
    sent = order("WO-1", starts_at="2099-01-01T00:00:00Z", issued_at="2026-11-24T11:00:00Z")
    file = tmp_path / "store.sqlite"
    async with site_over(file, "a") as client:
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            refused = await client.post(f"{API}/orders", json=sent)
            assert (refused.status_code, refused.json()["code"]) == (503, "STORE_UNAVAILABLE")
            assert str(tmp_path) not in refused.text
            other.execute("ROLLBACK")
        assert (await client.get(f"{API}/orders/WO-1")).status_code == 404
        assert (await client.post(f"{API}/orders", json=sent)).status_code == 202
