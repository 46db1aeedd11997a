"""The chain shows what was done to the events behind the gateway's back."""

import sqlite3
from pathlib import Path

import pytest

from meterhold.domain.decide import decide
from meterhold.store import ChainState, InlineExecutor, StoreMissing, open_store, verify_chain
from tests.fakes.journal import intent, outcome, register, suspend


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """A closed store with the events of two processes."""
    path = tmp_path / "store.sqlite"
    for n in (1, 2):
        store = open_store(
            f"sqlite:///{path}", executor=InlineExecutor(), decide=decide, writer=f"writer-{n}", create=True
        )
        await store.journal.submit(register(f"E-{n}"))
        hold = (await store.journal.submit(suspend(f"WO-{n}", f"E-{n}"))).holds[f"H-WO-{n}"]
        hold = (await store.journal.submit(intent(hold, f"E-{n}"))).holds[hold.hold_id]
        await store.journal.submit(outcome(hold, f"E-{n}"))
        await store.close()
    return path


def change(path: Path, sql: str) -> None:
    """Do something behind the gateway's back."""
    connection = sqlite3.connect(path)
    with connection:
        assert connection.execute(sql).rowcount > 0
    connection.close()


def test_untouched_chains_are_intact(file: Path) -> None:
    """Each writer's chain is checked by itself, from its first event to its last."""
    first, second = verify_chain(f"sqlite:///{file}")
    assert (first.writer, first.state, first.broken_at) == ("writer-1", ChainState.INTACT, None)
    assert (second.writer, second.state, second.broken_at) == ("writer-2", ChainState.INTACT, None)
    assert first.sound == second.sound > 5
    assert first.head != second.head


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE events SET body = replace(body, 'vacation', 'non_payment') WHERE writer = 'writer-1' AND n = 3",
        "UPDATE events SET at = at + 1 WHERE writer = 'writer-1' AND n = 3",
        "UPDATE events SET kind = 'hold_moved' WHERE writer = 'writer-1' AND n = 3",
        "UPDATE events SET stream = 'hold:another' WHERE writer = 'writer-1' AND n = 3",
        "UPDATE events SET hash = upper(hash) WHERE writer = 'writer-1' AND n = 3",
    ],
)
def test_an_edit_shows_where_it_was_made(file: Path, sql: str) -> None:
    """Whichever column was changed; the other writer's chain is not touched by it."""
    change(file, sql)
    first, second = verify_chain(f"sqlite:///{file}")
    assert (first.state, first.broken_at, first.sound) == (ChainState.EDITED, 3, 2)
    assert second.state is ChainState.INTACT


def test_a_missing_event_shows_where_it_was(file: Path) -> None:
    """Also the very first one."""
    change(file, "DELETE FROM events WHERE (writer = 'writer-1' AND n = 4) OR (writer = 'writer-2' AND n = 1)")
    first, second = verify_chain(f"sqlite:///{file}")
    assert (first.state, first.broken_at, first.sound) == (ChainState.MISSING, 4, 3)
    assert (second.state, second.broken_at, second.sound) == (ChainState.MISSING, 1, 0)


def test_a_gap_that_was_closed_by_renumbering_shows_too(file: Path) -> None:
    """The numbers are part of the hashed text."""
    change(file, "DELETE FROM events WHERE writer = 'writer-1' AND n = 4")
    change(file, "UPDATE events SET n = -n WHERE writer = 'writer-1' AND n > 4")
    change(file, "UPDATE events SET n = -n - 1 WHERE writer = 'writer-1' AND n < 0")
    first, _ = verify_chain(f"sqlite:///{file}")
    assert (first.state, first.broken_at) == (ChainState.EDITED, 4)


def test_a_cut_off_end_shows_only_against_a_head_kept_elsewhere(file: Path) -> None:
    """The chain is intact as far as it goes; its head is not the one that was noted."""
    noted = verify_chain(f"sqlite:///{file}")[0]
    change(file, "DELETE FROM events WHERE seq = (SELECT max(seq) FROM events WHERE writer = 'writer-1')")
    now = verify_chain(f"sqlite:///{file}")[0]
    assert now.state is ChainState.INTACT
    assert (now.sound, now.head) != (noted.sound, noted.head)


def test_a_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """Who mistypes the path hears of it."""
    with pytest.raises(StoreMissing):
        verify_chain(f"sqlite:///{tmp_path}/store.sqlite")
    assert list(tmp_path.iterdir()) == []
