"""A dispatch system's whole story over a real socket: from order to statement; and its bad days."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from meterhold_simulators.physics import Supply
from tests.integration.web.conftest import API, RunningSite


def order(order_id: str, **changes: object) -> dict[str, Any]:
    """An order that a dispatch system sends now."""
    return {
        "schema_version": 1,
        "order_id": order_id,
        "action": "suspend",
        "issued_at": datetime.now(UTC).isoformat(),
        "service_point": "SP-1",
        "reason": "vacation",
        **changes,
    }


async def test_a_home_is_suspended_and_restored(running: RunningSite) -> None:
    """Both services off and proven, held, back and proven, with one write each way and the registers of both ends."""
    client = running.client
    for meter_id in ("E-1001", "W-1001"):
        found = (await client.post(f"{API}/meters/{meter_id}/verify", json={"commission": True})).json()
        assert found["commissioned"] is True, found
    answer = await client.post(
        f"{API}/orders", json=order("WO-1", fees={"suspend": "10.00", "restore": "12.50", "currency": "EUR"})
    )
    assert answer.status_code == 202, answer.text
    (hold_id,) = answer.json()["hold_ids"]
    held = await running.hold_when(hold_id, "suspended")
    assert (held["status"], held["attention"]) == ("suspended", [])
    assert {leg["outcome"] for leg in held["legs"]} == {"verified"}
    assert running.fleet.truth("E-1001").supply is Supply.DISCONNECTED
    assert (await client.get(f"{API}/orders/WO-1")).json()["result"] == "done"

    live = (await client.post(f"{API}/meters/E-1001/read")).json()
    assert (live["meter"]["intended"]["state"], live["actual"] != "connected") == ("disconnected", True)

    restore = order("WO-2", action="restore", hold_id=hold_id)
    del restore["service_point"], restore["reason"]
    assert (await client.post(f"{API}/orders", json=restore)).status_code == 202
    back = await running.hold_when(hold_id, "restored")
    assert (back["status"], back["chargeable_from"] is not None) == ("restored", True)
    assert {running.fleet.truth(meter_id).supply for meter_id in ("E-1001", "W-1001")} == {Supply.CONNECTED}
    for meter_id in ("E-1001", "W-1001"):
        assert len(running.fleet.journal.writes(meter_id)) == 2

    statement = (await client.get(f"{API}/holds/{hold_id}/statement")).json()
    for leg in statement["legs"]:
        assert [period["ends_at"] for period in leg["not_chargeable"]] == [back["chargeable_from"]]
        assert [len(switching["written"]) for switching in (*leg["suspended_by"], *leg["restored_by"])] == [1, 1]
        assert {register["moment"] for register in leg["registers"]} == {
            "before_suspend",
            "after_suspend",
            "before_restore",
            "after_restore",
        }
        (segment,) = leg["segments"]
        assert all(line["used"] is not None for line in segment["registers"])
        assert segment["registers"]
    csv = await client.get(f"{API}/holds/{hold_id}/statement", headers={"accept": "text/csv"})
    assert "E-1001" in csv.text
    events = (await client.get(f"{API}/holds/{hold_id}/events")).json()["items"]
    assert events[0]["kind"] in {"OrderAccepted", "HoldOpened"}
    queued = [event["data"]["operation"] for event in events if event["kind"] == "OperationQueued"]
    assert [operation["kind"] for operation in queued].count("switch") == 4
    assert {operation["kind"] for operation in queued} == {"switch", "check"}, "each movement is looked at once more"


async def test_fifty_copies_at_once_are_one_order(running: RunningSite) -> None:
    """Every copy gets the same answer, one of them as new and the rest as replays; there is one hold."""
    sent = order("WO-1", starts_at="2099-01-01T00:00:00Z")
    answers = await asyncio.gather(*(running.client.post(f"{API}/orders", json=sent) for _ in range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [202]
    assert len({answer.text for answer in answers}) == 1
    assert len((await running.client.get(f"{API}/holds")).json()["items"]) == 1


async def test_a_batch_comes_back_line_by_line(running: RunningSite) -> None:
    """Good and bad lines side by side, over the wire."""
    text = (
        "schema_version,order_id,action,issued_at,service_point,suspend_order_id,reason,starts_at\n"
        "1,A,suspend,2026-01-01T00:00:00Z,SP-1,,vacation,2099-01-01T00:00:00Z\n"
        "1,B,suspend,2026-01-01T00:00:00,SP-1,,vacation,\n"
        "1,C,cancel,2026-01-01T00:00:01Z,,A,,\n"
    )
    answer = await running.client.post(f"{API}/orders/batch", content=text, headers={"content-type": "text/csv"})
    lines = answer.text.splitlines()
    assert answer.status_code == 200
    assert len(lines) == 3
    assert '"status":202' in lines[0]
    assert '"issued_at"' in lines[1]
    assert '"result":"done"' in lines[2]


async def test_a_silent_meter_is_told_as_such(running: RunningSite) -> None:
    """A live read of a meter that does not answer is 504 with its cause, after the line's time-out."""
    running.fleet.set_fault("E-1001", "silent")
    answer = await running.client.post(f"{API}/meters/E-1001/read")
    assert (answer.status_code, answer.json()["code"]) == (504, "COMM_TIMEOUT")


async def test_the_registry_is_checked_against_the_site(running: RunningSite) -> None:
    """A meter on a link that the site does not have is refused with its place, and nothing changes."""
    meter = {
        "meter_id": "E-7",
        "service_point": "SP-7",
        "service": "electricity",
        "profile": "hiking-dds238-2-zn-sr",
        "link": "line-9",
        "address": "7",
    }
    answer = await running.client.put(f"{API}/meters", json={"meters": [meter]})
    assert (answer.status_code, [fault["field"] for fault in answer.json()["faults"]]) == (422, ["meters.0.link"])
    assert len((await running.client.get(f"{API}/meters")).json()["items"]) == 2


async def test_it_is_ready_and_counted(running: RunningSite) -> None:
    """Health over the socket, and metrics of what was committed."""
    assert (await running.client.get("/readyz")).json()["ready"] is True
    text = (await running.client.get("/metrics")).text
    assert "meterhold_commits_total" in text
