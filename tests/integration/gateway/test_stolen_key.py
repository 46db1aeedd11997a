"""One stolen key, ten thousand orders to disconnect, a real store, simulated meters on real sockets, and a restart."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.meters import fleet_spec
from benchmarks.site import Load, configuration, profiles, store_url
from meterhold.bootstrap import Gateway, gateway
from meterhold.documents.config import GatewayDocument, TermsSection
from meterhold.documents.limits import LimitsSection
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.roles import Role
from meterhold.usecases.keys import create_key
from meterhold_simulators import Fleet

LOAD = Load(devices=41, in_flight=10_000)
THRESHOLD = 50
LINES = 20
"""As many as a document may hold without waiting as a whole: the thief knows that."""
AT_ONCE = 10
API = "/api/v1"


@asynccontextmanager
async def running(config: GatewayDocument, folder: Path) -> AsyncIterator[Gateway]:
    """A gateway process's life."""
    async with gateway(config, store_url(folder), profiles=profiles()) as here:
        yield here


def client(here: Gateway, key: str) -> httpx.AsyncClient:
    """Whoever holds a key."""
    transport = httpx.ASGITransport(app=here.app)
    return httpx.AsyncClient(
        transport=transport, base_url="http://gateway", headers={"Authorization": f"Bearer {key}"}, timeout=120
    )


def order(meter_id: str) -> str:
    """One line that disconnects a home."""
    return json.dumps(
        {
            "schema_version": 1,
            "order_id": f"X-{meter_id}",
            "action": "suspend",
            "issued_at": datetime.now(UTC).isoformat(),
            "meters": [meter_id],
            "reason": "customer_request",
        }
    )


async def send(here: Gateway, key: str, names: list[str]) -> list[dict[str, Any]]:
    """Send an order for each of these meters, as fast as the API takes them."""
    documents = ["\n".join(map(order, names[n : n + LINES])) for n in range(0, len(names), LINES)]
    answers: list[dict[str, Any]] = []
    async with client(here, key) as thief:
        for start in range(0, len(documents), AT_ONCE):
            posts = (
                thief.post(f"{API}/orders/batch", content=text, headers={"Content-Type": "application/x-ndjson"})
                for text in documents[start : start + AT_ONCE]
            )
            for response in await asyncio.gather(*posts):
                assert response.status_code == 200, response.text
                answers += map(json.loads, response.text.splitlines())
    return answers


async def count(here: Gateway, status: HoldStatus) -> int:
    """How many holds stand there."""
    total, after = 0, None
    while page := await here.ports.queries.list_holds(status=status, meter_id=None, after=after, limit=2000):
        total, after = total + len(page), page[-1].hold_id
    return total


async def until_suspended(here: Gateway, wanted: int) -> None:
    """Wait until so many are proven off."""
    async with asyncio.timeout(60):
        for _ in range(300):
            if await count(here, HoldStatus.SUSPENDED) >= wanted:
                return
            await asyncio.sleep(0.2)


def seqs(folder: Path, kind: str) -> list[int]:
    """Where events of a kind stand in the journal."""
    with sqlite3.connect(store_url(folder).removeprefix("sqlite:///")) as store:
        return [seq for (seq,) in store.execute("SELECT seq FROM events WHERE kind = ? ORDER BY seq", (kind,))]


@pytest.mark.timeout(300)
async def test_ten_thousand_orders_of_a_stolen_key_switch_no_more_than_the_threshold(tmp_path: Path) -> None:
    """The rest waits for a second person; the alarm is committed with the first of it; no restart resets the count."""
    names = [place.meter_id for place in LOAD.places]
    async with Fleet.start(fleet_spec(LOAD)) as fleet:
        config = configuration(LOAD, dict(fleet.ports), tmp_path).model_copy(
            update={"terms": TermsSection(limits=LimitsSection(off_by_sender=THRESHOLD), bulk_orders=LINES)}
        )
        async with running(config, tmp_path) as here:
            _, stolen = await create_key(here.ports, "cis", [Role.DISPATCHER])
            _, other = await create_key(here.ports, "kim", [Role.APPROVER])
            # Below the threshold: what leaves later must still be counted on top of it.
            answers = await send(here, stolen, names[: THRESHOLD - 10])
            await until_suspended(here, THRESHOLD - 10)
        async with running(config, tmp_path) as here:
            answers += await send(here, stolen, names[THRESHOLD - 10 : 5000])
            await until_suspended(here, THRESHOLD)
        async with running(config, tmp_path) as here:
            answers += await send(here, stolen, names[5000:])
            assert len(answers) == len(names)
            assert {answer["result"] for answer in answers} == {"open"}
            assert await count(here, HoldStatus.SUSPENDED) == THRESHOLD
            assert await count(here, HoldStatus.AWAITING_APPROVAL) == len(names) - THRESHOLD
            async with client(here, other) as second:
                (approval,) = (await second.get(f"{API}/approvals")).json()["items"]
                used = {row["scope"]: row for row in (await second.get(f"{API}/limits")).json()["used"]}
            assert (approval["kind"], approval["orders"]) == ("quarantine", len(names) - THRESHOLD)
            assert used["from:cis"]["sent_off"] == THRESHOLD
        assert sum(fleet.journal.accepted.values()) == THRESHOLD
    (alarm,) = seqs(tmp_path, "alarm_raised")
    joined = seqs(tmp_path, "approval_joined")[0]
    accepted = max(seq for seq in seqs(tmp_path, "order_accepted") if seq < joined)
    following = min(seq for seq in seqs(tmp_path, "order_accepted") if seq > joined)
    assert accepted < alarm < following, "the alarm belongs to the very decision that put the first order in quarantine"
