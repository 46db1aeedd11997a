"""A batch answers every line, in order, with what the order would have got alone."""

import json
from collections.abc import Callable
from typing import Any

import httpx

from meterhold.documents.batch import read_ndjson
from meterhold.web.batch import windows
from tests.unit.web.conftest import API, Site

Write = Callable[..., dict[str, Any]]
NDJSON = {"content-type": "application/x-ndjson"}


def lines_of(answer: httpx.Response) -> list[dict[str, Any]]:
    """The results, one a line."""
    return [json.loads(line) for line in answer.text.splitlines()]


def body(*orders: object) -> bytes:
    """Lines of JSON."""
    return b"\n".join(order if isinstance(order, bytes) else json.dumps(order).encode() for order in orders)


async def test_each_line_has_its_own_answer(client: httpx.AsyncClient, site: Site, order: Write) -> None:
    """Good, replayed, duplicate, refused, malformed and unreadable lines stand side by side."""
    sent = body(
        order("A"),
        order("A"),
        order("A", reason="seasonal"),
        order("B", service_point="SP-2"),
        b"{",
        order("C", priority=99, colour=1),
        order("D", service_point="SP-77"),
    )
    answer = await client.post(f"{API}/orders/batch", content=sent, headers=NDJSON)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    results = lines_of(answer)
    assert [(one["line"], one["status"], one["order_id"], one["code"]) for one in results] == [
        (1, 202, "A", None),
        (2, 200, "A", None),
        (3, 409, "A", "DUPLICATE_ORDER"),
        (4, 202, "B", "PROTECTED_CUSTOMER"),
        (5, 400, None, "MALFORMED"),
        (6, 422, "C", "MALFORMED"),
        (7, 422, "D", "UNKNOWN_METER"),
    ]
    assert {(fault["field"], fault["line"]) for fault in results[5]["faults"]} == {("priority", 6), ("colour", 6)}
    assert len(site.world.store.world.orders) == 2


async def test_csv_is_taken_like_json(client: httpx.AsyncClient, order: Write) -> None:
    """The same order from a CSV file is a replay of the one from JSON."""
    await client.post(f"{API}/orders", json=order("A"))
    one = order("A")
    text = ",".join(one) + "\n" + ",".join(str(value) for value in one.values())
    answer = await client.post(f"{API}/orders/batch", content=text, headers={"content-type": "text/csv; charset=utf-8"})
    assert [(result["line"], result["status"]) for result in lines_of(answer)] == [(2, 200)]


async def test_later_lines_see_what_earlier_ones_did(client: httpx.AsyncClient, order: Write) -> None:
    """A cancellation may follow its suspension in the same file."""
    cancel = {
        "schema_version": 1,
        "order_id": "Z",
        "action": "cancel",
        "issued_at": "2026-11-24T12:00:00Z",
        "suspend_order_id": "A",
    }
    suspend = order("A", starts_at="2026-12-01T08:00:00Z")
    results = lines_of(await client.post(f"{API}/orders/batch", content=body(suspend, cancel), headers=NDJSON))
    assert [result["status"] for result in results] == [202, 202]
    assert results[1]["result"] == "done"


def test_lines_that_cannot_depend_on_each_other_share_a_window(order: Write) -> None:
    """Neighbours of one action with names of their own go together; another action or a name again begins anew."""
    cancel = {"schema_version": 1, "order_id": "X", "action": "cancel", "issued_at": order()["issued_at"]}
    sent = body(
        order("A", service_point="1"),
        order("B", service_point="2"),
        b"{",
        order("C", service_point="1"),
        order("A", service_point="3"),
        cancel | {"suspend_order_id": "C"},
        cancel | {"order_id": "Y", "suspend_order_id": "A"},
    )
    assert [[number for number, _ in window] for window in windows(read_ndjson(sent))] == [[1, 2, 3], [4, 5], [6, 7]]


def test_a_window_is_bounded(order: Write) -> None:
    """A long file never becomes one heap of tasks."""
    sent = body(*(order(f"O-{n}", service_point=f"SP-{n}") for n in range(250)))
    assert [len(window) for window in windows(read_ndjson(sent))] == [100, 100, 50]


async def test_a_store_that_fails_fails_the_lines(client: httpx.AsyncClient, site: Site, order: Write) -> None:
    """No line is called accepted that was not stored."""
    site.world.store.broken = True
    results = lines_of(await client.post(f"{API}/orders/batch", content=body(order("A")), headers=NDJSON))
    assert [(one["status"], one["code"]) for one in results] == [(503, "STORE_UNAVAILABLE")]


async def test_another_kind_of_file_is_refused(client: httpx.AsyncClient) -> None:
    """415 names what is taken."""
    answer = await client.post(f"{API}/orders/batch", content=b"<x/>", headers={"content-type": "text/xml"})
    assert (answer.status_code, answer.json()["code"]) == (415, "MALFORMED")
    assert "text/csv" in answer.json()["detail"]
