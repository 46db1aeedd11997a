"""What was acknowledged is there, whatever happens to the process or the machine."""

import shutil
import signal
import sqlite3
from pathlib import Path

import pytest

from meterhold.domain.decide import decide
from meterhold.domain.evolve import emit
from meterhold.domain.hold import Hold
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import OrderResult
from meterhold.store import ChainState, Store, ThreadExecutor, open_store, rebuild, verify_chain
from tests.fakes.journal import register, suspend
from tests.integration.store.conftest import Start, lines_of


def opened(path: Path) -> Store:
    """Open what was left."""
    return open_store(f"sqlite:///{path}", executor=ThreadExecutor(), decide=decide, writer="afterwards")


async def hold_of(store: Store, number: str) -> Hold:
    """The hold of a worker's order."""
    hold = await store.queries.hold(f"H-WO-{number}")
    assert hold is not None, f"WO-{number} was acknowledged and is lost"
    return hold


async def check(path: Path, said: list[list[str]]) -> None:
    """Everything that was said to be done is there; rows and chain agree with the events."""
    store = opened(path)
    for what, number in said:
        hold = await hold_of(store, number)
        record = await store.queries.order(suspend(f"WO-{number}", f"E-{number}").key)
        assert record is not None
        match what:
            case "intended":
                assert hold.intended_once
            case "done":
                assert hold.status is HoldStatus.SUSPENDED
                assert record.result is OrderResult.DONE
    world = rebuild(f"sqlite:///{path}", emit)
    holds = await store.queries.list_holds(status=None, meter_id=None, after=None, limit=100_000)
    assert {hold.hold_id: hold for hold in holds} == world.holds
    meters = await store.queries.list_meters(after=None, limit=100_000)
    assert {meter.meter_id: meter for meter in meters} == world.meters
    for number in {number for _, number in said}:
        assert (await store.journal.submit(suspend(f"WO-{number}", f"E-{number}"))).events == []
    await store.journal.submit(register("E-new"))
    assert all(report.state is ChainState.INTACT for report in verify_chain(f"sqlite:///{path}"))
    await store.close()


@pytest.mark.parametrize("wanted", [1, 30, 333])
async def test_what_was_acknowledged_before_a_kill_is_there_after_it(tmp_path: Path, start: Start, wanted: int) -> None:
    """``kill -9`` in the middle of many transactions: nothing acknowledged is lost, nothing is half done."""
    path = tmp_path / "store.sqlite"
    worker = start("flood", f"sqlite:///{path}")
    said = lines_of(worker, wanted)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    await check(path, said)


@pytest.mark.parametrize("wanted", [5, 100])
async def test_a_copy_taken_at_any_moment_holds_what_was_acknowledged_until_then(
    tmp_path: Path, start: Start, wanted: int
) -> None:
    """As after a power loss: only what had reached the files by then is left, under full load."""
    path, copy = tmp_path / "store.sqlite", tmp_path / "copy.sqlite"
    worker = start("flood", f"sqlite:///{path}")
    said = lines_of(worker, wanted)
    shutil.copyfile(path, copy)
    shutil.copyfile(f"{path}-wal", f"{copy}-wal")
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    await check(copy, said)
    connection = sqlite3.connect(copy)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()


async def test_every_commit_waits_for_the_disk(tmp_path: Path) -> None:
    """Write-ahead log, synced in full: what makes the copy above the worst case."""
    store = open_store(
        f"sqlite:///{tmp_path}/store.sqlite", executor=ThreadExecutor(), decide=decide, writer="w", create=True
    )
    await store.journal.submit(register("E-1"))
    connection = store._database.connect()
    assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    full = 2
    assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == full
    connection.close()
    await store.close()
