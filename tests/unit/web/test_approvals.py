"""A second person decides on exactly the set that they have seen, once, and is not who asked."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from meterhold.domain.commands import FollowApproval
from meterhold.domain.events import CommandRefused
from meterhold.domain.limits import DEFAULT_LIMITS
from meterhold.domain.meter import Installation
from meterhold.domain.roles import Role
from meterhold.domain.words import Because, Service
from tests.unit.web.conftest import API, DDS238, Site

Write = Callable[..., dict[str, Any]]
NDJSON = {"Content-Type": "application/x-ndjson"}
THRESHOLD = 2


@pytest.fixture
def street(site: Site) -> Site:
    """Thirty more homes, and thresholds that are soon reached."""
    site.world.terms = replace(site.world.terms, limits=replace(DEFAULT_LIMITS, off_by_sender=THRESHOLD), bulk_orders=5)
    site.world.install(
        *(Installation(f"M-{n}", f"SP-M-{n}", Service.ELECTRICITY, DDS238, "line-1", str(n)) for n in range(20, 50))
    )
    return site


class People:
    """Who calls, each with a key of their own."""

    def __init__(self, site: Site, http: httpx.AsyncClient, order: Write) -> None:
        """Give out keys."""
        self.site, self.http, self.order = site, http, order
        self.keys = {
            "cis": site.key(Role.DISPATCHER, name="cis"),
            "kim": site.key(Role.APPROVER, name="kim"),
            "root": site.key(Role.ADMIN, name="root"),
        }

    async def call(self, who: str, method: str, path: str, **body: Any) -> httpx.Response:  # noqa: ANN401
        """Call as somebody."""
        headers = {"Authorization": f"Bearer {self.keys[who]}", **body.pop("headers", {})}
        return await self.http.request(method, API + path, headers=headers, **body)

    async def suspend(self, number: int) -> dict[str, Any]:
        """Send an order for one home."""
        document = self.order(f"WO-{number}", service_point=f"SP-M-{number}")
        return (await self.call("cis", "POST", "/orders", json=document)).json()  # type: ignore[no-any-return]

    async def batch(self, *documents: dict[str, Any]) -> list[dict[str, Any]]:
        """Send many orders in one document."""
        text = "\n".join(map(json.dumps, documents))
        answer = await self.call("cis", "POST", "/orders/batch", content=text, headers=NDJSON)
        return [json.loads(line) for line in answer.text.splitlines()]

    async def approvals(self) -> list[dict[str, Any]]:
        """What there is to decide, as the approver sees it."""
        return (await self.call("kim", "GET", "/approvals")).json()["items"]  # type: ignore[no-any-return]

    async def decide(
        self, approval: dict[str, Any], decision: str = "grant", *, who: str = "kim", set_hash: str | None = None
    ) -> httpx.Response:
        """Decide on what was seen."""
        body = {"decision": decision, "set_hash": set_hash or approval["set_hash"], "comment": "looked at"}
        return await self.call(who, "POST", f"/approvals/{approval['approval_id']}", json=body)

    async def follow(self, approval_id: str) -> None:
        """Let the orders of a set hear of the decision, as the engine does."""
        world, store = self.site.world, self.site.world.store
        for record in await store.approval_orders(approval_id, waiting=True, after=None, limit=1000):
            await store.submit(FollowApproval(world.clock.now(), approval_id, record.key, record.hold_ids, world.terms))

    async def statuses(self) -> list[str]:
        """Where all holds stand, in the order in which they were opened."""
        holds = (await self.call("kim", "GET", "/holds?limit=200")).json()["items"]
        return [hold["status"] for hold in reversed(holds)]


@pytest.fixture
def people(street: Site, anonymous: httpx.AsyncClient, order: Write) -> People:
    """A dispatch system, an approver and an admin."""
    return People(street, anonymous, order)


async def test_an_order_in_quarantine_says_what_it_waits_for(people: People) -> None:
    """On the order and on its hold, with the rule that put it there."""
    for number in (20, 21):
        assert (await people.suspend(number))["approval_id"] is None
    order = await people.suspend(22)
    hold = (await people.call("kim", "GET", f"/holds/{order['hold_ids'][0]}")).json()
    assert (order["result"], hold["status"]) == ("open", "awaiting_approval")
    assert hold["waits_for"] == [order["approval_id"]]
    assert order["verdicts"][-1]["code"] == "BULK_LIMIT"


async def test_who_asked_may_not_decide(people: People) -> None:
    """Not even with an approver's key, and it is kept that they tried."""
    for number in (20, 21, 22):
        await people.suspend(number)
    (approval,) = await people.approvals()
    people.keys["cis too"] = people.site.key(Role.APPROVER, name="cis")
    answer = await people.decide(approval, who="cis too")
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
    assert "another person must decide" in answer.json()["detail"]
    assert (await people.approvals())[0]["status"] == "waiting"
    kept = people.site.world.store.refused[-1]
    assert isinstance(kept, CommandRefused)
    assert (kept.by, kept.code) == ("cis", Because.FORBIDDEN)


async def test_a_set_that_has_grown_since_is_not_decided_on(people: People) -> None:
    """The answer names the set as it is now, and nothing was decided."""
    for number in (20, 21, 22):
        await people.suspend(number)
    (seen,) = await people.approvals()
    await people.suspend(23)
    answer = await people.decide(seen)
    (now,) = await people.approvals()
    assert answer.status_code == 409
    assert now["set_hash"] in answer.json()["detail"]
    assert (now["status"], now["orders"]) == ("waiting", 2)


async def test_a_decision_cannot_be_repeated(people: People) -> None:
    """What was refused cannot be granted afterwards, nor granted twice."""
    for number in (20, 21, 22):
        await people.suspend(number)
    (approval,) = await people.approvals()
    assert (await people.decide(approval, "refuse")).status_code == 200
    for decision in ("grant", "refuse"):
        answer = await people.decide(approval, decision)
        assert (answer.status_code, answer.json()["code"]) == (409, "HOLD_STATUS")
    await people.follow(approval["approval_id"])
    assert await people.statuses() == ["suspending", "suspending", "rejected"]


async def test_a_decision_needs_the_hash_of_what_was_seen(people: People) -> None:
    """Nobody decides blindly."""
    answer = await people.call("kim", "POST", "/approvals/x", json={"decision": "grant"})
    assert answer.status_code == 422
    answer = await people.decide({"approval_id": "x", "set_hash": "0" * 64})
    assert answer.status_code == 404


async def test_many_orders_in_one_document_wait_together(people: People) -> None:
    """One set, one decision; not one of them begins before it."""
    answers = await people.batch(*(people.order(f"WO-{n}", service_point=f"SP-M-{n}") for n in range(20, 27)))
    (approval,) = await people.approvals()
    assert {answer["approval_id"] for answer in answers} == {approval["approval_id"]}
    assert (approval["kind"], approval["orders"], approval["complete"]) == ("bulk", 7, True)
    assert set(await people.statuses()) == {"awaiting_approval"}
    shown = (await people.call("kim", "GET", f"/approvals/{approval['approval_id']}?limit=4")).json()
    rest = (await people.call("kim", "GET", f"/approvals/{approval['approval_id']}?after={shown['next']}")).json()
    assert [row["order_id"] for row in shown["orders"] + rest["orders"]] == [f"WO-{n}" for n in range(20, 27)]
    assert (await people.decide(approval)).status_code == 200
    await people.follow(approval["approval_id"])
    assert set(await people.statuses()) == {"scheduled"}


async def test_a_document_that_broke_off_cannot_be_granted(people: People) -> None:
    """Sent again to its end it is the same set, and can."""
    documents = [people.order(f"WO-{n}", service_point=f"SP-M-{n}") for n in range(20, 27)]
    whole = "\n".join(map(json.dumps, documents))
    store = people.site.world.store
    await people.batch(*documents)
    (approval,) = await people.approvals()
    store.world.approvals[approval["approval_id"]] = replace(
        store.world.approvals[approval["approval_id"]], complete=False
    )
    answer = await people.decide(approval)
    assert (answer.status_code, "broke off" in answer.json()["detail"]) == (409, True)
    await people.call("cis", "POST", "/orders/batch", content=whole, headers=NDJSON)
    assert len(await people.approvals()) == 1
    assert (await people.decide(approval)).status_code == 200


async def test_a_small_document_waits_for_nobody(people: People) -> None:
    """As long as no threshold is passed."""
    answers = await people.batch(*(people.order(f"WO-{n}", service_point=f"SP-M-{n}") for n in (20, 21)))
    assert [answer["approval_id"] for answer in answers] == [None, None]
    assert await people.statuses() == ["suspending", "suspending"]


async def test_many_restores_in_one_document_wait_and_never_expire(people: People) -> None:
    """Granted, each is carried out; a single restore of one of them need not wait meanwhile."""
    documents = [people.order(f"WO-{n}", service_point=f"SP-M-{n}") for n in range(20, 27)]
    holds = [answer["hold_ids"][0] for answer in await people.batch(*documents)]
    (asked,) = await people.approvals()
    await people.decide(asked)
    await people.follow(asked["approval_id"])
    back = [
        {
            "schema_version": 1,
            "order_id": f"R-{n}",
            "action": "restore",
            "issued_at": "2026-11-24T12:30:00Z",
            "hold_id": hold_id,
        }
        for n, hold_id in enumerate(holds)
    ]
    answers = await people.batch(*back)
    (approval, _) = await people.approvals()
    assert {answer["approval_id"] for answer in answers} == {approval["approval_id"]}
    assert (approval["status"], approval["kind"], approval["expires_at"]) == ("waiting", "bulk", None)
    alone = await people.call("cis", "POST", "/orders", json={**back[0], "order_id": "R-alone"})
    assert alone.json()["result"] == "done"
    await people.decide(approval)
    await people.follow(approval["approval_id"])
    results = [await people.call("cis", "GET", f"/orders/R-{n}") for n in range(7)]
    assert {result.json()["result"] for result in results} == {"done"}
    assert set(await people.statuses()) == {"cancelled"}


async def test_refused_restores_leave_everything_as_it_is(people: People) -> None:
    """Each order says who refused it."""
    documents = [people.order(f"WO-{n}", service_point=f"SP-M-{n}") for n in range(20, 27)]
    holds = [answer["hold_ids"][0] for answer in await people.batch(*documents)]
    restore = people.order("R-0", action="restore", issued_at="2026-11-24T12:30:00Z")
    del restore["service_point"], restore["reason"]
    await people.batch(*({**restore, "order_id": f"R-{n}", "hold_id": hold} for n, hold in enumerate(holds)))
    approval = next(one for one in await people.approvals() if "restores" in one["detail"])
    await people.decide(approval, "refuse")
    await people.follow(approval["approval_id"])
    answer = (await people.call("cis", "GET", "/orders/R-3")).json()
    assert (answer["result"], answer["code"]) == ("rejected", "BULK")
    assert "kim" in answer["detail"]
    assert set(await people.statuses()) == {"awaiting_approval"}


async def test_a_dry_run_says_that_it_would_wait(people: People) -> None:
    """Before anything is stored."""
    for number in (20, 21):
        await people.suspend(number)
    document = people.order("WO-dry", service_point="SP-M-25")
    answer = (await people.call("cis", "POST", "/orders/dry-run", json=document)).json()
    assert answer["verdicts"][-1]["effect"] == "needs_approval"
    assert await people.approvals() == []


async def test_thresholds_change_by_two_persons(people: People) -> None:
    """One asks, another grants, and from then on they count."""
    asked = await people.call("root", "PUT", "/limits", json={"reason": "storm repairs", "off_by_sender": 3})
    assert asked.status_code == 202
    assert (await people.call("root", "GET", "/limits")).json()["in_force"]["off_by_sender"] == THRESHOLD
    (approval,) = await people.approvals()
    assert (approval["kind"], approval["limits"]["off_by_sender"]) == ("limits", 3)
    people.keys["root too"] = people.site.key(Role.APPROVER, name="root")
    assert (await people.decide(approval, who="root too")).status_code == 403
    assert (await people.decide(approval)).status_code == 200
    shown = (await people.call("root", "GET", "/limits")).json()
    assert shown["in_force"] == shown["agreed"]
    assert (shown["in_force"]["off_by_sender"], shown["configured"]["off_by_sender"]) == (3, THRESHOLD)
    for number in (20, 21, 22):
        assert (await people.suspend(number))["approval_id"] is None
    used = (await people.call("root", "GET", "/limits")).json()["used"]
    assert {"scope": "from:cis", "asked_off": 3}.items() <= used[-1].items()


async def test_two_persons_go_back_to_the_configuration(people: People) -> None:
    """What was agreed for a storm ends with it."""
    for body in ({"off_by_sender": 9}, {"configured": True}):
        await people.call("root", "PUT", "/limits", json={"reason": "storm", **body})
        await people.decide((await people.approvals())[0])
    assert (await people.call("root", "GET", "/limits")).json()["agreed"] is None


@pytest.mark.parametrize(
    "body", [{"off_by_sender": 5001}, {"window_s": 1}, {"load_off_kw": None, "window_s": 0}, {"x": 1}]
)
async def test_no_two_persons_can_agree_thresholds_away(people: People, body: dict[str, Any]) -> None:
    """There is a highest number of each, and a shortest window."""
    answer = await people.call("root", "PUT", "/limits", json={"reason": "no", **body})
    assert answer.status_code == 422
    assert await people.approvals() == []


async def test_approvals_are_listed_page_by_page_what_waits_first(people: People) -> None:
    """So that nobody overlooks what waits behind what is decided."""
    for n in range(5):
        await people.call("root", "PUT", "/limits", json={"reason": f"no {n}", "off_by_sender": n})
    first, *_ = await people.approvals()
    await people.decide(first, "refuse")
    names, after = [], ""
    while True:
        page = (await people.call("kim", "GET", f"/approvals?limit=2{after}")).json()
        names += [one["status"] for one in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert names == ["waiting"] * 4 + ["refused"]
