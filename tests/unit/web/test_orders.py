"""An order is answered honestly: recorded, recognised again, refused with all reasons, or not stored at all."""

import json
from collections.abc import Callable
from typing import Any

import httpx

from tests.unit.web.conftest import API, Site

Write = Callable[..., dict[str, Any]]


async def test_an_order_is_recorded_before_it_is_answered(client: httpx.AsyncClient, site: Site, order: Write) -> None:
    """202 with the record, and where to read it again."""
    answer = await client.post(f"{API}/orders", json=order())
    assert answer.status_code == 202
    shown = answer.json()
    assert (shown["order_id"], shown["sender"], shown["action"], shown["result"]) == ("WO-1", "cis", "suspend", "open")
    assert len(shown["hold_ids"]) == 1
    assert len(site.world.store.world.orders) == 1
    again = await client.get(answer.headers["location"])
    assert again.json() == shown


async def test_a_replay_gets_the_same_answer_and_has_no_effect(
    client: httpx.AsyncClient, site: Site, order: Write
) -> None:
    """The same content under the same id is answered 200 as before, however often it comes."""
    first = await client.post(f"{API}/orders", json=order())
    events = len(site.world.store.events)
    second = await client.post(f"{API}/orders", json=dict(reversed(order().items())))
    assert (second.status_code, second.json()) == (200, first.json())
    assert len(site.world.store.events) == events


async def test_other_content_under_the_same_id_is_refused(client: httpx.AsyncClient, order: Write) -> None:
    """409, and the first order stands."""
    await client.post(f"{API}/orders", json=order())
    answer = await client.post(f"{API}/orders", json=order(reason="relocation"))
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "DUPLICATE_ORDER"


async def test_two_senders_may_use_the_same_id(client: httpx.AsyncClient, site: Site, order: Write) -> None:
    """The sender is who is authenticated, not what the order says."""
    await client.post(f"{API}/orders", json=order())
    other = {"Authorization": f"Bearer {site.key('dispatcher', name='other')}"}
    answer = await client.post(f"{API}/orders", json=order(service_point="SP-2"), headers=other)
    assert answer.status_code == 202
    assert answer.json()["sender"] == "other"
    read = await client.get(f"{API}/orders/WO-1", params={"sender": "other"})
    assert read.json()["result"] == "rejected"


async def test_a_malformed_order_is_told_everything_at_once(
    client: httpx.AsyncClient, site: Site, order: Write
) -> None:
    """422 with every fault, its field, its rule and a code; nothing is stored."""
    answer = await client.post(f"{API}/orders", json=order("a b", priority=10, starts_at="2026-12-01T08:00:00"))
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (422, 422, "MALFORMED")
    assert {fault["field"] for fault in problem["faults"]} == {"order_id", "priority", "starts_at"}
    assert {"field", "rule", "code", "line"} == set(problem["faults"][0])
    assert not site.world.store.events


async def test_what_is_wrong_with_its_meters_is_told_with_its_own_code(client: httpx.AsyncClient, order: Write) -> None:
    """An unknown meter, and a test meter in a production order."""
    unknown = await client.post(f"{API}/orders", json=order(service_point="SP-77"))
    assert (unknown.status_code, unknown.json()["code"]) == (422, "UNKNOWN_METER")
    context = await client.post(f"{API}/orders", json=order(service_point="SP-9"))
    assert (context.status_code, context.json()["code"]) == (422, "CONTEXT")
    hold = await client.post(
        f"{API}/orders",
        json={
            "schema_version": 1,
            "order_id": "X",
            "action": "cancel",
            "issued_at": "2026-11-24T11:00:00Z",
            "hold_id": "H",
        },
    )
    assert (hold.status_code, hold.json()["code"]) == (422, "UNKNOWN_HOLD")


async def test_what_policy_refuses_is_accepted_and_recorded_as_rejected(
    client: httpx.AsyncClient, order: Write
) -> None:
    """A life-support premises: the order is on record with its verdicts, and opens nothing."""
    answer = await client.post(f"{API}/orders", json=order(service_point="SP-2"))
    shown = answer.json()
    assert (answer.status_code, shown["result"], shown["code"]) == (202, "rejected", "PROTECTED_CUSTOMER")
    assert shown["verdicts"][0]["rule"] == "floor.life_support"


async def test_text_that_is_no_json_is_a_bad_request(client: httpx.AsyncClient) -> None:
    """400, told apart from a document with faults."""
    answer = await client.post(f"{API}/orders", content=b'{"order_id": ')
    assert (answer.status_code, answer.json()["code"]) == (400, "MALFORMED")


async def test_an_order_has_a_size(client: httpx.AsyncClient) -> None:
    """More than a mebibyte is not read, whether its length is declared or not."""

    async def trickle() -> Any:  # noqa: ANN401 - an asynchronous generator
        for _ in range(40):
            yield b" " * 32_768

    assert (await client.post(f"{API}/orders", content=b" " * 1_048_577)).status_code == 413
    assert (await client.post(f"{API}/orders", content=trickle())).status_code == 413


async def test_when_nothing_can_be_stored_the_sender_shall_come_again(
    client: httpx.AsyncClient, site: Site, order: Write
) -> None:
    """503 with Retry-After, never 202; and the answer does not say where the store lies."""
    site.world.store.broken = True
    answer = await client.post(f"{API}/orders", json=order())
    assert (answer.status_code, answer.json()["code"]) == (503, "STORE_UNAVAILABLE")
    assert int(answer.headers["retry-after"]) > 0
    assert "canary" not in answer.text
    site.world.store.broken = False
    assert (await client.post(f"{API}/orders", json=order())).status_code == 202


async def test_a_dry_run_stores_nothing(client: httpx.AsyncClient, site: Site, order: Write) -> None:
    """It says what would become of the order, and the order can still be sent."""
    refused = await client.post(f"{API}/orders/dry-run", json=order(service_point="SP-2"))
    assert (refused.status_code, refused.json()["result"]) == (200, "rejected")
    fine = await client.post(f"{API}/orders/dry-run", json=order())
    assert fine.json()["result"] == "open"
    assert not site.world.store.events
    assert (await client.post(f"{API}/orders", json=order())).status_code == 202


async def test_an_unknown_order_is_not_found(client: httpx.AsyncClient) -> None:
    """404 with its code."""
    answer = await client.get(f"{API}/orders/nope")
    assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN_ORDER")


async def test_an_approver_may_order_what_needs_one(client: httpx.AsyncClient, site: Site) -> None:
    """A restore where no hold is open needs an approver's key; others are told no, and it is recorded."""
    restore = {
        "schema_version": 1,
        "action": "restore",
        "issued_at": "2026-11-24T11:00:00Z",
        "meters": ["E-1001"],
        "reason": "customer_request",
    }
    plain = {"Authorization": f"Bearer {site.key('dispatcher')}"}
    refused = await client.post(f"{API}/orders", json=restore | {"order_id": "R-1"}, headers=plain)
    assert (refused.status_code, refused.json()["result"]) == (202, "rejected")
    approver = {"Authorization": f"Bearer {site.key('approver')}"}
    granted = await client.post(f"{API}/orders", json=restore | {"order_id": "R-2"}, headers=approver)
    assert (granted.status_code, granted.json()["result"]) == (202, "open")


async def test_an_approver_sends_restores_and_nothing_else(
    client: httpx.AsyncClient, site: Site, order: Callable[..., dict[str, Any]]
) -> None:
    """Who decides on disconnections must not ask for them: alone, in a batch, or as a question."""
    approver = {"Authorization": f"Bearer {site.key('approver')}"}
    for path in ("/orders", "/orders/dry-run"):
        answer = await client.post(API + path, json=order(), headers=approver)
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
    lines = {"content-type": "application/x-ndjson"}
    batch = await client.post(f"{API}/orders/batch", content=json.dumps(order()), headers=approver | lines)
    assert (batch.json()["status"], batch.json()["code"]) == (403, "FORBIDDEN")
    assert not site.world.store.submitted


async def test_a_dispatcher_sees_its_own_orders_and_holds(
    client: httpx.AsyncClient, site: Site, order: Callable[..., dict[str, Any]]
) -> None:
    """Another dispatch system's are not shown to it, by name or in a list; who looks after all of them sees them."""
    mine = {"Authorization": f"Bearer {site.key('dispatcher', name='mine')}"}
    theirs = {"Authorization": f"Bearer {site.key('dispatcher', name='theirs')}"}
    (hold_id,) = (await client.post(f"{API}/orders", json=order(), headers=mine)).json()["hold_ids"]
    pages = [f"/holds/{hold_id}", f"/holds/{hold_id}/events", f"/holds/{hold_id}/statement"]
    for page in pages:
        assert (await client.get(API + page, headers=mine)).status_code == 200
        assert (await client.get(API + page, headers=theirs)).json()["code"] == "UNKNOWN_HOLD"
        assert (await client.get(API + page)).status_code == 200
    assert (await client.get(f"{API}/holds", headers=theirs)).json()["items"] == []
    assert len((await client.get(f"{API}/holds", headers=mine)).json()["items"]) == 1
    asked = f"{API}/orders/WO-1?sender=mine"
    assert [(await client.get(asked, headers=who)).status_code for who in (mine, theirs, {})] == [200, 403, 200]
