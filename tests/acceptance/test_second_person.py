"""The commands of a second person, at a site at work, as docs/blast-radius.md tells them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.acceptance.conftest import Site

pytestmark = pytest.mark.timeout(180)
METERS = ("E-1001", "E-1002", "E-1003")


def order(site: Site, order_id: str, meter_id: str) -> dict[str, Any]:
    """Have a home suspended next week."""
    starts_at = datetime.now(UTC) + timedelta(days=7)
    document = {
        "schema_version": 1,
        "order_id": order_id,
        "action": "suspend",
        "issued_at": datetime.now(UTC).isoformat(),
        "reason": "vacation",
        "meters": [meter_id],
        "starts_at": starts_at.isoformat(),
    }
    ran = site.run("order", "submit", "-", "--json", stdin=json.dumps(document))
    assert ran.exit == 0, ran.err
    return ran.json  # type: ignore[no-any-return]


def test_what_passes_a_threshold_is_listed_shown_and_decided_on_by_command(site: Site) -> None:
    """One order goes, two wait; the second person sees both, grants this very set, and they go on after a restart."""
    site.edit("gateway.yaml", lambda document: document["terms"].update(limits={"off_by_sender": 1}))
    site.make_keys()
    running = site.serve()
    answers = [order(site, f"WO-{meter_id}", meter_id) for meter_id in METERS]
    assert [answer["approval_id"] is None for answer in answers] == [True, False, False]
    (approval,) = site.run("approval", "list", "--json").json
    assert (approval["kind"], approval["orders"], approval["asked_by"]) == ("quarantine", 2, "tester")
    shown = site.run("approval", "show", approval["approval_id"])
    assert all(name in shown.out for name in ("WO-E-1002", "WO-E-1003", approval["set_hash"]))
    assert site.run("approval", "list").out.count("quarantine") >= 1
    (alarm,) = site.run("alarm", "list", "--json").json
    assert alarm["code"] == "BULK_LIMIT"

    decide = ("approval", "decide", approval["approval_id"], "grant", "--set-hash")
    refused = site.run(*decide, "0" * 64)
    assert (refused.exit, approval["set_hash"] in refused.err) == (1, True)
    granted = site.run(*decide, approval["set_hash"], "--comment", "called the desk", "--json")
    assert granted.json["status"] == "granted"
    running.stop()
    running = site.serve()
    try:
        for answer in answers:
            (hold_id,) = answer["hold_ids"]
            assert status_within(site, hold_id, "scheduled")
        assert site.run("approval", "list").out.strip() == "Nothing waits for a second person."
        (decided,) = site.run("approval", "list", "--all", "--json").json
        assert (decided["decided_by"], decided["comment"]) == ("approver", "called the desk")
        change_thresholds(site)
    finally:
        running.stop()


def status_within(site: Site, hold_id: str, wanted: str) -> bool:
    """Ask until a hold stands there."""
    return any(site.run("hold", "show", hold_id, "--json").json["status"] == wanted for _ in range(20))


def change_thresholds(site: Site) -> None:
    """Ask as an admin, grant as an approver, and go back."""
    assert "off_by_sender" in site.run("limits", "show").out
    asked = site.run("limits", "set", "off_by_sender=7", "--reason", "storm", "--json").json
    assert asked["limits"]["off_by_sender"] == 7
    assert site.run("limits", "show", "--json").json["in_force"]["off_by_sender"] == 1
    site.run("approval", "decide", asked["approval_id"], "grant", "--set-hash", asked["set_hash"])
    shown = site.run("limits", "show", "--json").json
    assert (shown["in_force"]["off_by_sender"], shown["configured"]["off_by_sender"]) == (7, 1)
    assert site.run("limits", "set", "off_by_sender=99999", "--reason", "no").exit == 2
    assert site.run("limits", "set", "off_by_sender", "--reason", "no").exit == 2
