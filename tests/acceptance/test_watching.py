"""A meter falls silent during its hold: the desk reads of it, and a technician says that they know."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.acceptance.conftest import Site

pytestmark = pytest.mark.timeout(120)
WITHIN_S = 30.0


def watch_closely(document: dict[str, Any]) -> None:
    """Look every second, and call two seconds of silence long."""
    document.setdefault("terms", {})["watch"] = {"every_s": 1, "share": 0.5, "silent_after_s": 2}


def until_alarms(site: Site) -> list[dict[str, Any]]:
    """Ask until there is an alarm."""
    give_up_at = time.monotonic() + WITHIN_S
    while not (found := site.run("alarm", "list", "--json").json):
        assert time.monotonic() < give_up_at, "no alarm came"
    alarms: list[dict[str, Any]] = found
    return alarms


def test_an_alarm_is_listed_shown_and_acknowledged(site: Site) -> None:
    """By its name, with its evidence; afterwards it is no longer among the open ones."""
    site.edit("gateway.yaml", watch_closely)
    site.make_keys()
    meters, gateway = site.simulate(), site.serve()
    try:
        order = {
            "schema_version": 1,
            "order_id": "A-1",
            "action": "suspend",
            "issued_at": datetime.now(UTC).isoformat(),
        }
        order |= {"reason": "vacation", "meters": ["E-1002"], "mode": "monitor_only"}
        submitted = site.run("order", "submit", "-", "--wait", "20", "--json", stdin=json.dumps(order))
        assert submitted.exit == 0, submitted.err
        assert site.run("alarm", "list").out.strip() == "No alarms."
        meters.stop()
        (alarm,) = until_alarms(site)
        assert (alarm["code"], alarm["meter_id"]) == ("DEVICE_SILENT", "E-1002")
        name = alarm["alarm_id"]
        assert "E-1002" in site.run("alarm", "list").out
        assert "last_seen" in site.run("alarm", "show", name).out
        (hold_id,) = submitted.json["hold_ids"]
        assert "DEVICE_SILENT" in site.run("hold", "show", hold_id).out
        known = site.run("alarm", "acknowledge", name, "--comment", "on my way", "--json")
        assert (known.exit, known.json["comment"]) == (0, "on my way")
        assert site.run("alarm", "list", "--meter", "E-1002", "--json").json == []
        assert [one["alarm_id"] for one in site.run("alarm", "list", "--all", "--json").json] == [name]
        assert site.run("alarm", "acknowledge", name).exit == 1
    finally:
        gateway.stop()
        meters.stop()
