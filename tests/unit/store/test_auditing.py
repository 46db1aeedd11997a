"""An audit tells intact, edited, missing, truncated, rewritten and replaced apart, and says when it cannot."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from meterhold.store import AuditState, CheckpointState, audit_export, export_events
from meterhold.store.chain import _hash, start_of
from meterhold.store.checking import ChainState
from meterhold.store.exporting import Selection
from tests.unit.store.premises import AT, Archive


@pytest.fixture
async def here(tmp_path: Path) -> Archive:
    """A store that two processes wrote, each noted when it ended; the second was not noted to its very end."""
    archive = Archive(tmp_path)
    await archive.write("w-1")
    await archive.write("w-2")
    return archive


def forge(here: Archive, sql: str, from_n: int, writer: str = "w-1") -> None:
    """Change events of a writer, and make its chain anew from there on, as someone would who knows how it is made."""
    here.change(sql)
    with closing(sqlite3.connect(here.file)) as store, store:
        rows = store.execute(
            "SELECT n, at, kind, stream, body, hash FROM events WHERE writer = ? ORDER BY n", (writer,)
        ).fetchall()
        before = start_of(writer).hash
        for n, at, kind, stream, body, hash_ in rows:
            made = hash_ if n < from_n else _hash(before, writer, n, at, kind, stream, body)
            store.execute("UPDATE events SET hash = ? WHERE writer = ? AND n = ?", (made, writer, n))
            before = made


def test_an_untouched_store_is_intact(here: Archive) -> None:
    """Its chains are sound, its checkpoints are its own, and its identity is the hash of its first event."""
    report = here.audit()
    assert (report.state, report.checkpoints) == (AuditState.INTACT, CheckpointState.SOUND)
    assert report.store is not None
    assert [chain.state for chain in report.chains] == [ChainState.INTACT, ChainState.INTACT]


def test_an_edited_event_is_edited(here: Archive) -> None:
    """Another name in an event, its chain left as it is."""
    here.change("UPDATE events SET body = replace(body, 'storm', 'maintenance') WHERE writer = 'w-1' AND n = 3")
    report = here.audit()
    assert report.state is AuditState.EDITED
    assert (report.chains[0].state, report.chains[0].broken_at) == (ChainState.EDITED, 3)
    assert report.chains[1].state is ChainState.INTACT


def test_an_event_taken_out_is_missing(here: Archive) -> None:
    """Others follow it."""
    here.change("DELETE FROM events WHERE writer = 'w-1' AND n = 3")
    assert here.audit().state is AuditState.MISSING


def test_a_store_that_was_cut_off_is_truncated(here: Archive) -> None:
    """Everything after some moment gone, as if it had not happened; the rest is sound in itself."""
    here.change("DELETE FROM events WHERE seq > 3")
    report = here.audit()
    assert report.state is AuditState.TRUNCATED
    assert {chain.state for chain in report.chains} == {ChainState.TRUNCATED}
    assert here.audit(here.folder / "none").state is AuditState.INTACT, "it cannot be told without checkpoints"


def test_a_store_put_back_to_an_old_copy_is_truncated(here: Archive) -> None:
    """A backup in the place of the store is the same store with its end cut off."""
    here.change("DELETE FROM events WHERE writer = 'w-2'")
    assert here.audit().state is AuditState.TRUNCATED


def test_an_event_changed_with_its_chain_made_anew_is_rewritten(here: Archive) -> None:
    """It is sound in itself, it is the store that was founded, and it is not what was noted."""
    forge(here, "UPDATE events SET body = replace(body, 'storm', 'peace') WHERE writer = 'w-1' AND n = 3", 3)
    report = here.audit()
    assert report.state is AuditState.REWRITTEN
    # The change is no earlier than the last head that still holds, and no later than the first that does not.
    assert (report.chains[0].state, report.chains[0].broken_at) == (ChainState.REWRITTEN, 4)
    assert here.audit(here.folder / "none").state is AuditState.UNANCHORED, "it cannot be told without checkpoints"


def test_a_chain_made_anew_from_its_first_event_is_another_store(here: Archive) -> None:
    """Whoever rebuilds all of it has no anchor left: its identity is another one."""
    forge(here, "UPDATE events SET body = replace(body, '08:00', '09:00') WHERE n = 1 AND writer = 'w-1'", 1)
    report = here.audit()
    assert report.state is AuditState.REPLACED
    assert {chain.state for chain in report.chains} == {ChainState.INTACT}, "in itself it is sound"


async def test_another_sound_store_in_its_place_is_replaced(here: Archive, tmp_path: Path) -> None:
    """Though it was written by processes of the same names, did the same at the same times, and has the same length."""
    other = Archive(tmp_path, "other")
    await other.write("w-1")
    await other.write("w-2")
    shutil.copy(other.file, here.file)
    report = here.audit()
    assert report.state is AuditState.REPLACED
    assert {chain.state for chain in report.chains} == {ChainState.INTACT}, "in itself it is sound"


async def test_a_store_without_identity_and_without_any_noted_writer_is_replaced(here: Archive, tmp_path: Path) -> None:
    """One of before stores had an identity, or one that had it taken out."""
    other = Archive(tmp_path, "other")
    await other.write("w-8", noted=False)
    await other.write("w-9", noted=False)
    other.change("DELETE FROM events WHERE writer = 'w-8'")
    shutil.copy(other.file, here.file)
    report = here.audit()
    assert (report.state, report.store) == (AuditState.REPLACED, None)


def test_an_emptied_store_is_truncated(here: Archive) -> None:
    """Nothing of it is left, and nothing else is in its place."""
    here.change("DELETE FROM events")
    assert here.audit().state is AuditState.TRUNCATED


def test_an_edited_founding_is_edited(here: Archive) -> None:
    """The identity is the stored hash; that the event under it was changed shows in the chain."""
    here.change("UPDATE events SET body = replace(body, '\"s\"', '\"t\"') WHERE n = 1 AND writer = 'w-1'")
    assert here.audit().state is AuditState.EDITED


@pytest.mark.parametrize(
    ("left", "state"),
    [("", CheckpointState.SHORT), ("first", CheckpointState.SHORT), ("spoilt", CheckpointState.EDITED)],
)
def test_checkpoints_that_were_tampered_with_show_beside_a_sound_store(
    here: Archive, left: str, state: CheckpointState
) -> None:
    """Cut off, gone or edited: the journal knows how far they went, so neither can be cut without the other."""
    lines = here.checkpoints.read_text().splitlines(keepends=True)
    kept = {"": [], "first": lines[:1], "spoilt": [lines[0].replace("w-1", "w-7"), *lines[1:]]}[left]
    here.checkpoints.write_text("".join(kept))
    report = here.audit()
    assert (report.state, report.checkpoints) == (AuditState.UNANCHORED, state)


def test_a_store_and_its_checkpoints_cut_off_together_cannot_be_told(here: Archive) -> None:
    """That is why the checkpoints belong where nobody can reach both, and why the log names every head as well."""
    here.change("DELETE FROM events WHERE seq > 5")
    lines = here.checkpoints.read_text().splitlines(keepends=True)
    here.checkpoints.write_text(lines[0])
    assert here.audit().state is AuditState.INTACT


async def test_without_any_checkpoint_that_is_said(tmp_path: Path) -> None:
    """A store that was never noted is checked by itself alone."""
    here = Archive(tmp_path)
    await here.write(noted=False)
    assert (here.audit().state, here.audit().checkpoints) == (AuditState.INTACT, CheckpointState.NONE)


@pytest.mark.parametrize("state", [*AuditState])
async def test_an_export_tells_all_that_the_store_tells(here: Archive, tmp_path: Path, state: AuditState) -> None:
    """The same words, from a file of text and the checkpoints alone."""
    match state:
        case AuditState.EDITED:
            here.change("UPDATE events SET at = at + 1 WHERE writer = 'w-1' AND n = 3")
        case AuditState.MISSING:
            here.change("DELETE FROM events WHERE writer = 'w-1' AND n = 3")
        case AuditState.TRUNCATED:
            here.change("DELETE FROM events WHERE seq > 3")
        case AuditState.REWRITTEN:
            forge(here, "UPDATE events SET at = at + 1 WHERE writer = 'w-1' AND n = 3", 3)
        case AuditState.REPLACED:
            forge(here, "UPDATE events SET at = at + 1 WHERE writer = 'w-1' AND n = 1", 1)
        case AuditState.UNANCHORED:
            here.checkpoints.unlink()
        case AuditState.INTACT:
            pass
    lines = list(export_events(here.url, Selection()))
    report = audit_export(lines, here.checkpoints)
    assert report == here.audit()
    assert report.state is state


def test_a_part_of_the_journal_shows_what_was_edited_in_it(here: Archive) -> None:
    """What was left out on purpose is not missing; an edited line is edited."""
    lines = list(export_events(here.url, Selection(stream="site", since=AT)))
    only_site = [line for line in lines if "inhibit_lifted" in line or '"export"' in line]
    part = [lines[0].replace('"whole":true', '"whole":false'), *only_site[1:]]
    assert audit_export(part, here.checkpoints).state is AuditState.INTACT
    spoilt = [part[0], part[1].replace("storm", "peace")]
    assert audit_export(spoilt, here.checkpoints).state is AuditState.EDITED
