"""Which schema a store has, and what happens to a store of another one."""

import sqlite3
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from meterhold.domain.decide import decide
from meterhold.domain.errors import StoreUnavailable
from meterhold.store import (
    InlineExecutor,
    SchemaTooNew,
    SchemaTooOld,
    Store,
    StoreInUse,
    StoreMissing,
    open_store,
    upgrade,
)
from meterhold.store import schema as ours
from meterhold.store.tables import METADATA
from tests.fakes.journal import register


def opened(path: Path, *, create: bool = False) -> Store:
    """Open a store in line."""
    return open_store(
        f"sqlite:///{path}", executor=InlineExecutor(), decide=decide, writer=f"w-{create}", create=create
    )


def schema_of(path: Path) -> dict[str, str]:
    """Every table and index as SQLite keeps it, without regard to how it is laid out."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    connection.close()
    return {name: " ".join(sql.split()) for name, sql in rows if not name.startswith(("alembic", "sqlite"))}


def test_all_migrations_give_the_schema_that_the_code_means(tmp_path: Path) -> None:
    """Fresh tables and migrated ones are the same, down to partial indexes."""
    upgrade(f"sqlite:///{tmp_path}/migrated.sqlite")
    fresh = create_engine(f"sqlite:///{tmp_path}/fresh.sqlite")
    METADATA.create_all(fresh)
    fresh.dispose()
    assert schema_of(tmp_path / "migrated.sqlite") == schema_of(tmp_path / "fresh.sqlite")


def test_the_known_revisions_are_those_that_there_are() -> None:
    """One line, oldest first."""
    script = ScriptDirectory(str(ours.MIGRATIONS))
    assert tuple(reversed([found.revision for found in script.walk_revisions()])) == ours.REVISIONS


async def test_upgrading_twice_changes_nothing(tmp_path: Path) -> None:
    """What is stored stays."""
    path = tmp_path / "store.sqlite"
    upgrade(f"sqlite:///{path}")
    store = opened(path)
    await store.journal.submit(register("E-1"))
    await store.close()
    upgrade(f"sqlite:///{path}")
    store = opened(path)
    assert await store.queries.meter_ids() == ["E-1"]
    await store.close()


def test_a_mistyped_path_makes_no_store(tmp_path: Path) -> None:
    """Nothing is left behind."""
    with pytest.raises(StoreMissing, match="meterhold db upgrade"):
        opened(tmp_path / "store.sqlite")
    assert list(tmp_path.iterdir()) == []


async def test_a_store_is_made_only_when_asked_for(tmp_path: Path) -> None:
    """An empty file is no store either."""
    path = tmp_path / "store.sqlite"
    path.touch()
    with pytest.raises(StoreMissing):
        opened(path)
    await opened(path, create=True).close()
    await opened(path).close()


@pytest.mark.parametrize(("found", "error"), [("9999", SchemaTooNew), ("0000", SchemaTooOld)])
async def test_a_store_of_another_schema_is_refused_and_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: str, error: type[StoreUnavailable]
) -> None:
    """Newer: never touched. Older: only `meterhold db upgrade` changes it, even where creating is allowed."""
    monkeypatch.setattr(ours, "REVISIONS", ("0000", *ours.REVISIONS))
    path = tmp_path / "store.sqlite"
    upgrade(f"sqlite:///{path}")
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (found,))
    connection.close()
    with pytest.raises(error):
        opened(path, create=True)
    if error is SchemaTooNew:
        with pytest.raises(SchemaTooNew, match="newer than this version knows"):
            upgrade(f"sqlite:///{path}")


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    """Neither opened nor upgraded."""
    path = tmp_path / "store.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE recipes (name)")
    connection.close()
    with pytest.raises(StoreUnavailable, match="not a meterhold store: it holds recipes"):
        opened(path, create=True)
    with pytest.raises(StoreUnavailable, match="not a meterhold store"):
        upgrade(f"sqlite:///{path}")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """With what SQLite says of it, and without changing it."""
    path = tmp_path / "store.sqlite"
    path.write_text("dear diary " * 100)
    with pytest.raises(StoreUnavailable, match="not a database"):
        opened(path, create=True)
    assert path.read_text() == "dear diary " * 100


@pytest.mark.parametrize("url", ["store.sqlite", "nosuch://x/y", "sqlite:///{}/none/store.sqlite"])
def test_a_url_that_leads_nowhere_is_refused(tmp_path: Path, url: str) -> None:
    """With a sentence, not a trace."""
    with pytest.raises(StoreUnavailable):
        open_store(url.format(tmp_path), executor=InlineExecutor(), decide=decide, writer="w", create=True)


async def test_a_store_in_use_is_not_upgraded(tmp_path: Path) -> None:
    """Two who write one file are one too many."""
    store = opened(tmp_path / "store.sqlite", create=True)
    with pytest.raises(StoreInUse, match="in use by another process, pid"):
        upgrade(f"sqlite:///{tmp_path}/store.sqlite")
    await store.close()


async def test_a_store_may_live_in_memory() -> None:
    """For simulations: nothing on disk, the same behaviour."""
    store = open_store("sqlite://", executor=InlineExecutor(), decide=decide, writer="w", create=True)
    for n in (1, 2):
        await store.journal.submit(register(f"E-{n}"))
        assert len(await store.queries.meter_ids()) == n
    await store.close()
