"""The gateway as a process: how it starts, how it stops, and what it does after a power cut."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.acceptance.conftest import Running, Site

pytestmark = pytest.mark.timeout(120)


@contextmanager
def at_work(site: Site) -> Iterator[tuple[Running, Running]]:
    """A site's meters and gateway."""
    meters = site.simulate()
    gateway = site.serve()
    try:
        yield meters, gateway
    finally:
        gateway.stop()
        meters.stop()


def suspend(site: Site, order_id: str, meter_id: str) -> str:
    """Suspend a meter now; the hold."""
    order = {
        "schema_version": 1,
        "order_id": order_id,
        "action": "suspend",
        "issued_at": datetime.now(UTC).isoformat(),
        "meters": [meter_id],
        "reason": "seasonal",
    }
    ran = site.run("order", "submit", "-", "--json", stdin=json.dumps(order))
    assert ran.exit == 0, ran.err
    (hold_id,) = ran.json["hold_ids"]
    return str(hold_id)


def ask(site: Site, path: str) -> tuple[int, dict[str, Any]]:
    """Ask the gateway without a key."""
    answer = httpx.get(f"http://127.0.0.1:{site.port}{path}", trust_env=False)
    return answer.status_code, answer.json()


def written(meters: Running, meter_id: str) -> list[str]:
    """What a simulated meter was told to become, write by write, from the simulators' own journal."""
    (control,) = (line.split()[1] for line in meters.said.splitlines() if line.startswith("control "))
    journal = httpx.get(f"{control}/journal", params={"meter_id": meter_id}, trust_env=False).json()
    return [entry["target"] for entry in journal["writes"]]


def wait_for_write(meters: Running, meter_id: str) -> None:
    """Wait until a meter took a write."""
    give_up_at = time.monotonic() + 20
    while not written(meters, meter_id):
        assert time.monotonic() < give_up_at
        time.sleep(0.02)


def test_it_is_healthy_when_it_says_where_it_serves(site: Site) -> None:
    """Health needs no key; everything else does. Its end is clean."""
    with at_work(site) as (_, gateway):
        assert ask(site, "/healthz")[0] == 200
        status, ready = ask(site, "/readyz")
        assert (status, ready["ready"]) == (200, True)
        assert "UNAUTHENTICATED" in site.run("hold", "list").err
        assert gateway.stop() == 0
        assert "Traceback" not in gateway.said


def test_a_hold_survives_a_restart(site: Site) -> None:
    """Suspended before, suspended after; restored by the new process."""
    site.make_key("dispatcher", "technician")
    meters = site.simulate()
    gateway = site.serve()
    hold_id = suspend(site, "R-1", "W-1001")
    assert site.run("order", "show", "R-1", "--wait", "30").exit == 0
    assert gateway.stop() == 0
    gateway = site.serve()
    assert site.run("hold", "show", hold_id, "--json").json["status"] == "suspended"
    assert site.run("hold", "restore", hold_id, "--wait", "30").exit == 0
    assert gateway.stop() == 0
    assert written(meters, "W-1001") == ["disconnected", "connected"]
    meters.stop()


def test_after_a_power_cut_it_looks_before_anything_else(site: Site) -> None:
    """Killed while the valve moves: the new process finds out what happened, and nothing is written twice."""
    site.make_key("dispatcher", "auditor")
    meters = site.simulate()
    gateway = site.serve()
    hold_id = suspend(site, "K-1", "W-1001")
    wait_for_write(meters, "W-1001")
    gateway.kill()
    gateway = site.serve()
    done = site.run("order", "show", "K-1", "--wait", "40", "--json")
    assert (done.exit, done.json["result"]) == (0, "done")
    hold = site.run("hold", "show", hold_id, "--json").json
    assert (hold["status"], hold["legs"][0]["outcome"], hold["proof"]) == ("suspended", "verified", "load_proven")
    assert written(meters, "W-1001") == ["disconnected"]
    gateway.stop()
    assert site.run("audit", "verify", "--json").json["state"] == "intact"
    meters.stop()


def test_told_to_stop_it_stops_though_a_client_hangs_on(site: Site) -> None:
    """An idle connection does not keep the gateway from going."""
    gateway = site.serve()
    with socket.create_connection(("127.0.0.1", site.port)):
        assert gateway.stop() == 0


def test_without_meters_and_broker_it_starts_and_says_so(site: Site) -> None:
    """A link that is down is no reason not to take orders; a live read says why it fails."""
    site.make_key("technician")
    site.edit("gateway.yaml", lambda document: document["links"]["broker"].update(port=1))
    gateway = site.serve()
    assert ask(site, "/healthz")[0] == 200
    for meter_id in ("E-1001", "E-1002"):
        ran = site.run("meter", "read", meter_id)
        assert ran.exit == 3, ran.err
        assert "Traceback" not in ran.err
    checked = site.run("check", "--json")
    assert checked.exit == 3
    states = {row["what"]: row["state"] for row in checked.json}
    assert [states[f"link {name}"] for name in ("line-1", "home-3", "broker")] == ["unreachable"] * 3
    assert states["profiles"] == "sound"
    gateway.stop()


def test_a_faulty_configuration_is_refused_whole(site: Site) -> None:
    """By serve and by check alike: every fault, with its line."""

    def spoil(document: dict[str, Any]) -> None:
        document["colour"] = "blue"
        document["links"]["broker"]["password"] = "hunter2"
        document["http"]["port"] = 99999

    site.edit("gateway.yaml", spoil)
    for command in ("serve", "check"):
        ran = site.run(command)
        told = ran.out + ran.err
        assert ran.exit == 2
        assert all(field in told for field in ("colour", "links.broker.password", "http.port"))
        assert "hunter2" not in told


def test_a_faulty_registry_is_refused_whole(site: Site) -> None:
    """At the first start nothing is known yet, so there is nothing to fall back on."""
    file = site.folder / "config" / "meters.csv"
    file.write_text(file.read_text().replace("line-1", "line-9").replace("W-1002", "E-1002"))
    ran = site.run("serve")
    assert ran.exit == 2
    assert ran.err.count("line-9") == 2
    assert "E-1002" in ran.err
    assert site.run("check").exit == 2


def test_a_port_that_is_taken_is_said(site: Site) -> None:
    """Where, and that it is the API's."""
    with socket.create_server(("127.0.0.1", site.port)):
        ran = site.run("serve")
    assert ran.exit == 3
    assert f"the API cannot listen on 127.0.0.1:{site.port}" in ran.err


def test_the_first_key_is_made_in_the_store(site: Site) -> None:
    """Before the gateway ever ran; shown once, kept as a digest, and it opens the gateway."""
    made = site.run("key", "create", "desk", "--role", "dispatcher")
    key = made.out.strip()
    assert (made.exit, key.startswith("mh_")) == (0, True)
    assert "desk" in site.run("key", "list").out
    secret = key.split("_", 2)[2]
    for file in (site.folder / "var").iterdir():
        assert secret.encode() not in file.read_bytes()
    site.env["METERHOLD_API_KEY"] = key
    gateway = site.serve()
    assert site.run("hold", "list").exit == 0
    gateway.stop()
    assert secret not in gateway.said


def test_a_new_store_is_of_this_version(site: Site) -> None:
    """`db upgrade` makes one, and again changes nothing; its chain is whole from the first event."""
    for _ in range(2):
        assert site.run("db", "upgrade").exit == 0
    site.make_key("auditor")
    assert site.run("audit", "verify").exit == 0
