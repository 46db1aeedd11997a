"""Checkpoints: a chain of their own, elsewhere, that is never continued where it does not fit."""

from collections.abc import Callable
from pathlib import Path

import pytest

from meterhold.store import CheckpointsUnusable
from meterhold.store.checkpoints import Noted, read_noted
from tests.unit.store.premises import Archive, note

Spoil = Callable[[list[str]], list[str]]
"""Does something to the lines."""


def lines_of(file: Path) -> list[str]:
    """The file's lines, as they end."""
    return file.read_text().splitlines(keepends=True)


async def test_heads_are_noted_with_whose_they_are(tmp_path: Path) -> None:
    """Each writer's, a line each; those that have not moved are not noted again."""
    here = Archive(tmp_path)
    await here.write("w-1")
    await here.write("w-2")
    noted = read_noted(here.checkpoints)
    assert [(head.writer, head.n) for head in noted.heads] == [("w-1", 4), ("w-1", 5), ("w-2", 2)]
    assert noted.stores == (here.audit().store,)
    assert noted.broken_at is None


async def test_a_gateway_that_has_nothing_to_do_notes_nothing(tmp_path: Path) -> None:
    """What the journal keeps of a checkpoint is itself an event, and is no reason for the next checkpoint."""
    here = Archive(tmp_path)
    await here.write()
    before = here.checkpoints.read_text()
    async with here.opened() as store:
        for _ in range(3):
            assert await note(store, here.checkpoints) is None
    assert here.checkpoints.read_text() == before


async def test_a_store_without_identity_is_not_noted(tmp_path: Path) -> None:
    """Nobody could say later which store the heads belong to."""
    here = Archive(tmp_path)
    await here.write(noted=False)
    here.change("DELETE FROM events WHERE kind = 'store_founded'")
    async with here.opened() as store:
        assert await note(store, here.checkpoints) is None
    assert not here.checkpoints.exists()


async def test_a_last_line_that_a_crash_cut_off_is_left_out_and_written_past(tmp_path: Path) -> None:
    """A torn line says nothing, breaks nothing, and nothing is appended to it."""
    here = Archive(tmp_path)
    await here.write("w-1")
    whole = here.checkpoints.read_text()
    here.checkpoints.write_text(whole + whole[:40])
    assert read_noted(here.checkpoints).torn
    assert read_noted(here.checkpoints).heads == read_noted_text(tmp_path, whole).heads
    await here.write("w-2")
    noted = read_noted(here.checkpoints)
    assert noted.broken_at is None
    assert noted.heads[-1].writer == "w-2"
    assert here.audit().state == "intact"


def read_noted_text(folder: Path, text: str) -> Noted:
    """Read a copy."""
    copy = folder / "copy"
    copy.write_text(text)
    return read_noted(copy)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lines: [*lines[:1], lines[1].replace(" w-1 ", " w-9 "), *lines[2:]],
        lambda lines: [lines[0], *lines[2:]],
        lambda lines: [lines[0], lines[1].rstrip("\n") + " torn\n", *lines[2:]],
        lambda lines: [lines[0], "nonsense\n", *lines[1:]],
    ],
    ids=["edited", "taken out", "passed off as torn", "put in"],
)
async def test_lines_that_do_not_follow_are_found_and_not_continued(tmp_path: Path, spoil: Spoil) -> None:
    """The line at which it shows is named, and the gateway notes nothing more until a person has looked."""
    here = Archive(tmp_path)
    for writer in ("w-1", "w-2", "w-3"):
        await here.write(writer)
    here.checkpoints.write_text("".join(spoil(lines_of(here.checkpoints))))
    assert read_noted(here.checkpoints).broken_at is not None
    with pytest.raises(CheckpointsUnusable, match="does not follow"):
        await here.write("w-4")


async def test_checkpoints_of_another_store_are_not_continued(tmp_path: Path) -> None:
    """They would say of both that they are the other."""
    mine, other = Archive(tmp_path, "mine"), Archive(tmp_path, "other")
    await mine.write()
    await other.write()
    async with mine.opened() as store:
        with pytest.raises(CheckpointsUnusable, match="another store"):
            await note(store, other.checkpoints)


async def test_checkpoints_that_were_cut_off_are_not_continued(tmp_path: Path) -> None:
    """The journal knows how far they went."""
    here = Archive(tmp_path)
    await here.write("w-1")
    await here.write("w-2")
    here.checkpoints.write_text(lines_of(here.checkpoints)[0])
    with pytest.raises(CheckpointsUnusable, match="ends before line 3"):
        await here.write("w-3")


async def test_checkpoints_that_are_gone_are_begun_anew_and_that_is_said(tmp_path: Path) -> None:
    """A lost volume must not end all noting; who hears of it can look why."""
    here = Archive(tmp_path)
    await here.write()
    here.checkpoints.unlink()
    async with here.opened("w-2") as store:
        noting = await note(store, here.checkpoints)
    assert noting is not None
    assert noting.begun_anew
    assert here.audit().state == "intact"


async def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """Noting fails by its own name; the journal itself is untouched."""
    here = Archive(tmp_path)
    async with here.opened() as store:
        with pytest.raises(CheckpointsUnusable, match="cannot be written"):
            await note(store, tmp_path / "no-such-folder" / "noted")
        with pytest.raises(CheckpointsUnusable, match="cannot be read"):
            await note(store, tmp_path)
    assert here.audit().state == "intact"
