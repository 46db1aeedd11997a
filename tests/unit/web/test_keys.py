"""Keys are made and revoked through the API; the secret is shown once and stands nowhere else."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from meterhold.usecases.keys import create_key
from tests.unit.web.conftest import API, SECRET, Site


async def test_a_key_works_from_its_making_to_its_revocation(client: httpx.AsyncClient) -> None:
    """At once usable, at once useless."""
    made = await client.post(f"{API}/keys", json={"name": "billing", "roles": ["auditor"]})
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    billing = {"Authorization": f"Bearer {made.json()['key']}"}
    assert (await client.get(f"{API}/holds", headers=billing)).status_code == 200
    assert (await client.delete(f"{API}/keys/{made.json()['key_id']}")).status_code == 204
    assert (await client.get(f"{API}/holds", headers=billing)).status_code == 401


async def test_the_list_shows_no_secret_and_no_digest(client: httpx.AsyncClient, site: Site) -> None:
    """Names, roles and times only."""
    made = (await client.post(f"{API}/keys", json={"name": "billing", "roles": ["auditor"]})).json()
    listed = await client.get(f"{API}/keys")
    assert {item["name"] for item in listed.json()["items"]} == {"cis", "billing"}
    for key in site.world.store.keys.values():
        assert key.digest not in listed.text
    assert made["key"].split("_", 2)[2] not in listed.text


async def test_a_key_with_faults_is_not_made(client: httpx.AsyncClient, site: Site) -> None:
    """Unknown roles are named, all faults at once."""
    answer = await client.post(f"{API}/keys", json={"name": "x", "roles": ["god", "king"]})
    assert (answer.status_code, {fault["field"] for fault in answer.json()["faults"]}) == (422, {"roles.0", "roles.1"})
    assert {key.name for key in site.world.store.keys.values()} == {"cis"}


async def test_an_unknown_key_cannot_be_revoked(client: httpx.AsyncClient) -> None:
    """404."""
    assert (await client.delete(f"{API}/keys/nope")).status_code == 404


async def test_a_key_that_another_process_revoked_stops_within_seconds(client: httpx.AsyncClient, site: Site) -> None:
    """What was read of the store is believed for a few seconds only."""
    assert (await client.get(f"{API}/holds")).status_code == 200
    site.world.store.keys.clear()
    site.world.clock.pass_by(5)
    assert (await client.get(f"{API}/holds")).status_code == 401


async def test_unknown_keys_do_not_cost_a_read_each(anonymous: httpx.AsyncClient, site: Site) -> None:
    """A flood of wrong keys does not become a flood of reads."""
    site.key("admin")
    anonymous.headers["Authorization"] = f"Bearer mh_nope_{SECRET}"
    for _ in range(20):
        assert (await anonymous.get(f"{API}/holds")).status_code == 401
    assert site.world.store.key_reads == 1


async def test_without_the_store_nobody_is_called_unknown(anonymous: httpx.AsyncClient, site: Site) -> None:
    """503, not 401: the caller's key may be a good one."""
    key = site.key("admin")
    site.world.store.gone = True
    answer = await anonymous.get(f"{API}/holds", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 503


async def test_a_rotated_key_is_the_same_caller_with_another_secret(client: httpx.AsyncClient) -> None:
    """Both work during the overlap; afterwards the old one does not."""
    made = (await client.post(f"{API}/keys", json={"name": "billing", "roles": ["auditor"]})).json()
    answer = await client.post(f"{API}/keys/{made['key_id']}/rotate", json={"overlap_s": 60})
    rotated = answer.json()
    assert (answer.status_code, answer.headers["cache-control"], rotated["name"]) == (200, "no-store", "billing")
    old, new = ({"Authorization": f"Bearer {one['key']}"} for one in (made, rotated))
    assert [(await client.get(f"{API}/holds", headers=one)).status_code for one in (old, new)] == [200, 200]
    at_once = await client.post(f"{API}/keys/{made['key_id']}/rotate", json={"overlap_s": 0})
    newest = {"Authorization": f"Bearer {at_once.json()['key']}"}
    statuses = [(await client.get(f"{API}/holds", headers=one)).status_code for one in (old, new, newest)]
    assert statuses == [401, 401, 200]
    assert (await client.post(f"{API}/keys/nope/rotate", json={})).status_code == 404
    assert (await client.post(f"{API}/keys/{made['key_id']}/rotate", json={"overlap_s": 1e9})).status_code == 422


async def test_a_name_that_is_taken_is_refused(client: httpx.AsyncClient) -> None:
    """Two callers of one name could not be told apart."""
    wanted = {"name": "billing", "roles": ["auditor"]}
    assert (await client.post(f"{API}/keys", json=wanted)).status_code == 201
    again = await client.post(f"{API}/keys", json=wanted)
    assert (again.status_code, again.json()["code"]) == (409, "NAME_TAKEN")


async def test_a_key_for_one_endpoint_opens_no_other(client: httpx.AsyncClient) -> None:
    """Least privilege for a probe or a feed; an endpoint that its roles do not open cannot be asked for."""
    wanted = {"name": "prometheus", "roles": ["auditor"], "scope": {"only": ["GET /metrics"]}}
    made = (await client.post(f"{API}/keys", json=wanted)).json()
    probe = {"Authorization": f"Bearer {made['key']}"}
    assert (await client.get("/metrics", headers=probe)).status_code == 200
    refused = await client.get(f"{API}/holds", headers=probe)
    assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")
    odd = await client.post(f"{API}/keys", json=wanted | {"name": "x", "scope": {"only": ["PUT /inhibit"]}})
    assert (odd.status_code, odd.json()["faults"][0]["field"]) == (422, "scope.only.0")


async def test_a_technician_of_one_area_works_there(client: httpx.AsyncClient, site: Site) -> None:
    """At a meter elsewhere nothing can be locked, read or verified; looking at what is known is no work."""
    place = site.world.store.world.meters["E-1001"].installation
    site.world.install(replace(place, area="north"), replace(place, meter_id="E-1003", area="south"))
    wanted = {"name": "crew", "roles": ["technician"], "scope": {"areas": ["north"]}}
    crew = {"Authorization": f"Bearer {(await client.post(f'{API}/keys', json=wanted)).json()['key']}"}
    lock = {"reason": "hands inside", "review_at": "2026-11-24T18:00:00Z"}
    statuses = []
    for meter_id in ("E-1001", "E-1003", "W-1001"):
        answer = await client.put(f"{API}/meters/{meter_id}/lock", json=lock, headers=crew)
        statuses.append(answer.status_code)
        assert (await client.get(f"{API}/meters/{meter_id}", headers=crew)).status_code == 200
    assert statuses == [200, 403, 403]


async def test_the_list_says_what_a_key_is_limited_to_and_when_it_was_used(client: httpx.AsyncClient) -> None:
    """And who made it."""
    wanted = {
        "name": "crew",
        "roles": ["technician"],
        "scope": {"contexts": ["test"]},
        "expires_at": "2027-01-01T00:00:00Z",
    }
    made = (await client.post(f"{API}/keys", json=wanted)).json()

    async def listed() -> dict[str, object]:
        items = (await client.get(f"{API}/keys")).json()["items"]
        (found,) = (item for item in items if item["name"] == "crew")
        return dict(found)

    before = await listed()
    assert (before["made_by"], before["last_used_at"]) == ("cis", None)
    assert before["scope"] == {"actions": [], "contexts": ["test"], "areas": [], "only": []}
    assert before["expires_at"] == "2027-01-01T00:00:00Z"
    await client.get(f"{API}/meters", headers={"Authorization": f"Bearer {made['key']}"})
    assert (await listed())["last_used_at"] is not None


SCOPES: dict[str, tuple[dict[str, list[str]], dict[str, Any]]] = {
    "another action": ({"actions": ["restore"]}, {}),
    "another context": ({"contexts": ["test"]}, {}),
    "a meter of another context": ({"contexts": ["test"]}, {"context": "test"}),
    "another area": ({"areas": ["south"]}, {}),
    "one meter of two elsewhere": ({"areas": ["north"]}, {}),
}


@pytest.mark.parametrize("case", SCOPES)
async def test_a_dispatcher_orders_within_its_limits(
    client: httpx.AsyncClient, site: Site, order: Callable[..., dict[str, Any]], case: str
) -> None:
    """Beyond them an order is not taken in: alone, in a batch, or as a question; nothing of it is stored."""
    place = site.world.store.world.meters["E-1001"].installation
    site.world.install(replace(place, area="north"))
    scope, changes = SCOPES[case]
    wanted = {"name": "limited", "roles": ["dispatcher"], "scope": scope}
    headers = {"Authorization": f"Bearer {(await client.post(f'{API}/keys', json=wanted)).json()['key']}"}
    sent = order(**changes)
    for path in ("/orders", "/orders/dry-run"):
        answer = await client.post(API + path, json=sent, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
    lines = headers | {"content-type": "application/x-ndjson"}
    batch = await client.post(f"{API}/orders/batch", content=json.dumps(sent), headers=lines)
    assert (batch.json()["status"], batch.json()["code"]) == (403, "FORBIDDEN")
    assert not site.world.store.world.orders


async def test_limits_hold_for_what_an_order_means_by_its_hold_too(
    client: httpx.AsyncClient, site: Site, order: Callable[..., dict[str, Any]]
) -> None:
    """A hold elsewhere can be neither changed nor ended, whatever the order calls it; one within can."""
    place = site.world.store.world.meters["E-1001"].installation
    site.world.install(replace(place, area="north"), replace(place, meter_id="E-1003", area="south"))
    wanted = {"name": "limited", "roles": ["dispatcher"], "scope": {"areas": ["north"]}}
    limited = {"Authorization": f"Bearer {(await client.post(f'{API}/keys', json=wanted)).json()['key']}"}
    holds = []
    for n, meter_id in enumerate(("E-1001", "E-1003")):
        sent = order(f"WO-{n}", meters=[meter_id], starts_at="2026-12-01T08:00:00Z")
        del sent["service_point"]
        holds += (await client.post(f"{API}/orders", json=sent)).json()["hold_ids"]
    statuses = []
    for n, hold_id in enumerate(holds):
        cancel = order(f"C-{n}", action="cancel", hold_id=hold_id)
        for name in ("service_point", "reason"):
            del cancel[name]
        statuses.append((await client.post(f"{API}/orders", json=cancel, headers=limited)).status_code)
    assert statuses == [202, 403]


async def test_nobody_gets_hold_of_an_approver_s_key_over_the_network(client: httpx.AsyncClient, site: Site) -> None:
    """A stolen admin's key makes none, and takes none over by rotating it; it can only be revoked."""
    wanted = {"name": "decider", "roles": ["approver", "auditor"]}
    refused = await client.post(f"{API}/keys", json=wanted)
    assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")
    made, _ = await create_key(site.world.ports, "decider", ["approver"], by="root (in the store)")
    taken = await client.post(f"{API}/keys/{made.key_id}/rotate", headers=as_(site, "admin"))
    assert (taken.status_code, taken.json()["code"]) == (403, "FORBIDDEN")
    assert (await client.delete(f"{API}/keys/{made.key_id}")).status_code == 204


async def test_everybody_rotates_their_own_key_and_nobody_another_s(client: httpx.AsyncClient, site: Site) -> None:
    """But for an admin, whose work that is."""
    made, shown = await create_key(site.world.ports, "decider", ["approver"])
    other, _ = await create_key(site.world.ports, "cis", ["dispatcher"])
    site.world.clock.pass_by(1)
    mine = {"Authorization": f"Bearer {shown}"}
    assert (await client.post(f"{API}/keys/{other.key_id}/rotate", headers=mine)).status_code == 403
    rotated = await client.post(f"{API}/keys/{made.key_id}/rotate", json={"overlap_s": 0}, headers=mine)
    assert (rotated.status_code, rotated.json()["roles"]) == (200, ["approver"])
    assert (await client.get(f"{API}/approvals", headers=mine)).status_code == 401
    anew = {"Authorization": f"Bearer {rotated.json()['key']}"}
    assert (await client.get(f"{API}/approvals", headers=anew)).status_code == 200
    assert (await client.post(f"{API}/keys/{other.key_id}/rotate", headers=as_(site, "admin"))).status_code == 200


def as_(site: Site, role: str) -> dict[str, str]:
    """A key of this role, as it is presented."""
    return {"Authorization": f"Bearer {site.key(role)}"}
