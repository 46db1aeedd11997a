"""Keys are made and revoked through the API; the secret is shown once and stands nowhere else."""

import httpx

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
