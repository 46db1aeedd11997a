"""Alarms over HTTP: a list by page, one with its evidence, and a person who knows."""

from collections.abc import Callable
from typing import Any

import httpx

from meterhold.domain.commands import ReportAlarm, ReportSiteAlarm
from meterhold.domain.decide import alarming
from meterhold.domain.draft import Draft
from meterhold.domain.words import Because
from tests.unit.web.conftest import API, Site

Write = Callable[..., dict[str, Any]]


async def raised(site: Site, *topics: str, meter_id: str = "E-1001") -> None:
    """Raise alarms of a meter, one a minute."""
    for topic in topics:
        site.world.clock.pass_by(60)
        now = site.world.clock.now()
        await site.world.store.submit(ReportAlarm(now, meter_id, Because.RETAINED_COMMAND, f"at {topic}", topic))


async def test_an_alarm_is_read_with_its_evidence(client: httpx.AsyncClient, site: Site) -> None:
    """What was found, where and since when."""
    evidence = {"free": "12 MB"}
    now = site.world.clock.now()
    await site.world.store.submit(ReportSiteAlarm(now, Because.STORE_NEARLY_FULL, "hardly any room", "", evidence))
    (alarm,) = (await client.get(f"{API}/alarms")).json()["items"]
    assert (alarm["code"], alarm["meter_id"], alarm["evidence"]) == ("STORE_NEARLY_FULL", None, evidence)
    assert (await client.get(f"{API}/alarms/{alarm['alarm_id']}")).json() == alarm


async def test_a_list_pages_newest_first_and_by_meter(client: httpx.AsyncClient, site: Site) -> None:
    """Each alarm stands on exactly one page."""
    await raised(site, "a", "b", "c")
    await raised(site, "d", meter_id="W-1001")
    first = (await client.get(f"{API}/alarms", params={"limit": 3})).json()
    second = (await client.get(f"{API}/alarms", params={"limit": 3, "after": first["next"]})).json()
    told = [alarm["subject"] for page in (first, second) for alarm in page["items"]]
    assert told == ["d", "c", "b", "a"]
    assert second["next"] is None
    (only,) = (await client.get(f"{API}/alarms", params={"meter": "W-1001"})).json()["items"]
    assert only["subject"] == "d"
    assert (await client.get(f"{API}/alarms", params={"after": "nonsense"})).status_code == 422


async def test_an_alarm_is_acknowledged_with_a_comment_and_once(client: httpx.AsyncClient, site: Site) -> None:
    """It leaves the open ones, stays in the list, and says who knows."""
    await raised(site, "a", "b")
    newest = (await client.get(f"{API}/alarms")).json()["items"][0]["alarm_id"]
    answer = await client.post(f"{API}/alarms/{newest}", json={"comment": "somebody is on the way"})
    assert answer.status_code == 200
    assert (answer.json()["acknowledged_by"], answer.json()["comment"]) == ("cis", "somebody is on the way")
    left = (await client.get(f"{API}/alarms", params={"open": "true"})).json()["items"]
    assert [alarm["subject"] for alarm in left] == ["a"]
    assert len((await client.get(f"{API}/alarms")).json()["items"]) == 2
    again = await client.post(f"{API}/alarms/{newest}", json={})
    assert (again.status_code, again.json()["code"]) == (409, "HOLD_STATUS")
    missing = await client.post(f"{API}/alarms/E-1001.99", json={})
    assert (missing.status_code, missing.json()["code"]) == (404, "NOT_FOUND")


async def test_who_may_acknowledge(anonymous: httpx.AsyncClient, site: Site) -> None:
    """Approvers, technicians and admins; a dispatch system and an auditor only read."""
    for role, status in (("dispatcher", 403), ("auditor", 403), ("technician", 200), ("approver", 200), ("admin", 200)):
        await raised(site, role)
        key = site.key(role, name=role)
        (newest, *_) = [alarm.alarm_id for alarm in reversed(site.world.store.alarms.values())]
        headers = {"authorization": f"Bearer {key}"}
        answer = await anonymous.post(f"{API}/alarms/{newest}", json={}, headers=headers)
        assert answer.status_code == status, role


async def test_a_dispatch_system_sees_the_alarms_of_its_own_holds(
    anonymous: httpx.AsyncClient, client: httpx.AsyncClient, site: Site, order: Write
) -> None:
    """Not its neighbours', and not what is wrong with the site."""
    hold_id = (await client.post(f"{API}/orders", json=order())).json()["hold_ids"][0]
    draft = Draft(site.world.store.world)
    code, now = Because.SUPPLY_BACK, site.world.clock.now()
    alarming.raise_alarm(draft, now, code, "it is on", meter_id="E-1001", hold_id=hold_id)
    site.world.store.world.take_over(draft)
    site.world.store.alarms |= draft.alarms
    await raised(site, "a topic")
    for name, seen in (("cis", 1), ("neighbour", 0)):
        headers = {"authorization": f"Bearer {site.key('dispatcher', name=name)}"}
        found = (await anonymous.get(f"{API}/alarms", headers=headers)).json()["items"]
        assert len(found) == seen, name
        alarm = await anonymous.get(f"{API}/alarms/E-1001.1", headers=headers)
        assert alarm.status_code == (200 if seen else 404)


async def test_open_alarms_are_a_metric(client: httpx.AsyncClient, site: Site) -> None:
    """Raised and acknowledged; at start with those that were there before."""
    await raised(site, "a", "b")
    assert site.registry.get_sample_value("meterhold_alarms_open") == 2
    (first, *_) = site.world.store.alarms
    await client.post(f"{API}/alarms/{first}", json={})
    assert site.registry.get_sample_value("meterhold_alarms_open") == 1


async def test_a_hold_shows_the_open_alarms_of_its_meters(client: httpx.AsyncClient, site: Site, order: Write) -> None:
    """Those of the hold and of the meter itself, until somebody knows; not those of another hold."""
    hold_id = (await client.post(f"{API}/orders", json=order())).json()["hold_ids"][0]
    draft = Draft(site.world.store.world)
    now = site.world.clock.now()
    for code, whose in ((Because.SUPPLY_BACK, hold_id), (Because.STATE_DRIFT, "another"), (Because.LOCK_REVIEW, None)):
        alarming.raise_alarm(draft, now, code, "it is on", meter_id="E-1001", hold_id=whose)
    site.world.store.world.take_over(draft)
    site.world.store.alarms |= draft.alarms
    shown = (await client.get(f"{API}/holds/{hold_id}")).json()
    assert [alarm["code"] for alarm in shown["alarms"]] == ["SUPPLY_BACK", "LOCK_REVIEW"]
    (listed,) = (await client.get(f"{API}/holds")).json()["items"]
    assert listed == shown
    await client.post(f"{API}/alarms/E-1001.1", json={})
    shown = (await client.get(f"{API}/holds/{hold_id}")).json()
    assert [alarm["code"] for alarm in shown["alarms"]] == ["LOCK_REVIEW"]
