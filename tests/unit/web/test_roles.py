"""A key may do what its roles say and nothing else; without a key there is only health."""

import httpx
import pytest

from meterhold.usecases.keys import Role
from meterhold.web import create_app
from meterhold.web.openapi import describe
from tests.unit.web.conftest import API, Site

READERS = set(Role)
ENDPOINTS: list[tuple[str, str, set[Role]]] = [
    ("POST", "/orders", {Role.DISPATCHER}),
    ("POST", "/orders/batch", {Role.DISPATCHER}),
    ("POST", "/orders/dry-run", {Role.DISPATCHER}),
    ("GET", "/orders/{order_id}", READERS),
    ("GET", "/holds", READERS),
    ("GET", "/holds/{hold_id}", READERS),
    ("GET", "/holds/{hold_id}/events", READERS),
    ("GET", "/holds/{hold_id}/statement", READERS),
    ("POST", "/holds/{hold_id}/attention/{n}", {Role.APPROVER}),
    ("GET", "/meters", READERS),
    ("PUT", "/meters", {Role.ADMIN}),
    ("GET", "/meters/{meter_id}", READERS),
    ("POST", "/meters/{meter_id}/read", {Role.TECHNICIAN}),
    ("POST", "/meters/{meter_id}/verify", {Role.TECHNICIAN}),
    ("PUT", "/meters/{meter_id}/lock", {Role.TECHNICIAN}),
    ("GET", "/meters/{meter_id}/lock", READERS),
    ("DELETE", "/meters/{meter_id}/lock", {Role.TECHNICIAN, Role.ADMIN}),
    ("GET", "/inhibit", READERS),
    ("PUT", "/inhibit", {Role.ADMIN}),
    ("DELETE", "/inhibit", {Role.ADMIN}),
    ("GET", "/keys", {Role.ADMIN}),
    ("POST", "/keys", {Role.ADMIN}),
    ("DELETE", "/keys/{key_id}", {Role.ADMIN}),
]
GUARDED = [(method, API + path, roles) for method, path, roles in ENDPOINTS] + [
    ("GET", "/metrics", READERS),
    ("GET", "/openapi.json", READERS),
]
FREE = {("GET", "/healthz"), ("GET", "/readyz")}
NAMES = {"order_id": "WO-1", "hold_id": "H-1", "meter_id": "E-1001", "n": "1", "key_id": "nope"}


def test_the_table_names_every_route(site: Site) -> None:
    """A new route cannot be forgotten here: it is in the table, or it is health."""
    app = create_app(site.world.ports, engine_state=site.engine, metrics_registry=site.registry)
    described = describe(app)["paths"]
    routes = {(method.upper(), path) for path, methods in described.items() for method in methods}
    hidden = {("GET", "/openapi.json")}
    assert routes | hidden == {(method, path) for method, path, _ in GUARDED} | FREE


@pytest.mark.parametrize(("method", "path", "roles"), GUARDED)
async def test_a_role_opens_what_it_is_for(
    anonymous: httpx.AsyncClient, site: Site, method: str, path: str, roles: set[Role]
) -> None:
    """Each role at each endpoint: let through, or told which role it needs and nothing happened."""
    for role in Role:
        before = len(site.world.store.submitted)
        headers = {"Authorization": f"Bearer {site.key(role)}"}
        answer = await anonymous.request(method, path.format(**NAMES), headers=headers)
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


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic Y2lzOmNpcw==", "Bearer mh_k1_wrong", "mh_k1_x"])
async def test_a_wrong_key_opens_nothing(anonymous: httpx.AsyncClient, site: Site, header: str) -> None:
    """Another scheme, no key, or a wrong secret: 401."""
    site.key(Role.ADMIN)
    answer = await anonymous.get(f"{API}/holds", headers={"Authorization": header})
    assert answer.status_code == 401


async def test_a_key_that_bears_no_role_reads_nothing(anonymous: httpx.AsyncClient, site: Site) -> None:
    """A role that this version does not know opens nothing."""
    headers = {"Authorization": f"Bearer {site.key('future-role')}"}
    assert (await anonymous.get(f"{API}/holds", headers=headers)).status_code == 403
