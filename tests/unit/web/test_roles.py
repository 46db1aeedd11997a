"""A key may do what its roles say and nothing else; without a key there is only health."""

import re
from pathlib import Path

import httpx
import pytest
from starlette.routing import Mount, Route, WebSocketRoute

from meterhold.domain.roles import Role
from meterhold.web import create_app
from meterhold.web.openapi import describe
from meterhold.web.roles import ENDPOINTS, FREE, PREFIX
from tests.unit.web.conftest import API, Site

AT_THE_TOP = {"/metrics", "/openapi.json"}
GUARDED = [
    (method, path if path in AT_THE_TOP else PREFIX + path, roles) for (method, path), roles in ENDPOINTS.items()
]
ROW = re.compile(r"^\| `([A-Z]+) (/\S+)` \|(( [x ] \|){5})$", re.MULTILINE)
NAMES = {
    "order_id": "WO-1",
    "hold_id": "H-1",
    "meter_id": "E-1001",
    "n": "1",
    "key_id": "nope",
    "alarm_id": "A-1",
    "approval_id": "AP-1",
    "moratorium_id": "M-1",
}


def routes_of(site: Site) -> set[tuple[str, str]]:
    """Every route of the application."""
    app = create_app(site.world.ports, engine_state=site.engine, metrics_registry=site.registry)
    described = describe(app)["paths"]
    return {(method.upper(), path) for path, methods in described.items() for method in methods} | {
        ("GET", "/openapi.json")
    }


def test_the_table_names_every_route(site: Site) -> None:
    """A new route that nobody thought about opens to nobody, and is found here; a row without a route is a mistake."""
    assert routes_of(site) == {(method, path) for method, path, _ in GUARDED} | FREE


def test_the_page_says_the_same_as_the_table() -> None:
    """What integrators read of roles in docs/api.md is what the gateway does."""
    page = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
    told = {}
    for method, path, marks, _ in ROW.findall(page):
        told[method, path] = {role for role, mark in zip(Role, marks.split("|"), strict=False) if "x" in mark}
    assert told == {place: set(roles) for place, roles in ENDPOINTS.items()}


@pytest.mark.parametrize(("method", "path", "roles"), GUARDED)
async def test_a_role_opens_what_it_is_for(
    anonymous: httpx.AsyncClient, site: Site, method: str, path: str, roles: frozenset[Role]
) -> None:
    """Each role at each endpoint: let through, or told which role it needs and nothing happened."""
    for role in Role:
        before = len(site.world.store.submitted)
        key = site.key(role)
        # Everybody rotates their own key.
        names = NAMES | {"key_id": key.split("_")[1]} if path.endswith("/rotate") else NAMES
        answer = await anonymous.request(method, path.format(**names), headers={"Authorization": f"Bearer {key}"})
        if role in roles:
            assert answer.status_code not in {401, 403}
            assert answer.status_code < 500 or answer.status_code == 502
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
            assert len(site.world.store.submitted) == before


async def test_without_a_key_nothing_opens(anonymous: httpx.AsyncClient, site: Site) -> None:
    """401 as a problem document, and nothing happened."""
    for method, path, _ in GUARDED:
        answer = await anonymous.request(method, path.format(**NAMES))
        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHENTICATED")
        assert answer.headers["www-authenticate"] == "Bearer"
    assert not site.world.store.submitted


def test_nothing_is_served_past_the_table(site: Site) -> None:
    """What is mounted beside the routes would not ask who calls."""
    app = create_app(site.world.ports, engine_state=site.engine, metrics_registry=site.registry)
    assert not [route for route in app.routes if isinstance(route, Mount | WebSocketRoute) or type(route) is Route]


async def test_a_route_that_the_table_does_not_name_opens_to_nobody(site: Site) -> None:
    """Whoever adds a route and forgets its roles has added one that is shut, even where it does not ask who calls."""
    app = create_app(site.world.ports, engine_state=site.engine, metrics_registry=site.registry)
    called = []

    @app.get(f"{API}/forgotten")
    async def forgotten() -> None:
        called.append(1)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://gateway") as client:
        assert (await client.get(f"{API}/forgotten")).status_code == 401
        for role in Role:
            answer = await client.get(f"{API}/forgotten", headers={"Authorization": f"Bearer {site.key(role)}"})
            assert answer.status_code == 403
    assert not called


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic Y2lzOmNpcw==", "Bearer mh_k1_wrong", "mh_k1_x"])
async def test_a_wrong_key_opens_nothing(anonymous: httpx.AsyncClient, site: Site, header: str) -> None:
    """Another scheme, no key, or a wrong secret: 401."""
    site.key(Role.ADMIN)
    answer = await anonymous.get(f"{API}/holds", headers={"Authorization": header})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "roles", [("dispatcher", "approver"), ("dispatcher", "admin"), ("approver", "admin"), tuple(Role)]
)
async def test_a_caller_that_is_two_opens_nothing(
    anonymous: httpx.AsyncClient, site: Site, roles: tuple[str, ...]
) -> None:
    """Such a key is not made; should the store hold one all the same, it is of no use."""
    headers = {"Authorization": f"Bearer {site.key(*roles)}"}
    answer = await anonymous.get(f"{API}/inhibit", headers=headers)
    assert (answer.status_code, "must be two callers" in answer.json()["detail"]) == (403, True)


async def test_a_key_that_bears_no_role_reads_nothing(anonymous: httpx.AsyncClient, site: Site) -> None:
    """A role that this version does not know opens nothing."""
    headers = {"Authorization": f"Bearer {site.key('future-role')}"}
    assert (await anonymous.get(f"{API}/holds", headers=headers)).status_code == 403
