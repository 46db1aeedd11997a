"""``audit verify`` and ``audit export``: each word, made to come true by really tampering with the files."""

import json
import shutil
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from tests.acceptance.conftest import Site

pytestmark = pytest.mark.timeout(240)  # a dozen commands, each a process


@pytest.fixture
def served(site: Site) -> Site:
    """A site whose gateway ran three times and noted its heads each time, at start and at its end."""
    for _ in range(3):
        gateway = site.serve()
        assert gateway.stop() == 0
        assert "Traceback" not in gateway.said
    return site


def store_of(site: Site) -> Path:
    """The store's file."""
    return site.folder / "var" / "meterhold.sqlite"


def change(site: Site, sql: str) -> None:
    """Do something to the store behind the gateway's back."""
    with closing(sqlite3.connect(store_of(site))) as store, store:
        assert store.execute(sql).rowcount > 0


def rewrite(site: Site) -> None:
    """Change the third event of the first writer, and make the rest of its chain fit, as docs/audit.md tells how."""
    with closing(sqlite3.connect(store_of(site))) as store, store:
        (writer,) = store.execute("SELECT writer FROM events ORDER BY seq LIMIT 1").fetchone()
        rows = store.execute("SELECT n, at, kind, stream, body FROM events WHERE writer = ? ORDER BY n", (writer,))
        before = sha256(writer.encode()).hexdigest()
        for n, at, kind, stream, body in rows.fetchall():
            body_now = body.replace("line-1", "line-2") if n == 3 else body
            before = sha256(f"{before}\n{writer}\n{n}\n{at}\n{kind}\n{stream}\n{body_now}".encode()).hexdigest()
            store.execute(
                "UPDATE events SET body = ?, hash = ? WHERE writer = ? AND n = ?", (body_now, before, writer, n)
            )


def verdict(site: Site, *arguments: str) -> tuple[int, str]:
    """What ``audit verify`` ends with, and its word."""
    ran = site.run("audit", "verify", "--json", *arguments)
    return ran.exit, ran.json["state"]


def test_each_word_has_its_own_exit_code(served: Site) -> None:
    """Intact, edited, missing, truncated, rewritten, replaced and unanchored; each after the files were put back."""
    whole = store_of(served).read_bytes()
    checkpoints = served.folder / "var" / "checkpoints.txt"
    noted = checkpoints.read_bytes()
    assert verdict(served) == (0, "intact")

    change(served, "UPDATE events SET at = at + 1 WHERE n = 2")
    assert verdict(served) == (11, "edited")
    store_of(served).write_bytes(whole)

    change(served, "DELETE FROM events WHERE n = 2")
    assert verdict(served) == (12, "missing")
    store_of(served).write_bytes(whole)

    change(served, "DELETE FROM events WHERE seq = (SELECT max(seq) FROM events WHERE kind != 'checkpoint_noted')")
    assert verdict(served)[0] in {12, 13}
    change(served, "DELETE FROM events WHERE seq > 1")
    assert verdict(served) == (13, "truncated")
    store_of(served).write_bytes(whole)

    rewrite(served)
    assert verdict(served) == (14, "rewritten")
    store_of(served).write_bytes(whole)

    checkpoints.write_bytes(noted[: len(noted) // 2])
    assert verdict(served) == (16, "unanchored")
    checkpoints.write_bytes(noted)
    assert verdict(served) == (0, "intact")

    store_of(served).unlink()
    assert served.run("db", "upgrade").exit == 0
    served.make_key("auditor")
    assert verdict(served) == (15, "replaced")


def test_a_gateway_on_another_store_notes_nothing_there_and_raises_an_alarm(served: Site) -> None:
    """The checkpoints of the old store stay as they are; a person is told."""
    checkpoints = served.folder / "var" / "checkpoints.txt"
    noted = checkpoints.read_bytes()
    store_of(served).unlink()
    gateway = served.serve()
    assert gateway.stop() == 0
    assert checkpoints.read_bytes() == noted
    with closing(sqlite3.connect(store_of(served))) as store:
        bodies = [json.loads(body) for (body,) in store.execute("SELECT body FROM events WHERE kind = 'alarm_raised'")]
    assert [body["alarm"]["code"] for body in bodies] == ["CHECKPOINTS_UNUSABLE"]


def test_an_export_is_checked_far_from_the_store(served: Site) -> None:
    """With nothing but the file and the checkpoints; an edited line shows."""
    assert served.run("audit", "export", "--to", "journal.ndjson").exit == 0
    file = served.folder / "journal.ndjson"
    away = served.folder / "away"
    away.mkdir()
    for name in (file, served.folder / "var" / "checkpoints.txt"):
        shutil.move(name, away)
    here = ("--export", str(away / "journal.ndjson"), "--checkpoints", str(away / "checkpoints.txt"))
    assert verdict(served, *here) == (0, "intact")
    lines = (away / "journal.ndjson").read_text().splitlines(keepends=True)
    assert json.loads(lines[1])["kind"] == "store_founded"
    (away / "journal.ndjson").write_text("".join([*lines[:2], lines[2].replace("E-1001", "E-1003"), *lines[3:]]))
    assert verdict(served, *here) == (11, "edited")
    ran = served.run("audit", "verify", "--export", str(away / "checkpoints.txt"))
    assert ran.exit == 3
    assert "line 1 is no JSON" in ran.err
    (away / "journal.ndjson").write_bytes(lines[0].encode() + b'{"seq": "\x86"}')
    ran = served.run("audit", "verify", "--export", str(away / "journal.ndjson"))
    assert ran.exit == 3
    assert "line 2 is no JSON" in ran.err


def test_a_file_that_cannot_be_opened_is_named(site: Site) -> None:
    """As a fault of that file, whether it is to be read or written."""
    read = site.run("audit", "verify", "--export", "nowhere.ndjson")
    written = site.run("audit", "export", "--to", "nowhere/journal.ndjson")
    for ran, name in ((read, "nowhere.ndjson"), (written, "nowhere/journal.ndjson")):
        assert ran.exit == 2
        assert f"{name}: 1 fault" in ran.err
        assert "cannot be opened: No such file or directory" in ran.err


def test_a_part_of_the_journal_can_be_taken_along(served: Site) -> None:
    """By time and by stream; the first line says that it is a part."""
    ran = served.run("audit", "export", "--stream", "meter:E-1001")
    header, *events = [json.loads(line) for line in ran.out.splitlines()]
    assert header["whole"] is False
    assert {event["stream"] for event in events} == {"meter:E-1001"}
    assert served.run("audit", "export", "--since", "2999-01-01").out.count("\n") == 1


def test_a_flood_of_wrong_keys_is_in_the_journal_and_does_not_fill_it(site: Site) -> None:
    """The first ones one by one, the rest as a count when the process ends; no key that was tried is kept."""
    gateway = site.serve()
    headers = {"Authorization": "Bearer mh_nobody_canary-7f3a"}
    with httpx.Client(base_url=f"http://127.0.0.1:{site.port}", headers=headers, trust_env=False) as client:
        for _ in range(100):
            assert client.put("/api/v1/inhibit", json={"reason": "mine"}).status_code == 401
    assert gateway.stop() == 0
    exported = site.run("audit", "export", "--stream", "site").out
    events = [json.loads(line) for line in exported.splitlines()[1:]]
    single = [event for event in events if event["kind"] == "command_refused"]
    counts = [json.loads(event["body"])["calls"] for event in events if event["kind"] == "calls_refused"]
    assert (len(single), sum(calls["count"] for count in counts for calls in count)) == (20, 80)
    assert json.loads(single[0]["body"])["what"] == "PUT /api/v1/inhibit"
    assert "canary" not in exported
    assert verdict(site) == (0, "intact")
