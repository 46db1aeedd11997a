"""A chain that was cut off, or written anew, shows against the heads that were noted elsewhere."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from meterhold.domain.commands import SetInhibit
from meterhold.domain.decide import decide
from meterhold.store import ChainState, DamagedRow, InlineExecutor, open_store, read_noted, verify_chain

AT = datetime(2026, 11, 24, 8, tzinfo=UTC)


async def _write(url: str, noted: Path, *, times: int = 3, writer: str = "w-1") -> None:
    """Throw the kill switch on and off, and note where the chain ends."""
    store = open_store(url, executor=InlineExecutor(), decide=decide, writer=writer, create=True)
    for n in range(times):
        await store.journal.submit(SetInhibit(AT, on=n % 2 == 0, by="test", reason="storm"))
    await store.note_heads(noted, AT)
    await store.close()


def _change(url: str, statement: str) -> None:
    with create_engine(url).begin() as connection:
        connection.execute(text(statement))


async def test_an_untouched_chain_agrees_with_its_checkpoints(tmp_path: Path) -> None:
    """What was noted is found again, and the same head is not noted twice."""
    url, noted = f"sqlite:///{tmp_path}/s.sqlite", tmp_path / "noted"
    await _write(url, noted)
    await _write(url, noted, times=0, writer="w-2")
    assert [(head.writer, head.n) for head in read_noted(noted)] == [("w-1", 3)]
    assert [report.state for report in verify_chain(url, read_noted(noted))] == [ChainState.INTACT]


async def test_a_chain_that_was_cut_off_is_truncated(tmp_path: Path) -> None:
    """Without the checkpoint the same store looks intact: that is why there are checkpoints."""
    url, noted = f"sqlite:///{tmp_path}/s.sqlite", tmp_path / "noted"
    await _write(url, noted)
    _change(url, "DELETE FROM events WHERE n = 3")
    assert [report.state for report in verify_chain(url)] == [ChainState.INTACT]
    (report,) = verify_chain(url, read_noted(noted))
    assert (report.state, report.sound, report.broken_at) == (ChainState.TRUNCATED, 2, 3)


async def test_a_writer_that_vanished_is_truncated_from_its_first_event(tmp_path: Path) -> None:
    """A whole chain that is gone is named."""
    url, noted = f"sqlite:///{tmp_path}/s.sqlite", tmp_path / "noted"
    await _write(url, noted)
    _change(url, "DELETE FROM events")
    (report,) = verify_chain(url, read_noted(noted))
    assert (report.writer, report.state, report.sound) == ("w-1", ChainState.TRUNCATED, 0)


async def test_a_chain_that_was_written_anew_is_rewritten(tmp_path: Path) -> None:
    """A chain that is sound in itself and is not the one whose head was noted."""
    noted = tmp_path / "noted"
    await _write(f"sqlite:///{tmp_path}/true.sqlite", noted)
    forged = f"sqlite:///{tmp_path}/forged.sqlite"
    store = open_store(forged, executor=InlineExecutor(), decide=decide, writer="w-1", create=True)
    for n in range(4):
        await store.journal.submit(SetInhibit(AT, on=n % 2 == 0, by="nobody", reason="nothing"))
    await store.close()
    (report,) = verify_chain(forged, read_noted(noted))
    assert (report.state, report.sound, report.broken_at) == (ChainState.REWRITTEN, 2, 3)


def test_a_last_line_that_a_crash_cut_off_is_left_out(tmp_path: Path) -> None:
    """A torn line says nothing; a wrong one elsewhere is damage and is named."""
    noted = tmp_path / "noted"
    noted.write_text("2026-11-24T08:00:00+00:00 w-1 3 abc\n2026-11-24T09:00:00+00:00 w-1")
    assert [(head.writer, head.n) for head in read_noted(noted)] == [("w-1", 3)]
    noted.write_text("nonsense\n")
    with pytest.raises(DamagedRow, match="noted:1 is no checkpoint"):
        read_noted(noted)
