"""When the store cannot be written nothing is switched, everybody is told, and it works again when the disk does."""

import asyncio
import os
import signal
import sqlite3
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from meterhold.domain.decide import decide
from meterhold.domain.draft import Draft
from meterhold.domain.errors import StoreUnavailable
from meterhold.store import (
    ChainState,
    DamagedRow,
    Store,
    StoreInUse,
    ThreadExecutor,
    open_store,
    upgrade,
    verify_chain,
)
from tests.fakes.journal import intent, register, suspend
from tests.integration.store.conftest import Start, lines_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store is."""
    return tmp_path / "store.sqlite"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    """An open store that does not wait long for a lock."""
    store = opened(path, "w")
    yield store
    await store.close()


def opened(path: Path, writer: str) -> Store:
    """The store there, made where there is none."""
    return open_store(
        f"sqlite:///{path}",
        executor=ThreadExecutor(),
        decide=decide,
        writer=writer,
        create=True,
        busy_timeout_s=0.05,
    )


def test_a_second_process_is_refused_and_told_who_has_the_store(path: Path, start: Start) -> None:
    """Until the first one ends, in whatever way."""
    worker = start("wait", f"sqlite:///{path}")
    ((_, pid),) = lines_of(worker, 1)
    for _ in range(2):
        with pytest.raises(StoreInUse, match=f"in use by another process, pid {pid}$"):
            open_store(f"sqlite:///{path}", executor=ThreadExecutor(), decide=decide, writer="w2")
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    upgrade(f"sqlite:///{path}")


async def test_a_lock_held_by_another_program_fails_all_who_wait(store: Store, path: Path) -> None:
    """Each gets ``StoreUnavailable``; once the lock is gone the same commands go through."""
    await store.journal.submit(register("E-1", "E-2"))
    hold = (await store.journal.submit(suspend("WO-1", "E-1"))).holds["H-WO-1"]
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    commands = (intent(hold, "E-1"), suspend("WO-2", "E-2"))
    answers = await asyncio.gather(*(store.journal.submit(c) for c in commands), return_exceptions=True)
    assert [type(answer) for answer in answers] == [StoreUnavailable, StoreUnavailable]
    assert "locked" in str(answers[0])
    assert answers[0] is not answers[1]
    assert await store.queries.hold("H-WO-1") == hold, "reading goes on meanwhile"
    other.execute("ROLLBACK")
    other.close()
    drafts = await asyncio.gather(*(store.journal.submit(c) for c in commands))
    assert all(draft.events for draft in drafts)
    assert verify_chain(f"sqlite:///{path}")[0].state is ChainState.INTACT


async def test_a_store_that_became_read_only_is_unavailable_until_it_is_not(store: Store, path: Path) -> None:
    """No repair by hand is needed."""
    await store.journal.submit(register("E-1"))
    writer = store._journal._writer
    assert writer._connection is not None
    writer._connection.exec_driver_sql("PRAGMA query_only = ON")
    writer._connection.rollback()
    with pytest.raises(StoreUnavailable, match="readonly"):
        await store.journal.submit(suspend("WO-1", "E-1"))
    await store.journal.submit(suspend("WO-1", "E-1"))
    assert verify_chain(f"sqlite:///{path}")[0].state is ChainState.INTACT


async def test_a_full_disk_stops_everything_and_a_disk_with_room_lets_it_go_on(path: Path, start: Start) -> None:
    """No order is acknowledged, no intent recorded; what was accepted before and after is there, nothing else."""
    worker = start("fill", f"sqlite:///{path}")
    out, errors = worker.communicate(timeout=50)
    assert worker.returncode == 0, errors
    said = [line.split(maxsplit=1) for line in out.splitlines()]
    unavailable = [text for what, text in said if what == "unavailable"]
    assert len(unavailable) == 2, out
    assert ["readable", "True"] in said
    assert said[-1][0] == "accepted"
    accepted = {f"H-WO-{n}" for what, n in said if what == "accepted"} | {"H-WO-0"}
    store = open_store(f"sqlite:///{path}", executor=ThreadExecutor(), decide=decide, writer="w2")
    holds = await store.queries.list_holds(status=None, meter_id=None, after=None, limit=2000)
    assert {hold.hold_id for hold in holds} == accepted
    assert all(report.state is ChainState.INTACT for report in verify_chain(f"sqlite:///{path}"))
    await store.close()


def test_a_folder_that_may_not_be_written_is_named(start: Start) -> None:
    """For a new store and for one that exists."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        upgrade(f"sqlite:///{folder}/old.sqlite")
        mode = 0o755 if os.geteuid() == 0 else 0o555
        folder.chmod(mode)
        (folder / "old.sqlite").chmod(0o444)
        (folder / "old.sqlite.lock").chmod(0o444)
        for store in ("old", "new"):
            worker = start("as_nobody", f"sqlite:///{folder}/{store}.sqlite")
            out, errors = worker.communicate(timeout=30)
            assert out.startswith("unavailable the store's lock file"), errors
            assert "Permission denied" in out
        folder.chmod(0o755)


def protect(file: Path, *, not_any_more: bool = False) -> None:
    """Let everybody work beside a store's file, and nobody write it; or let everybody write it and its helpers."""
    file.parent.chmod(0o777)
    for one in file.parent.glob(f"{file.name}*"):
        one.chmod(0o444 if one == file and not not_any_more else 0o666)


async def test_a_file_that_may_not_be_written_records_nothing_until_it_may(start: Start) -> None:
    """Neither an order nor an intent; the same process goes on when its rights are back."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "store.sqlite"
        store = opened(file, "w")
        await store.journal.submit(register("E-1", "E-2"))
        await store.journal.submit(suspend("WO-1", "E-1"))
        await store.close()
        protect(file)
        worker = start("write_protected", f"sqlite:///{file}")
        order, write, read = lines_of(worker, 3)
        assert (order[0], write[0], read) == ("unavailable", "unavailable", ["readable", "True"])
        assert "readonly" in order
        protect(file, not_any_more=True)
        out, errors = worker.communicate("go on\n", timeout=30)
        assert out.split() == ["written"], errors
        assert all(report.state is ChainState.INTACT for report in verify_chain(f"sqlite:///{file}"))


async def test_a_damaged_row_fails_only_who_needs_it(store: Store, path: Path) -> None:
    """Others in the same transaction go on; the damaged hold is named and never switched."""
    await store.journal.submit(register("E-1", "E-2", "E-3"))
    holds = [(await store.journal.submit(suspend(f"WO-{n}", f"E-{n}"))).holds[f"H-WO-{n}"] for n in (1, 2)]
    other = sqlite3.connect(path)
    with other:
        other.execute("UPDATE holds SET doc = substr(doc, 1, 100) WHERE hold_id = 'H-WO-1'")
    other.close()
    # The process that wrote the row need not read it again; another one must.
    await store.close()
    again = opened(path, "w2")
    bad, good, new = await asyncio.gather(
        again.journal.submit(intent(holds[0], "E-1")),
        again.journal.submit(intent(holds[1], "E-2")),
        again.journal.submit(suspend("WO-3", "E-3")),
        return_exceptions=True,
    )
    assert isinstance(bad, DamagedRow)
    assert isinstance(good, Draft)
    assert isinstance(new, Draft)
    with pytest.raises(DamagedRow, match="hold H-WO-1 in the store cannot be read"):
        await again.queries.hold("H-WO-1")
    await again.close()


async def test_a_broken_file_is_unavailable_and_says_so(path: Path) -> None:
    """Bytes turned over in the middle of the file: closed to everybody, with what SQLite says."""
    store = open_store(f"sqlite:///{path}", executor=ThreadExecutor(), decide=decide, writer="w", create=True)
    await store.journal.submit(register(*(f"E-{n}" for n in range(500))))
    await store.close()
    garble(path)
    store = open_store(f"sqlite:///{path}", executor=ThreadExecutor(), decide=decide, writer="w2")
    with pytest.raises(StoreUnavailable):
        await store.journal.submit(register("E-x"))
    with pytest.raises(StoreUnavailable):
        await store.queries.list_meters(after=None, limit=1000)
    await store.close()


def garble(path: Path) -> None:
    """Leave the schema's pages and turn the others over."""
    content = bytearray(path.read_bytes())
    first = 4096 * 48
    content[first:] = bytes(255 - byte for byte in content[first:])
    path.write_bytes(content)
