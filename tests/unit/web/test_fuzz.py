"""Whatever is sent, the answer is a clear one: never a server error, and never a secret."""

import json
import logging
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.documents.test_order import FULL, JSON
from tests.unit.web.conftest import API, SECRET, Site

BODIES = [
    ("POST", "/orders"),
    ("POST", "/orders/dry-run"),
    ("POST", "/holds/H-1/attention/1"),
    ("PUT", "/meters"),
    ("PUT", "/meters/E-1001/lock"),
    ("PUT", "/inhibit"),
    ("POST", "/keys"),
    ("POST", "/keys/k1/rotate"),
    ("POST", "/originators"),
]
SOUND = FULL | {"context": "production", "on_restore": "connect", "legs": None}
FIELDS = [
    *sorted(FULL),
    *("decision", "comment", "review_at", "reason", "name", "roles", "meters", "scope", "expires_at", "overlap_s"),
    *("sender", "key_id", "public_key", "counter", "signature"),
]
shared = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


@shared
@given(where=st.sampled_from(BODIES), document=JSON | st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6))
async def test_random_json_never_breaks_the_server(
    client: httpx.AsyncClient, where: tuple[str, str], document: object
) -> None:
    """Any JSON at any endpoint that reads a body."""
    method, path = where
    answer = await client.request(method, API + path, content=json.dumps(document))
    assert answer.status_code < 500
    if answer.status_code >= 400:
        problem = answer.json()
        assert problem["code"]
        assert problem["status"] == answer.status_code


@shared
@given(changes=st.dictionaries(st.sampled_from(sorted(FULL)), JSON | st.just("E-1001"), max_size=3))
async def test_almost_good_orders_never_break_the_server(client: httpx.AsyncClient, changes: dict[str, Any]) -> None:
    """A sound order with a few values replaced reaches the deeper layers."""
    answer = await client.post(f"{API}/orders", content=json.dumps(SOUND | changes))
    assert answer.status_code < 500


@shared
@given(
    path=st.sampled_from(["/orders/{}", "/holds/{}", "/holds/{}/events", "/meters/{}", "/meters/{}/lock"]),
    name=st.text(min_size=1, max_size=40).filter(lambda text: text not in {".", ".."}),
    query=st.dictionaries(st.sampled_from(["after", "limit", "status", "sender", "meter_id", "format"]), st.text()),
)
async def test_random_names_and_parameters_never_break_the_server(
    client: httpx.AsyncClient, path: str, name: str, query: dict[str, str]
) -> None:
    """Any name in a path, any value in a query."""
    try:
        url = httpx.URL(
            f"http://gateway{API}" + path.format(httpx.QueryParams({"x": name}).__str__()[2:]), params=query
        )
    except (UnicodeEncodeError, httpx.InvalidURL):
        return
    assert (await client.get(url)).status_code < 500


@shared
@given(body=st.binary(max_size=300), kind=st.sampled_from(["application/x-ndjson", "text/csv"]))
async def test_random_batches_never_break_the_server(client: httpx.AsyncClient, body: bytes, kind: str) -> None:
    """Any bytes as a batch: each line of the answer is JSON."""
    answer = await client.post(f"{API}/orders/batch", content=body, headers={"content-type": kind})
    assert answer.status_code == 200
    for line in answer.text.splitlines():
        assert json.loads(line)["status"] < 500


async def test_secrets_stand_in_no_answer_and_no_log(
    client: httpx.AsyncClient, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the caller's key, nor a new one's secret, nor the store's place shows outside where it must."""
    caplog.set_level(logging.DEBUG)
    made = (await client.post(f"{API}/keys", json={"name": "billing", "roles": ["auditor"]})).json()["key"]
    bad = {"Authorization": f"Bearer mh_k1_{SECRET}x"}
    answers = [
        await client.get(f"{API}/holds", headers=bad),
        await client.post(f"{API}/orders", json={"password": SECRET, "order_id": SECRET + " "}),
        await client.post(f"{API}/keys", json={"name": SECRET * 9, "roles": [SECRET]}),
        await client.get(f"{API}/keys"),
        await client.get("/metrics"),
    ]
    site.world.store.gone = True
    site.world.clock.pass_by(60)
    answers.append(await client.get(f"{API}/holds"))
    told = "".join(answer.text + str(answer.headers) for answer in answers) + caplog.text
    for secret in (SECRET, made, made.split("_", 2)[2], "canary-5c1e", "secret-place"):
        assert secret not in told
