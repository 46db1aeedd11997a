"""A disk that really fills up: a small file system of the gateway's own, filled and emptied while it works."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.conftest import PROGRAM, Ran, Running, Site
from tests.acceptance.test_serve import written

DISK_MIB = 8
MIB = 1024 * 1024
_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")


def _may_mount() -> bool:
    try:
        tried = subprocess.run([*_NAMESPACE, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return tried.returncode == 0


pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.skipif(not _may_mount(), reason="this machine does not let us mount a file system of our own"),
]


@dataclass(frozen=True, slots=True)
class Disk:
    """The file system that the gateway has its store on, seen from outside."""

    folder: Path

    def leave(self, mebibytes: float) -> None:
        """Fill it until only so much is left."""
        with (self.folder / "filler").open("ab", buffering=0) as filler:
            while (gone := self.free() - int(mebibytes * MIB)) > 0:
                filler.write(bytes(min(gone, 65_536)))

    def empty(self) -> None:
        """Make room."""
        (self.folder / "filler").unlink()

    def free(self) -> int:
        """How much is left."""
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize


@contextmanager
def on_a_small_disk(site: Site) -> Iterator[tuple[Running, Disk]]:
    """Run the site's gateway with its store on a disk of its own, as large as a test can fill."""
    var = site.folder / "var"
    seed = site.folder / "seed"
    var.rename(seed)
    var.mkdir()
    mount = f'mount -t tmpfs -o size={DISK_MIB}M none {var} && cp -a {seed}/. {var}/ && exec "$@"'
    gateway = site.serve((*_NAMESPACE, "sh", "-c", mount, "sh"))
    try:
        yield gateway, Disk(Path(f"/proc/{gateway.process.pid}/root{var}"))
    finally:
        gateway.stop()


@pytest.fixture
def small(site: Site) -> Site:
    """A site that calls two mebibytes little, and one too little."""
    site.make_key("dispatcher", "auditor")
    site.edit("gateway.yaml", lambda document: document["store"].update(warn_below_mib=4, stop_below_mib=2))
    return site


def order(order_id: str, action: str = "suspend", **fields: object) -> str:
    """An order at the demo's valve."""
    asked: dict[str, Any] = {"meters": ["W-1001"], "reason": "seasonal"} if action == "suspend" else {}
    issued = datetime.now(UTC).isoformat()
    return json.dumps(
        {"schema_version": 1, "order_id": order_id, "action": action, "issued_at": issued, **asked, **fields}
    )


def submit(site: Site, text: str) -> Ran:
    """Send an order."""
    return site.run("order", "submit", "-", "--json", stdin=text)


def ready(site: Site) -> dict[str, Any]:
    """What the gateway says of itself."""
    answer: dict[str, Any] = httpx.get(f"http://127.0.0.1:{site.port}/readyz", trust_env=False).json()
    return answer


def test_before_the_disk_is_full_a_person_is_told_and_suspensions_wait(small: Site) -> None:
    """First a warning; then no suspension is taken, and a restore still is, and is carried out."""
    meters = small.simulate()
    with on_a_small_disk(small) as (gateway, disk):
        hold_id = submit(small, order("D-1")).json["hold_ids"][0]
        assert small.run("order", "show", "D-1", "--wait", "30").exit == 0
        disk.leave(3)
        assert gateway.says("state=low") or gateway.says('"state": "low"')
        assert (ready(small)["store_room"], ready(small)["ready"]) == ("low", True)
        disk.leave(1)
        assert gateway.says("tight")
        assert (ready(small)["store_room"], ready(small)["ready"]) == ("tight", True)
        refused = submit(small, order("D-2"))
        assert (refused.exit, "STORE_NEARLY_FULL" in refused.err) == (3, True)
        assert submit(small, order("D-3", "restore", hold_id=hold_id)).exit == 0
        assert small.run("order", "show", "D-3", "--wait", "30").exit == 0
        assert written(meters, "W-1001") == ["disconnected", "connected"]
        disk.empty()
        assert gateway.says("has room again")
        assert submit(small, order("D-2")).exit == 0
        codes = [json.loads(line) for line in inside(gateway, small, "audit", "export", "--stream", "site")]
        raised = [json.loads(row["body"])["alarm"]["code"] for row in codes if row.get("kind") == "alarm_raised"]
        assert raised.count("STORE_NEARLY_FULL") == 2
    meters.stop()


def test_on_a_full_disk_nothing_is_switched_and_all_goes_on_when_there_is_room(small: Site) -> None:
    """No order is acknowledged and none that falls due is carried out; then the same process goes on by itself."""
    small.edit("gateway.yaml", lambda document: document["store"].update(warn_below_mib=0, stop_below_mib=0))
    meters = small.simulate()
    with on_a_small_disk(small) as (gateway, disk):
        due = datetime.now(UTC) + timedelta(seconds=10)
        assert submit(small, order("F-1", starts_at=due.isoformat())).exit == 0
        disk.leave(0)
        refused = fill_the_journal(small)
        assert refused.json()["code"] == "STORE_UNAVAILABLE"
        # The suspension falls due, and nothing about it can be recorded.
        assert gateway.says("sweep failed")
        assert datetime.now(UTC) > due
        assert written(meters, "W-1001") == []
        disk.empty()
        done = small.run("order", "show", "F-1", "--wait", "40", "--json")
        assert done.json["result"] == "done"
        assert written(meters, "W-1001") == ["disconnected"]
        report = json.loads("".join(inside(gateway, small, "audit", "verify", "--json")))
        assert report["state"] == "intact"
    meters.stop()


def fill_the_journal(site: Site) -> httpx.Response:
    """Send orders for tomorrow until one cannot be recorded: the file may have room for some."""
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    headers = {"Authorization": f"Bearer {site.env['METERHOLD_API_KEY']}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{site.port}/api/v1", headers=headers, trust_env=False) as client:
        for n in range(50):
            sent = client.post("/orders", content=order(f"G-{n}", meters=["E-1001"], starts_at=tomorrow))
            if sent.status_code == 503:
                return sent
    raise AssertionError("the disk does not fill up")


def inside(gateway: Running, site: Site, *arguments: str) -> list[str]:
    """Run a command where the gateway's disk is mounted; the lines that it prints."""
    enter = ["nsenter", "-t", str(gateway.process.pid), "-m", "-U", "--preserve-credentials"]
    ran = subprocess.run(
        [*enter, f"--wd={site.folder}", PROGRAM, *arguments],
        env=site.env,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return ran.stdout.splitlines()
