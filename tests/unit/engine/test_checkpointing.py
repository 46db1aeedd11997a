"""The job that notes the heads elsewhere: it keeps what it did, and tells a person where it could not."""

import os
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from meterhold.domain.commands import SetInhibit
from meterhold.domain.words import Because
from meterhold.engine import Checkpointing, checkpointing
from meterhold.store import AuditState, Store, ThreadExecutor, audit_store
from meterhold.usecases.ports import Ports
from tests.fakes.ports import FakeWorld
from tests.unit.store.premises import AT, Archive


@pytest.fixture
def here(tmp_path: Path) -> Archive:
    """Where a store and its checkpoints are."""
    return Archive(tmp_path)


@pytest.fixture
async def store(here: Archive) -> AsyncIterator[Store]:
    """An open store."""
    async with here.opened() as store:
        yield store


@pytest.fixture
def ports(store: Store) -> Ports:
    """A gateway's ports over it."""
    return replace(FakeWorld().ports, journal=store.journal, queries=store.queries)


async def test_the_journal_keeps_how_far_the_checkpoints_went(here: Archive, store: Store, ports: Ports) -> None:
    """So that cutting them off shows as well; and where nothing has happened nothing is noted."""
    job = Checkpointing(ports, store, here.checkpoints)
    await job.run()
    await job.run()
    assert len(here.checkpoints.read_text().splitlines()) == 1
    here.checkpoints.write_text("")
    assert audit_store(here.url, here.checkpoints).state is AuditState.UNANCHORED


async def test_checkpoints_that_cannot_be_written_raise_one_alarm_and_stop_nothing(
    here: Archive, store: Store, ports: Ports
) -> None:
    """However often it is tried; once it can be done again, it is."""
    nowhere = here.folder / "gone" / "noted"
    job = Checkpointing(ports, store, nowhere)
    for _ in range(3):
        await job.run()
    (alarm,) = (await ports.queries.site()).alarms
    assert (alarm.code, str(nowhere) in alarm.detail) == (Because.CHECKPOINTS_UNUSABLE, True)
    assert (await store.journal.submit(SetInhibit(AT, on=True, by="desk", reason="storm"))).events
    nowhere.parent.mkdir()
    await job.run()
    assert audit_store(here.url, nowhere).state is AuditState.INTACT


async def test_checkpoints_that_vanished_are_begun_anew_with_an_alarm(
    here: Archive, store: Store, ports: Ports
) -> None:
    """Who took them away is not left unnoticed."""
    job = Checkpointing(ports, store, here.checkpoints)
    await job.run()
    here.checkpoints.unlink()
    await store.journal.submit(SetInhibit(AT, on=True, by="desk", reason="storm"))
    await job.run()
    (alarm,) = (await ports.queries.site()).alarms
    assert "begun anew" in alarm.detail
    assert here.checkpoints.exists()


async def test_a_volume_that_hangs_keeps_nobody_waiting(here: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does a second attempt pile up behind the first; once it answers, all goes on."""
    monkeypatch.setattr(checkpointing, "WITHIN_S", 0.05)
    # Whoever opens a pipe waits until somebody writes into it.
    os.mkfifo(here.checkpoints)
    async with here.opened(executor=ThreadExecutor()) as store:
        ports = replace(FakeWorld().ports, journal=store.journal, queries=store.queries)
        job = Checkpointing(ports, store, here.checkpoints)
        for _ in range(3):
            await job.run()
        assert (await ports.queries.site()).alarms[0].detail.startswith("nobody answers")
        assert sum(thread.name == "store-aside" for thread in threading.enumerate()) == 1
        os.close(os.open(here.checkpoints, os.O_WRONLY))
        here.checkpoints.unlink()
        monkeypatch.setattr(checkpointing, "WITHIN_S", 5.0)
        await job.run()
        await job.run()
    assert audit_store(here.url, here.checkpoints).state is AuditState.INTACT
