"""Statements over HTTP, in every form, and the mark of a wrongful cut."""

from dataclasses import replace

import httpx
import pytest

from meterhold.documents.statement_csv import COLUMNS
from tests.fakes.suspended_hold import EVENTS, HOLD
from tests.unit.web.conftest import API, Site

CSV, PAGE, TEXT = "text/csv; charset=utf-8", "text/html; charset=utf-8", "text/plain; charset=utf-8"


@pytest.fixture(autouse=True)
def told(site: Site) -> Site:
    """A store with a hold that has been through everything."""
    leg, *others = HOLD.legs
    site.world.store.world.holds["H-1"] = replace(HOLD, legs=(replace(leg, written=True), *others))
    site.world.store.events.extend((at, event) for _, at, event in EVENTS)
    return site


@pytest.mark.parametrize(
    ("path", "accept", "kind"),
    [
        ("statement", "*/*", "application/json"),
        ("statement", "text/csv", CSV),
        ("statement", "text/html, text/plain;q=0.9", PAGE),
        ("statement", "application/pdf, text/plain;q=0.9", TEXT),
        ("statement.json", "text/csv", "application/json"),
        ("statement.csv", "application/json", CSV),
        ("statement.html", "*/*", PAGE),
        ("statement.txt", "*/*", TEXT),
    ],
)
async def test_a_statement_comes_as_it_is_wanted(client: httpx.AsyncClient, path: str, accept: str, kind: str) -> None:
    """The path names a form, or Accept does; all tell of the same order, and a browser may run nothing of it."""
    answer = await client.get(f"{API}/holds/H-1/{path}", headers={"accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    if kind == CSV:
        assert answer.text.splitlines()[0] == ",".join(COLUMNS)
        assert 'filename="statement-H-1.csv"' in answer.headers["content-disposition"]
    assert "WO-88121" in answer.text


async def test_a_form_that_there_is_not_is_not_found(client: httpx.AsyncClient) -> None:
    """404, and no guess."""
    assert (await client.get(f"{API}/holds/H-1/statement.pdf")).status_code == 404


@pytest.mark.parametrize("path", ["statement", "statement.json", "statement.csv", "statement.html", "statement.txt"])
async def test_an_unknown_hold_has_no_statement(client: httpx.AsyncClient, path: str) -> None:
    """404 with its code in every form."""
    answer = await client.get(f"{API}/holds/H-9/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN_HOLD")


async def test_a_wrongful_cut_is_marked_once_and_costs_nothing(client: httpx.AsyncClient) -> None:
    """The mark stands under the caller's name with its reason; every form says that no fee is charged."""
    body = {"reason": "the premises were on life support"}
    assert (await client.post(f"{API}/holds/H-1/wrongful", json=body)).status_code == 200
    statement = (await client.get(f"{API}/holds/H-1/statement")).json()
    assert (statement["wrongful"]["by"], statement["wrongful"]["reason"]) == ("cis", body["reason"])
    fees = statement["fees"]
    assert (fees["suspend"], fees["restore"], fees["ordered_suspend"]) == ("0.00", "0.00", "10.00")
    assert "without a fee" in fees["waived_because"]
    for form in ("csv", "html", "txt"):
        assert "0.00" in (await client.get(f"{API}/holds/H-1/statement.{form}")).text
    again = await client.post(f"{API}/holds/H-1/wrongful", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "HOLD_STATUS")


@pytest.mark.parametrize(
    ("body", "field"), [({}, "reason"), ({"reason": ""}, "reason"), ({"reason": "x", "by": "me"}, "by")]
)
async def test_a_mark_needs_its_reason_and_nothing_else(
    client: httpx.AsyncClient, body: dict[str, str], field: str
) -> None:
    """422 names what is wrong, and nothing is marked."""
    answer = await client.post(f"{API}/holds/H-1/wrongful", json=body)
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["faults"]] == [field]
    assert (await client.get(f"{API}/holds/H-1/statement")).json()["wrongful"] is None
