"""The kill switch, health, metrics and the description of the API."""

from collections.abc import Callable
from typing import Any

import httpx

from tests.unit.web.conftest import API, Site

Write = Callable[..., dict[str, Any]]


async def test_the_kill_switch_says_who_threw_it_and_why(client: httpx.AsyncClient) -> None:
    """On, shown, off; each needs a reason."""
    off = {"on": False, "by": None, "reason": None, "since": None}
    assert (await client.get(f"{API}/inhibit")).json() == off
    assert (await client.put(f"{API}/inhibit", json={})).status_code == 422
    thrown = (await client.put(f"{API}/inhibit", json={"reason": "storm"})).json()
    assert (thrown["on"], thrown["by"], thrown["reason"]) == (True, "cis", "storm")
    assert (await client.get(f"{API}/inhibit")).json() == thrown
    assert (await client.delete(f"{API}/inhibit")).status_code == 422
    assert (await client.delete(f"{API}/inhibit", params={"reason": "over"})).json() == off


async def test_health_needs_no_key(anonymous: httpx.AsyncClient, site: Site) -> None:
    """200 while the supervisors run, 503 when they do not."""
    assert (await anonymous.get("/healthz")).json() == {"healthy": True}
    site.engine.runs = False
    assert (await anonymous.get("/healthz")).status_code == 503


async def test_readiness_names_the_part_that_fails(anonymous: httpx.AsyncClient, site: Site) -> None:
    """The engine, the store and the clock count; a link that is down is shown and does not."""
    ready = await anonymous.get("/readyz")
    assert (ready.status_code, ready.json()) == (
        200,
        {
            "ready": True,
            "parts": {"engine": True, "store": True, "clock": True},
            "links_up": 0,
            "links": 1,
            "store_room": "ample",
        },
    )
    site.world.store.gone = True
    site.world.clock.believed = False
    failing = await anonymous.get("/readyz")
    assert failing.status_code == 503
    assert failing.json()["parts"] == {"engine": True, "store": False, "clock": False}


async def test_metrics_count_what_is_committed(client: httpx.AsyncClient, order: Write) -> None:
    """Orders by action and result, and commits; a replay counts nothing twice."""
    for _ in range(2):
        await client.post(f"{API}/orders", json=order())
    await client.post(f"{API}/orders", json=order("WO-2", service_point="SP-2"))
    text = (await client.get("/metrics")).text
    assert 'meterhold_orders_total{action="suspend",result="accepted"} 1.0' in text
    assert 'meterhold_orders_total{action="suspend",result="rejected"} 1.0' in text
    assert "meterhold_commits_total 2.0" in text
    assert "meterhold_in_doubt 0.0" in text


async def test_the_description_is_complete(client: httpx.AsyncClient) -> None:
    """Every reference leads somewhere, every body is described, and no page loads scripts from elsewhere."""
    answer = await client.get("/openapi.json")
    described = answer.json()
    schemas = described["components"]["schemas"]
    assert described["openapi"].startswith("3.")
    references = {part.split('"')[0] for part in answer.text.split('"$ref":"')[1:]}
    assert references
    assert references <= {f"#/components/schemas/{name}" for name in schemas}
    assert set(schemas["OrderDocument"]["required"]) == {"schema_version", "order_id", "action", "issued_at"}
    for path, method in (("/orders", "post"), ("/orders/batch", "post"), ("/meters/{meter_id}/lock", "put")):
        assert "requestBody" in described["paths"][API + path][method]
    for page in ("/docs", "/redoc"):
        assert (await client.get(page)).status_code == 404


async def test_what_is_not_there_is_a_problem_too(client: httpx.AsyncClient) -> None:
    """404 and 405 come as problem documents."""
    missing = await client.get(f"{API}/nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, "NOT_FOUND")
    assert missing.headers["content-type"] == "application/problem+json"
    assert (await client.delete(f"{API}/orders")).status_code == 405
