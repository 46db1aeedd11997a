"""A journal that cannot be written: orders are not taken, nothing is switched, and all goes on when it is back."""

import asyncio
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry

from meterhold import bootstrap
from meterhold.domain.errors import StoreUnavailable
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.roles import Role
from meterhold.domain.words import Outcome
from meterhold.store import open_store
from meterhold.usecases.keys import create_key
from meterhold.web import create_app
from meterhold_simulators import Fate, Supply
from tests.integration.gateway.conftest import Open
from tests.support.desk import WITHIN_S, order
from tests.support.homes import PEER, dds238
from tests.support.premises import Site
from tests.support.steps import Steps

RECORD = "before journal.submit(RecordTurn)"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the store give up on a lock soon."""
    monkeypatch.setattr(bootstrap, "open_store", partial(open_store, busy_timeout_s=0.05))


Unwritable = Callable[[Path], AbstractContextManager[None]]
"""Makes a store unwritable for a while."""


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Let another program hold the store's write lock."""
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def failing(store: Path) -> Iterator[None]:
    """Let the system refuse to make any file larger than the journal's is: to SQLite, an I/O error."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (store.with_name(f"{store.name}-wal").stat().st_size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture(params=[locked, failing])
def unwritable(request: pytest.FixtureRequest) -> Unwritable:
    """Each way in which a store that is there cannot be written. A full file system has a test of its own."""
    chosen: Unwritable = request.param
    return chosen


async def test_an_order_that_cannot_be_recorded_is_not_taken(open_site: Open, unwritable: Unwritable) -> None:
    """Its sender is told; afterwards nothing of it is there, and the same order is taken as a new one."""
    async with open_site(dds238("E-1")) as here:
        document = order("suspend", "WO-1", here.place.now().isoformat(), meters=["E-1"], reason="vacation")
        with unwritable(here.place.store), pytest.raises(StoreUnavailable):
            await here.desk.send(document)
        assert await here.desk.record("WO-1") is None
        answer = await here.desk.send(document)
        assert not answer.replay
        await here.desk.until_status(answer.record.hold_ids[0], HoldStatus.SUSPENDED)
        assert here.attempts("E-1") == [Fate.APPLIED]


async def test_over_http_that_is_a_503(open_site: Open, unwritable: Unwritable) -> None:
    """With the code that says to send it again."""
    async with open_site(dds238("E-1")) as here:
        _, key = await create_key(here.desk.ports, "cis", [Role.DISPATCHER])
        document = order("suspend", "WO-1", here.place.now().isoformat(), meters=["E-1"], reason="vacation")
        async with client(here, key) as http:
            with unwritable(here.place.store):
                refused = await http.post("/orders", json=document)
            assert refused.status_code == HTTPStatus.SERVICE_UNAVAILABLE
            assert refused.json()["code"] == "STORE_UNAVAILABLE"
            assert "retry-after" in refused.headers
            assert (await http.post("/orders", json=document)).status_code == HTTPStatus.ACCEPTED


def client(here: Site, key: str) -> httpx.AsyncClient:
    """A client of the gateway's HTTP face."""
    app = create_app(here.desk.ports, engine_state=here.desk.gateway.engine, metrics_registry=CollectorRegistry())
    transport = httpx.ASGITransport(app=app)
    url = "http://gateway/api/v1"
    return httpx.AsyncClient(transport=transport, base_url=url, headers={"Authorization": f"Bearer {key}"})


async def test_nothing_is_switched_while_no_intent_can_be_recorded(open_site: Open, unwritable: Unwritable) -> None:
    """An order that was taken before is due, its meter is looked at, and no write leaves; back again, it is done."""
    async with open_site(dds238("E-1"), dds238("E-3", link=PEER)) as here:
        here.fleet.set_fault("E-1", "silent")
        hold = await here.desk.suspend("E-1")
        await here.desk.until_hold(hold.hold_id, lambda hold: hold.legs[0].because is not None)
        with unwritable(here.place.store):
            reads = here.fleet.truth("E-1").reads
            here.fleet.clear_faults("E-1")
            # Each of these looks would end in a write, if it could be recorded.
            await until(lambda: here.fleet.truth("E-1").reads >= reads + 4)
            assert here.attempts("E-1") == []
            assert here.supply("E-1") == {Supply.CONNECTED}
        hold = await here.desk.until_status(hold.hold_id, HoldStatus.SUSPENDED)
        assert hold.legs[0].outcome is Outcome.VERIFIED
        assert here.attempts("E-1") == [Fate.APPLIED]


async def until(true: Callable[[], bool]) -> None:
    """Wait for what no commit tells of: none can be made."""
    async with asyncio.timeout(WITHIN_S):
        while not true():  # noqa: ASYNC110 - a counter of the simulators, which wakes nobody
            await asyncio.sleep(0.02)


async def test_a_write_whose_record_is_lost_is_looked_at_and_not_repeated(
    open_site: Open, unwritable: Unwritable
) -> None:
    """The store goes away when the meter has taken the write: the intent is durable, so the next turn looks first."""
    steps = Steps(counting=True)
    async with open_site(dds238("E-1"), wrap=steps.around) as here:
        here.fleet.set_fault("E-1", "late_write_reply_s", 0.2, times=1)
        hold = await here.desk.suspend("E-1")
        await here.fleet.journal.wait_for_writes("E-1")
        with unwritable(here.place.store):
            tried = steps.names.count(RECORD)
            await until(lambda: steps.names.count(RECORD) >= tried + 2)
        hold = await here.desk.until_status(hold.hold_id, HoldStatus.SUSPENDED)
        assert hold.legs[0].outcome is Outcome.VERIFIED
        assert here.attempts("E-1") == [Fate.APPLIED]
