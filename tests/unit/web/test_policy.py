"""Rules over HTTP: explained for a meter and a moment, fed with forecasts, and overlaid by moratoria of operators."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from meterhold.documents.policy import parse_policy
from meterhold.domain.commands import Terms
from tests.unit.web.conftest import API, Site

Write = Callable[..., dict[str, Any]]

POLICY = """
schema_version: 1
version: "2026-11"
rules:
  - id: office
    source: a tariff
    effect: defer
    applies_to: {reason: [non_payment]}
    hours:
      - {days: [mon, tue, wed, thu, fri], from: "08:00", to: "16:00"}
  - id: frost
    source: a statute
    effect: refuse
    applies_to: {service: [water]}
    weather: {at_or_below: "0 C", ahead_h: 24, if_stale: allow}
"""


@pytest.fixture
def site(site: Site) -> Site:
    """The site with rules; its clock stands at noon of Tuesday, 2026-11-24."""
    site.world.terms = Terms(policy=parse_policy(POLICY))
    return site


def forecasts(site: Site, *celsius: float, issued_h: int = 0, **changes: object) -> dict[str, Any]:
    """A document with one forecast for everywhere, hour by hour."""
    issued = site.world.clock.now() + timedelta(hours=issued_h)
    hours = [
        {"at": (issued + timedelta(hours=n + 1)).isoformat(), "temperature_c": value} for n, value in enumerate(celsius)
    ]
    areas = [{"area": "*", "hours": hours}]
    return {"schema_version": 1, "issued_at": issued.isoformat(), "source": "met office", "areas": areas, **changes}


async def test_explains_which_rules_bite_and_when_it_is_permitted(client: httpx.AsyncClient) -> None:
    """On a Saturday for a debt: deferred to Monday; the rule for water says why it does not bite."""
    asked = {"meter": "E-1001", "reason": "non_payment", "at": "2026-11-28T10:00:00Z"}
    answer = (await client.get(f"{API}/policy/explain", params=asked)).json()
    assert (answer["effect"], answer["version"]) == ("defer", "2026-11")
    assert answer["next_permitted_at"] == "2026-11-30T08:00:00Z"
    stands = {stand["rule"]: stand for stand in answer["rules"]}
    assert stands["office"]["bites"]
    assert stands["office"]["source"] == "a tariff"
    assert stands["frost"] == {
        "rule": "frost",
        "source": "a statute",
        "effect": "refuse",
        "bites": False,
        "sentence": "it is for water, not for electricity",
    }
    (verdict,) = answer["verdicts"]
    assert (verdict["code"], verdict["until"]) == ("POLICY_HOURS", "2026-11-30T08:00:00Z")
    assert verdict["facts"]["local_time"] == "Sat 2026-11-28 10:00"


async def test_explains_that_a_protected_home_is_refused_by_the_floor(client: httpx.AsyncClient) -> None:
    """Waiting does not help, and the floor's rule comes first."""
    answer = (await client.get(f"{API}/policy/explain", params={"meter": "E-1002", "reason": "vacation"})).json()
    assert (answer["effect"], answer["next_permitted_at"]) == ("refuse", None)
    assert answer["rules"][0]["rule"] == "floor.life_support"


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"meter": "E-7"}, 404),
        ({}, 422),
        ({"meter": "E-1001", "reason": "whim"}, 422),
        ({"meter": "E-1001", "at": "2026-11-28T10:00:00"}, 422),
        ({"meter": "E-1001", "action": "close"}, 422),
    ],
)
async def test_a_question_that_makes_no_sense_is_a_problem(
    client: httpx.AsyncClient, params: dict[str, str], status: int
) -> None:
    """No such meter, none at all, no such reason, a time without an offset, an action that no rule looks at."""
    answer = await client.get(f"{API}/policy/explain", params=params)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_verdicts_stand_on_orders_and_holds(client: httpx.AsyncClient, order: Write) -> None:
    """With rule, version, facts and until when; a dry run says the same beforehand."""
    late = order(reason="non_payment", meters=["E-1001"], starts_at="2026-11-28T10:00:00Z", service_point=None)
    del late["service_point"]
    tried = (await client.post(f"{API}/orders/dry-run", json=late)).json()
    sent = (await client.post(f"{API}/orders", json=late)).json()
    for shown in (tried, sent):
        (verdict,) = shown["verdicts"]
        assert (verdict["rule"], verdict["version"], verdict["effect"]) == ("office", "2026-11", "defer")
        assert verdict["until"] == "2026-11-30T08:00:00Z"
    hold = (await client.get(f"{API}/holds/{sent['hold_ids'][0]}")).json()
    assert (hold["status"], hold["deferred_until"]) == ("scheduled", "2026-11-30T08:00:00Z")
    assert [verdict["rule"] for verdict in hold["verdicts"]] == ["office"]


async def test_a_forecast_is_kept_and_an_older_one_changes_nothing(client: httpx.AsyncClient, site: Site) -> None:
    """The answer says which counts now; a rule then sees it."""
    answer = await client.post(f"{API}/forecasts", json=forecasts(site, *[-3.5] * 30))
    (first,) = answer.json()["items"]
    assert (answer.status_code, first["taken"]) == (200, True)
    older = (await client.post(f"{API}/forecasts", json=forecasts(site, *[9] * 30, issued_h=-1))).json()["items"][0]
    assert older == {**first, "taken": False}
    (shown,) = (await client.get(f"{API}/forecasts")).json()["items"]
    assert (shown["area"], shown["source"], shown["hours"][0]["temperature_c"]) == ("*", "met office", "-3.5")
    asked = {"meter": "W-1001", "reason": "vacation"}
    assert (await client.get(f"{API}/policy/explain", params=asked)).json()["effect"] == "refuse"


async def test_a_forecast_in_fahrenheit_is_understood(client: httpx.AsyncClient, site: Site) -> None:
    """32 F is freezing point."""
    document = forecasts(site, 0)
    hour = document["areas"][0]["hours"][0]
    del hour["temperature_c"]
    hour["temperature_f"] = 32
    assert (await client.post(f"{API}/forecasts", json=document)).status_code == 200
    (shown,) = (await client.get(f"{API}/forecasts")).json()["items"]
    assert shown["hours"][0]["temperature_c"] == "0"


async def test_all_faults_of_a_forecast_come_at_once(client: httpx.AsyncClient, site: Site) -> None:
    """What is out of order, doubled, without a temperature, or over already."""
    document = forecasts(site, 1, 2, 3)
    hours = document["areas"][0]["hours"]
    hours[1]["at"] = hours[0]["at"]
    hours[2]["temperature_f"] = 40
    document["areas"] += [
        {"area": "*", "hours": [{"at": "2026-11-24T11:00:00Z", "temperature_c": 1}]},
    ]
    answer = await client.post(f"{API}/forecasts", json=document)
    assert answer.status_code == 422
    assert {fault["field"]: fault["rule"] for fault in answer.json()["faults"]} == {
        "areas.0.hours.1.at": "must be later than the hour before",
        "areas.0.hours.2": "must have exactly one of temperature_c, temperature_f",
        "areas.1.area": "'*' is named before",
        "areas.1.hours": "must go beyond issued_at: what is over is no forecast",
    }


@pytest.mark.parametrize("value", ["warm", None, 1e9, True])
async def test_a_temperature_is_a_number(client: httpx.AsyncClient, site: Site, value: object) -> None:
    """Within what is ever measured on earth."""
    document = forecasts(site, 1)
    document["areas"][0]["hours"][0]["temperature_c"] = value
    assert (await client.post(f"{API}/forecasts", json=document)).status_code == 422


async def test_a_forecast_from_the_future_is_refused(client: httpx.AsyncClient, site: Site) -> None:
    """Nobody can have made it yet: one of the two clocks is wrong."""
    answer = await client.post(f"{API}/forecasts", json=forecasts(site, 1, issued_h=1))
    assert (answer.status_code, answer.json()["code"]) == (422, "MALFORMED")
    assert (await client.get(f"{API}/forecasts")).json()["items"] == []


async def test_a_moratorium_is_raised_listed_and_lifted(client: httpx.AsyncClient, site: Site, order: Write) -> None:
    """By name, with a reason; what it defers says so, and may begin when it is lifted."""
    until = "2026-11-26T12:00:00Z"
    answer = await client.post(f"{API}/moratoria", json={"until_at": until, "reason": "storm"})
    assert answer.status_code == 201
    raised = answer.json()
    assert (raised["by"], raised["areas"], raised["until_at"]) == ("cis", [], until)
    assert (await client.get(f"{API}/moratoria")).json()["items"] == [raised]
    sent = (await client.post(f"{API}/orders", json=order())).json()
    assert [(verdict["code"], verdict["until"]) for verdict in sent["verdicts"]] == [("MORATORIUM", until)]
    where = f"{API}/moratoria/{raised['moratorium_id']}"
    assert (await client.delete(where)).status_code == 422
    assert (await client.delete(where, params={"reason": "over"})).status_code == 204
    assert (await client.delete(where, params={"reason": "over"})).status_code == 404
    hold = (await client.get(f"{API}/holds/{sent['hold_ids'][0]}")).json()
    assert datetime.fromisoformat(hold["deferred_until"]) == site.world.clock.now()


@pytest.mark.parametrize(
    "document",
    [
        {"until_at": "2026-11-24T11:00:00Z", "reason": "storm"},
        {"until_at": "2027-11-24T11:00:00Z", "reason": "storm"},
        {"until_at": "2026-11-25T11:00:00Z"},
        {"until_at": "2026-11-25T11:00:00", "reason": "storm"},
        {"until_at": "2026-11-25T11:00:00Z", "reason": "storm", "areas": "north"},
    ],
)
async def test_a_moratorium_needs_an_end_and_a_reason(client: httpx.AsyncClient, document: dict[str, object]) -> None:
    """In the future, within a month."""
    assert (await client.post(f"{API}/moratoria", json=document)).status_code == 422
    assert (await client.get(f"{API}/moratoria")).json()["items"] == []
