"""Holds are shown, told, drawn up for billing and decided upon."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from meterhold.domain.hold_table import HoldStatus
from tests.fakes.suspended_hold import EVENTS, HOLD
from tests.unit.web.conftest import API, Site

Write = Callable[..., dict[str, Any]]


@pytest.fixture
def told(site: Site) -> Site:
    """A store with a hold that has been through everything."""
    site.world.store.world.holds["H-1"] = HOLD
    site.world.store.events.extend((at, event) for _, at, event in EVENTS)
    return site


async def test_a_hold_is_shown(client: httpx.AsyncClient, told: Site) -> None:
    """By its id, as the contract has it."""
    shown = (await client.get(f"{API}/holds/H-1")).json()
    assert (shown["order_id"], shown["status"], shown["legs"][0]["outcome"]) == ("WO-88121", "restored", "verified")


async def test_an_unknown_hold_is_not_found(client: httpx.AsyncClient) -> None:
    """404 with its code, wherever it is asked for."""
    for path in ("H-9", "H-9/events", "H-9/statement"):
        answer = await client.get(f"{API}/holds/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN_HOLD")


async def test_holds_are_listed_by_pages(client: httpx.AsyncClient, order: Write) -> None:
    """Newest first; the cursor of one page leads to the next, and the last has none."""
    for n in range(5):
        start = f"2026-12-0{n + 1}T08:00:00Z"
        end = f"2026-12-0{n + 1}T09:00:00Z"
        await client.post(f"{API}/orders", json=order(f"O-{n}", starts_at=start, ends_at=end))
    seen, cursor, pages = [], None, 0
    while pages < 9:
        params = {"limit": "2"} if cursor is None else {"limit": "2", "after": cursor}
        page = (await client.get(f"{API}/holds", params=params)).json()
        seen += [item["order_id"] for item in page["items"]]
        pages, cursor = pages + 1, page["next"]
        if cursor is None:
            break
    assert (seen, pages) == (["O-4", "O-3", "O-2", "O-1", "O-0"], 3)


async def test_holds_are_found_by_status_and_meter(client: httpx.AsyncClient, told: Site, order: Write) -> None:
    """Filters narrow the list; a status that does not exist is told."""
    await client.post(f"{API}/orders", json=order(starts_at="2026-12-01T08:00:00Z"))
    scheduled = (await client.get(f"{API}/holds", params={"status": "scheduled"})).json()["items"]
    assert [hold["order_id"] for hold in scheduled] == ["WO-1"]
    assert len((await client.get(f"{API}/holds", params={"meter_id": "W-1001"})).json()["items"]) == 2
    wrong = await client.get(f"{API}/holds", params={"status": "closed-ish", "limit": "501"})
    assert wrong.status_code == 422
    assert {fault["field"]: fault["rule"] for fault in wrong.json()["faults"]} == {
        "status": f"must be one of {', '.join(HoldStatus)}",
        "limit": "must be at most 500",
    }


async def test_what_happened_is_told_in_order(client: httpx.AsyncClient, told: Site) -> None:
    """Every event of the hold with its number, time, kind and content."""
    items = (await client.get(f"{API}/holds/H-1/events")).json()["items"]
    assert [item["seq"] for item in items] == sorted(item["seq"] for item in items)
    assert items[0]["kind"] == "HoldOpened"
    assert items[3]["data"]["move"]["intent"]["writes"] == ["holding 0x001A = 0"]


async def test_a_person_decides_what_waits(client: httpx.AsyncClient, told: Site) -> None:
    """A permitted decision is recorded under the caller's name, with the comment, and clears the item."""
    body = {"decision": "field_visit", "comment": "take the key"}
    answer = await client.post(f"{API}/holds/H-1/attention/2", json=body)
    assert answer.status_code == 200
    assert [(item["n"], item["who"], item["detail"]) for item in answer.json()["attention"]] == [
        (3, "field crew", "field visit: take the key")
    ]
    cleared = told.world.store.world.holds["H-1"].attention[1]
    assert (cleared.cleared_by, cleared.decision) == ("cis", "field_visit")


async def test_what_an_item_does_not_permit_is_refused(client: httpx.AsyncClient, told: Site) -> None:
    """Another decision, one that does not exist, one on no item, one on an item that was decided: nothing changes."""
    path = f"{API}/holds/H-1/attention"
    for item, decision, status in ((2, "restore", 403), (2, "forget", 422), (9, "retry", 404), (1, "retry", 409)):
        assert (await client.post(f"{path}/{item}", json={"decision": decision})).status_code == status
    assert told.world.store.world.holds["H-1"] == HOLD
