"""A hold, a meter and an order look as the contract says, on every face."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from meterhold.documents.event import view_event
from meterhold.documents.hold import view_hold, view_order
from meterhold.documents.lock import view_lock
from meterhold.documents.meter import view_meter
from meterhold.documents.render import render
from meterhold.domain.events import HoldOpened
from meterhold.domain.meter import Actual, Installation, Intended, Lock, Meter
from meterhold.domain.order import Order, OrderKey, OrderRecord
from meterhold.domain.words import Action, Because, Flag, OrderResult, Proof, Service, SupplyState
from meterhold.usecases.locking import Unresolved
from tests.fakes.suspended_hold import HOLD, NOON, operation

METER = Meter(
    Installation("E-1001", "SP-1", Service.ELECTRICITY, "dds", "line-1", "7", flags=frozenset({Flag.LIFE_SUPPORT})),
    actual=Actual(SupplyState.CONNECTED, Proof.LOAD_PROVEN, "relay(driver)", NOON),
    intended=Intended(SupplyState.DISCONNECTED, "H-1", NOON),
    lock=Lock("Ada", "changing the meter", NOON, NOON + timedelta(hours=4)),
)


def as_json(view: object) -> dict[str, Any]:
    """As it goes over the wire."""
    shown: dict[str, Any] = json.loads(render(view))
    return shown


def test_a_hold_has_the_fields_of_the_contract_in_their_order() -> None:
    """What integrators read first comes first; what else is shown follows it."""
    shown = as_json(view_hold(HOLD))
    assert list(shown) == [
        *("hold_id", "order_id", "status", "proof", "reason", "starts_at", "ends_at", "chargeable_from", "legs"),
        *("verdicts", "attention", "service_point", "not_after", "restore_by", "on_restore", "opened_at", "ended_at"),
        "wrongful",
        "alarms",
        "deferred_until",
        "waits_for",
    ]
    assert (shown["hold_id"], shown["order_id"], shown["status"]) == ("H-1", "WO-88121", "restored")
    assert shown["starts_at"] == "2026-11-24T12:00:00Z"
    assert shown["legs"][0] == {
        "meter_id": "E-1001",
        "service": "electricity",
        "mode": "physical",
        "intended": "connected",
        "actual": "connected",
        "proof": "load_proven",
        "identity": "serial",
        "outcome": "verified",
        "because": None,
        "suspended_at": {"not_before": "2026-11-24T12:00:00Z", "not_after": "2026-11-24T12:00:02Z"},
        "restored_at": {"not_before": "2026-12-04T12:00:00Z", "not_after": "2026-12-04T12:00:02Z"},
        "registers": shown["legs"][0]["registers"],
        "found_off": False,
        "held_by": None,
        "handed_to": None,
        "waits_until": None,
        "exchanges": [],
        "lock": None,
        "witnessed": [],
        "inspect_from": None,
    }
    assert shown["legs"][0]["registers"][0] == {
        "name": "energy_import_kwh",
        "value": "1234.56",
        "unit": "kWh",
        "quality": "actual",
        "moment": "before_suspend",
        "at": "2026-11-24T12:00:00Z",
    }


def test_attention_shows_what_still_waits() -> None:
    """A decided item is history; one that waits says for whom, for what and what may be decided."""
    shown = as_json(view_hold(HOLD))["attention"]
    assert shown == [
        {
            "n": 2,
            "code": "LEAKING",
            "meter_id": "W-1001",
            "since": "2026-11-24T12:00:00Z",
            "who": "operations desk",
            "decisions": ["retry", "field_visit"],
            "detail": "look again",
            "witnessed": [],
        }
    ]


def test_a_hold_that_a_restore_opened_bears_that_order() -> None:
    """A restore-only hold has no suspend order; it shows the restore's."""
    assert as_json(view_hold(replace(HOLD, suspend_key=None)))["order_id"] == "WO-88999"
    assert as_json(view_hold(replace(HOLD, suspend_key=None, restore_keys=())))["order_id"] is None


def test_a_value_never_has_an_exponent() -> None:
    """Billing software reads plain decimals."""
    big = replace(HOLD.legs[0].registers[0], value=Decimal("1E+6"))
    leg = replace(HOLD.legs[0], registers=(big,))
    assert as_json(view_hold(replace(HOLD, legs=(leg,))))["legs"][0]["registers"][0]["value"] == "1000000"


def test_a_meter_shows_intended_beside_actual() -> None:
    """The two are never merged, and how old the actual state is stands beside it."""
    shown = as_json(view_meter(METER, NOON + timedelta(seconds=90), Because.WELDED))
    assert shown["intended"] == {"state": "disconnected", "hold_id": "H-1", "at": "2026-11-24T12:00:00Z"}
    assert shown["actual"] == {
        "state": "connected",
        "proof": "load_proven",
        "source": "relay(driver)",
        "at": "2026-11-24T12:00:00Z",
        "age_s": 90.0,
    }
    assert shown["because"] == "WELDED"
    assert shown["lock"]["owner"] == "Ada"
    assert shown["flags"] == ["life_support"]


def test_a_meter_that_was_never_seen_says_so() -> None:
    """Nothing is made up for a meter that nobody has looked at."""
    shown = as_json(view_meter(replace(METER, actual=Actual(), intended=Intended(), lock=None), NOON))
    assert shown["actual"] == {"state": "unknown", "proof": "none", "source": "", "at": None, "age_s": None}
    assert shown["lock"] is None


def test_a_lock_is_held_only_when_nothing_is_unresolved() -> None:
    """Hands go in at ``held`` and at nothing else."""
    assert as_json(view_lock(METER, held=True))["status"] == "held"
    closing = operation("O-1", "E-1001", SupplyState.DISCONNECTED, NOON)
    waiting = as_json(view_lock(METER, held=False, waits=[Unresolved(closing, "it was sent", NOON)]))
    assert (waiting["status"], waiting["waiting_for"]) == ("not_yet_safe", "O-1")
    assert (waiting["waits"][0]["why"], waiting["waits"][0]["until"]) == ("it was sent", "2026-11-24T12:00:00Z")
    assert as_json(view_lock(replace(METER, lock=None), held=False))["status"] == "unlocked"


def test_an_order_shows_its_result() -> None:
    """An order's answer carries its result, the code and every verdict."""
    record = OrderRecord(
        OrderKey("cis", "WO-1"),
        Order(order_id="WO-1", action=Action.CANCEL, issued_at=NOON),
        "hash",
        NOON,
        ("H-1",),
        (),
        OrderResult.TOO_LATE,
        Because.HOLD_STATUS,
        "send restore",
        finished_at=NOON,
    )
    assert as_json(view_order(record)) == {
        "order_id": "WO-1",
        "sender": "cis",
        "action": "cancel",
        "result": "too_late",
        "code": "HOLD_STATUS",
        "detail": "send restore",
        "hold_ids": ["H-1"],
        "verdicts": [],
        "received_at": "2026-11-24T12:00:00Z",
        "finished_at": "2026-11-24T12:00:00Z",
        "approval_id": None,
    }


def test_an_event_carries_everything() -> None:
    """An event shows its number, time and kind, and all that it says."""
    shown = as_json(view_event(9, NOON, HoldOpened(NOON, HOLD)))
    assert (shown["seq"], shown["kind"], shown["data"]["hold"]["hold_id"]) == (9, "HoldOpened", "H-1")
