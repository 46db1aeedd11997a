"""A technician sees the truth at a meter, locks it, and is told plainly when it cannot be reached."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from meterhold.domain.errors import NoAnswer
from meterhold.domain.meter import Installation
from meterhold.domain.words import Because, Service
from meterhold.profiles.wire import ModbusRead, Question, Reply, Words
from tests.unit.web.conftest import API, DDS238, Site

Write = Callable[..., dict[str, Any]]
REGISTERS = {0x0B: 12345, 0x0C: 2300, 0x0D: 150, 0x0E: 345, 0x1A: 1}
"""A DDS238 that draws 1.5 A: energy, voltage, current, power and relay."""


def meter_answers(site: Site) -> Callable[[Question], Reply]:
    """Answer reads from the registers above."""

    def answer(question: Question) -> Reply:
        assert isinstance(question, ModbusRead)
        where = range(question.address, question.address + question.count)
        return Words(question, tuple(REGISTERS.get(address, 0) for address in where), site.world.clock.now())

    return answer


async def test_a_live_read_shows_what_the_meter_says_now(client: httpx.AsyncClient, site: Site) -> None:
    """State, proof and registers as seen, and the meter's record is brought up to date."""
    site.world.links.answer = meter_answers(site)
    answer = await client.post(f"{API}/meters/E-1001/read")
    shown = answer.json()
    assert answer.status_code == 200
    assert (shown["actual"], shown["observation"]["load"]) == ("connected", True)
    assert {"name": "energy_import_kwh", "value": "123.45", "unit": "kWh"}.items() <= next(
        reading for reading in shown["observation"]["registers"] if reading["name"] == "energy_import_kwh"
    ).items()
    known = (await client.get(f"{API}/meters/E-1001")).json()
    assert (known["actual"]["state"], known["actual"]["age_s"]) == ("connected", 0.0)


async def test_a_meter_that_cannot_be_reached_is_told_apart_from_one_that_is_silent(
    client: httpx.AsyncClient, site: Site
) -> None:
    """502 where the question never got there, 504 where no answer came back; never a made-up state."""
    down = await client.post(f"{API}/meters/E-1001/read")
    assert (down.status_code, down.json()["code"]) == (502, "DEVICE_OFFLINE")

    def silent(_: Question) -> Reply:
        raise NoAnswer(Because.COMM_TIMEOUT, "no answer within 1 s")

    site.world.links.answer = silent
    quiet = await client.post(f"{API}/meters/E-1001/read")
    assert (quiet.status_code, quiet.json()["code"]) == (504, "COMM_TIMEOUT")
    assert (await client.get(f"{API}/meters/E-1001")).json()["actual"]["state"] == "unknown"


async def test_a_meter_whose_profile_is_gone_is_told(client: httpx.AsyncClient, site: Site) -> None:
    """409 and not a defect: the registry names a profile that is not loaded."""
    site.world.install(Installation("E-5", "SP-5", Service.ELECTRICITY, "gone", "line-1", "5"))
    site.world.links.answer = meter_answers(site)
    answer = await client.post(f"{API}/meters/E-5/read")
    assert (answer.status_code, answer.json()["code"]) == (409, "NOT_CAPABLE")


async def test_a_rehearsal_shows_what_would_be_written(client: httpx.AsyncClient, site: Site) -> None:
    """Identity, state, the writes byte for byte; with ``commission`` the confirmation is kept under one's name."""
    site.world.links.answer = meter_answers(site)
    rehearsed = (await client.post(f"{API}/meters/E-1001/verify")).json()
    assert (rehearsed["profile"], rehearsed["commissioned"], rehearsed["faults"]) == (DDS238, False, [])
    assert set(rehearsed["would_write"]) == {"disconnected", "connected"}
    assert not site.world.store.submitted
    commissioned = (await client.post(f"{API}/meters/E-1001/verify", json={"commission": True})).json()
    assert commissioned["commissioned"] is True
    assert (await client.get(f"{API}/meters/E-1001")).json()["commissioned"]["by"] == "cis"


async def test_a_lock_stands_until_its_owner_takes_it_off(client: httpx.AsyncClient, site: Site) -> None:
    """Held at once where nothing is under way; others cannot take it off, an admin can with a reason."""
    until = (site.world.clock.now() + timedelta(hours=4)).isoformat()
    ada = {"Authorization": f"Bearer {site.key('technician', name='ada')}"}
    bob = {"Authorization": f"Bearer {site.key('technician', name='bob')}"}
    root = {"Authorization": f"Bearer {site.key('admin', name='root')}"}
    path = f"{API}/meters/E-1001/lock"
    held = await client.put(path, json={"reason": "changing the meter", "review_at": until}, headers=ada)
    assert (held.status_code, held.json()["status"], held.json()["lock"]["owner"]) == (200, "held", "ada")
    assert (await client.get(path)).json()["status"] == "held"
    other = await client.put(path, json={"reason": "me too", "review_at": until}, headers=bob)
    assert (other.status_code, other.json()["code"]) == (409, "TECHNICIAN_LOCK")
    assert (await client.delete(path, headers=bob)).status_code == 403
    assert (await client.delete(path, headers=root)).status_code == 403
    freed = await client.delete(path, params={"reason": "ada went home"}, headers=root)
    assert (freed.status_code, freed.json()["status"]) == (200, "unlocked")
    assert (await client.delete(path, headers=ada)).status_code == 409


async def test_who_waits_for_a_lock_waits_a_bounded_time(client: httpx.AsyncClient, site: Site) -> None:
    """A lock that holds is answered at once; and nobody keeps a request open for ever."""
    until = (site.world.clock.now() + timedelta(hours=4)).isoformat()
    path = f"{API}/meters/E-1001/lock"
    body = {"reason": "hands inside", "review_at": until}
    held = await client.put(path, params={"wait_s": 50}, json=body)
    assert (held.status_code, held.json()["status"], held.json()["waits"]) == (200, "held", [])
    assert (await client.get(path, params={"wait_s": 50})).json()["status"] == "held"
    for wait_s in (51, -1, "long"):
        assert (await client.get(path, params={"wait_s": wait_s})).status_code == 422


async def test_a_statement_bears_the_name_of_who_is_authenticated(client: httpx.AsyncClient, site: Site) -> None:
    """Nobody states anything in another's name; and it is shown with the meter, beside what is known of it."""
    ada = {"Authorization": f"Bearer {site.key('technician', name='ada')}"}
    path = f"{API}/meters/E-1001/witness"
    body = {"state": "disconnected", "statement": "main switch off", "seal": "4711"}
    stated = await client.post(path, json=body, headers=ada)
    assert stated.status_code == 200
    shown = (await client.get(f"{API}/meters/E-1001")).json()
    assert {"by": "ada", **body}.items() <= shown["witnessed"].items()
    assert (shown["actual"]["state"], shown["actual"]["proof"], shown["alarms"]) == ("unknown", "none", [])
    forged = await client.post(path, json=body | {"by": "bob"}, headers=ada)
    assert forged.status_code == 422


async def test_a_statement_is_of_what_a_person_can_see(client: httpx.AsyncClient) -> None:
    """Not of a movement or a fault, and never without words."""
    path = f"{API}/meters/E-1001/witness"
    answer = await client.post(path, json={"state": "moving", "statement": ""})
    assert {fault["field"] for fault in answer.json()["faults"]} == {"state", "statement"}


async def test_a_statement_against_the_last_look_shows_both(client: httpx.AsyncClient, site: Site) -> None:
    """With an alarm that a person must acknowledge."""
    site.world.links.answer = meter_answers(site)
    assert (await client.post(f"{API}/meters/E-1001/read")).json()["actual"] == "connected"
    body = {"state": "disconnected", "statement": "main switch off"}
    stated = (await client.post(f"{API}/meters/E-1001/witness", json=body)).json()
    assert (stated["actual"]["state"], stated["witnessed"]["state"]) == ("connected", "disconnected")
    (alarm,) = stated["alarms"]
    assert (alarm["code"], alarm["evidence"]["stated"]) == ("WITNESS_CONTRADICTED", "disconnected")


async def test_a_live_read_needs_no_store_that_can_be_written(client: httpx.AsyncClient, site: Site) -> None:
    """The technician sees the meter; that the journal does not have it is said."""
    site.world.links.answer = meter_answers(site)
    site.world.store.broken = True
    answer = await client.post(f"{API}/meters/E-1001/read")
    assert (answer.status_code, answer.json()["actual"], answer.json()["recorded"]) == (200, "connected", False)


async def test_a_lock_needs_a_reason_and_a_time_of_review(client: httpx.AsyncClient) -> None:
    """All faults at once; a review in the past is refused too."""
    path = f"{API}/meters/E-1001/lock"
    answer = await client.put(path, json={"reason": "", "review_at": "2026-11-24T12:00:00"})
    assert {fault["field"] for fault in answer.json()["faults"]} == {"reason", "review_at"}
    past = await client.put(path, json={"reason": "x", "review_at": "2026-11-01T12:00:00Z"})
    assert (past.status_code, past.json()["code"]) == (422, "MALFORMED")


async def test_an_unknown_meter_is_not_found(client: httpx.AsyncClient) -> None:
    """404 with its code, whatever is asked of it."""
    until = "2026-12-24T12:00:00Z"
    for method, path, body in (
        ("GET", "", None),
        ("POST", "/read", None),
        ("POST", "/verify", {}),
        ("GET", "/lock", None),
        ("PUT", "/lock", {"reason": "x", "review_at": until}),
        ("DELETE", "/lock", None),
    ):
        answer = await client.request(method, f"{API}/meters/E-9{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN_METER")


async def test_meters_are_listed_by_pages(client: httpx.AsyncClient) -> None:
    """In the order of their names, with a cursor."""
    first = (await client.get(f"{API}/meters", params={"limit": 3})).json()
    rest = (await client.get(f"{API}/meters", params={"limit": 3, "after": first["next"]})).json()
    assert [meter["meter_id"] for meter in first["items"] + rest["items"]] == ["E-1001", "E-1002", "E-9001", "W-1001"]
    assert rest["next"] is None


async def test_the_registry_is_these_meters_and_no_others(client: httpx.AsyncClient, site: Site, order: Write) -> None:
    """What is left out is retired; a meter with an open hold may not leave."""
    await client.post(f"{API}/orders", json=order(starts_at="2026-12-01T08:00:00Z"))
    meter = {"service_point": "SP-1", "profile": DDS238, "link": "line-1", "service": "electricity"}
    one, two = meter | {"meter_id": "E-1001", "address": "1"}, meter | {"meter_id": "E-5", "address": "5"}
    leaving = await client.put(f"{API}/meters", json={"meters": [one, two]})
    assert (leaving.status_code, leaving.json()["code"]) == (409, "CONFLICTING_ORDER")
    water = {**meter, "meter_id": "W-1001", "address": "2", "service": "water", "profile": "kaifeng-xintai-valve"}
    done = await client.put(f"{API}/meters", json={"meters": [one, two, water]})
    assert done.json() == {"named": 3, "changed": 1, "retired": 2}
    assert (await client.get(f"{API}/meters/E-1002")).json()["retired"] is True


async def test_why_a_meter_is_not_where_it_should_be_stands_beside_it(
    client: httpx.AsyncClient, site: Site, order: Write
) -> None:
    """Without a difference there is no cause."""
    await client.post(f"{API}/orders", json=order())
    assert (await client.get(f"{API}/meters/E-1001")).json()["because"] is None


EXCHANGE = {
    "at": "2026-11-24T11:58:00Z",
    "new_serial": "4712",
    "final": [{"name": "energy_import_kwh", "value": "1234.50"}],
    "initial": [{"name": "energy_import_kwh", "value": "0.10"}],
}


async def test_a_technician_records_an_exchange(client: httpx.AsyncClient, site: Site) -> None:
    """In the name of who asked; the holds that are open there show it, and the old meter is no longer confirmed."""
    ada = {"Authorization": f"Bearer {site.key('technician', name='ada')}"}
    answer = await client.post(f"{API}/meters/E-1001/exchange", json=EXCHANGE, headers=ada)
    assert answer.status_code == 200
    assert (answer.json()["serial"], answer.json()["commissioned"]) == ("4712", None)
    again = await client.post(f"{API}/meters/E-1001/exchange", json=EXCHANGE, headers=ada)
    assert (again.status_code, again.json()["code"]) == (422, "MALFORMED")


async def test_an_open_hold_shows_both_meters_of_an_exchange(
    client: httpx.AsyncClient, order: Callable[..., dict[str, Any]]
) -> None:
    """Serials, registers with their units, when and by whom."""
    hold_id = (await client.post(f"{API}/orders", json=order())).json()["hold_ids"][0]
    await client.post(f"{API}/meters/E-1001/exchange", json=EXCHANGE)
    legs = (await client.get(f"{API}/holds/{hold_id}")).json()["legs"]
    (told,) = next(leg["exchanges"] for leg in legs if leg["meter_id"] == "E-1001")
    assert (told["old_serial"], told["new_serial"], told["at"]) == (None, "4712", "2026-11-24T11:58:00Z")
    assert told["final"] == [{"name": "energy_import_kwh", "value": "1234.50", "unit": "kWh"}]
    assert told["initial"] == [{"name": "energy_import_kwh", "value": "0.10", "unit": "kWh"}]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"at": "2026-11-24T11:58:00"}, "at"),
        ({"final": [{"name": "voltage_v", "value": "230"}]}, "final.0.name"),
        ({"initial": [{"name": "volume_m3", "value": 1.5}]}, "initial.0.value"),
        ({"sealed": True}, "sealed"),
    ],
)
async def test_a_faulty_exchange_is_refused_with_its_fault(
    client: httpx.AsyncClient, fields: dict[str, object], field: str
) -> None:
    """Naive times, registers that nobody bills, numbers that went through a float, unknown fields."""
    answer = await client.post(f"{API}/meters/E-1001/exchange", json=EXCHANGE | fields)
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["faults"]] == [field]
