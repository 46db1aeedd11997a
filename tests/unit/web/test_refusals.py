"""What the interface refuses is in the journal, with who asked for what; what it merely does not find is not."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from meterhold.domain.events import CommandRefused
from meterhold.domain.roles import Role
from meterhold.domain.words import Because
from tests.unit.web.conftest import API, Site

WriteOrder = Callable[..., dict[str, Any]]


def bearer(key: str) -> dict[str, str]:
    """A key as it is sent."""
    return {"Authorization": f"Bearer {key}"}


def kept(site: Site) -> list[tuple[str | None, str, Because]]:
    """Who was refused what, and why."""
    return [(one.by, one.what, one.code) for one in site.world.store.refused if isinstance(one, CommandRefused)]


async def test_a_call_without_a_key_is_kept_wherever_it_goes(site: Site, anonymous: httpx.AsyncClient) -> None:
    """Reads as well: somebody tried the door. The key that was tried is not."""
    await anonymous.get(f"{API}/holds")
    await anonymous.post(f"{API}/orders", headers=bearer("mh_k1_canary-wrong"), json={})
    assert kept(site) == [
        (None, f"GET {API}/holds", Because.UNAUTHENTICATED),
        (None, f"POST {API}/orders", Because.UNAUTHENTICATED),
    ]
    assert "canary" not in str(site.world.store.refused)


async def test_a_caller_without_the_role_is_kept_by_name(site: Site, anonymous: httpx.AsyncClient) -> None:
    """An auditor who throws the kill switch, and a technician who reads the keys."""
    await anonymous.put(
        f"{API}/inhibit", headers=bearer(site.key(Role.AUDITOR, name="audit")), json={"reason": "storm"}
    )
    await anonymous.get(f"{API}/keys", headers=bearer(site.key(Role.TECHNICIAN, name="fitter")))
    assert kept(site) == [
        ("audit", f"PUT {API}/inhibit", Because.FORBIDDEN),
        ("fitter", f"GET {API}/keys", Because.FORBIDDEN),
    ]


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("DELETE", "/meters/E-1001/lock?reason=done", None, Because.HOLD_STATUS),
        ("DELETE", "/keys/nobody", None, Because.NOT_FOUND),
        ("POST", "/orders", {"colour": "blue"}, Because.MALFORMED),
        ("POST", "/holds/H-0/attention/1", {"decision": "retry"}, Because.UNKNOWN_HOLD),
    ],
)
async def test_a_command_that_is_refused_is_kept(
    site: Site, client: httpx.AsyncClient, method: str, path: str, body: object, code: Because
) -> None:
    """Whatever it is refused for: by the rows as they are, or for its form."""
    answer = await client.request(method, f"{API}{path}", json=body)
    assert 400 <= answer.status_code < 500
    assert kept(site) == [("cis", f"{method} {API}{path.partition('?')[0]}", code)]


async def test_each_refused_line_of_a_batch_is_kept(site: Site, client: httpx.AsyncClient, order: WriteOrder) -> None:
    """By the number of its line; those that were taken are orders."""
    lines = [httpx.Response(200, json=one).text for one in (order("WO-1"), {"order_id": "WO-2"}, order("WO-3"))]
    sent = await client.post(
        f"{API}/orders/batch", content="\n".join(lines), headers={"Content-Type": "application/x-ndjson"}
    )
    assert len(sent.text.splitlines()) == 3
    assert [what for _, what, _ in kept(site)] == [f"POST {API}/orders/batch line 2"]


async def test_the_same_name_for_another_order_is_kept(
    site: Site, client: httpx.AsyncClient, order: WriteOrder
) -> None:
    """It may be a mistake, or somebody who replays with a change."""
    await client.post(f"{API}/orders", json=order())
    await client.post(f"{API}/orders", json=order(reason="seasonal"))
    assert [code for _, _, code in kept(site)] == [Because.DUPLICATE_ORDER]


async def test_what_is_not_found_or_not_possible_now_is_no_refusal(site: Site, client: httpx.AsyncClient) -> None:
    """A read of nothing, and a store that is away."""
    assert (await client.get(f"{API}/holds/H-0")).status_code == 404
    site.world.store.broken = True
    assert (await client.put(f"{API}/inhibit", json={"reason": "storm"})).status_code == 503
    site.world.store.broken = False
    assert kept(site) == []
