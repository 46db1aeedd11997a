"""A store of the first schema, taken to ours: what was held there is watched."""

import sqlite3
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine

from meterhold.domain.decide import decide
from meterhold.domain.scope import EVERYTHING
from meterhold.store import InlineExecutor, open_store, schema, upgrade

HELD = ("suspended", "monitoring", "scheduled", "restoring")


@pytest.fixture
def first_schema(tmp_path: Path) -> Path:
    """A store as the first schema made it, empty."""
    path = tmp_path / "store.sqlite"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = schema._alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    return path


async def test_what_was_held_before_is_watched_after(first_schema: Path) -> None:
    """By an open hold, or left off by a closed one; neither what is over nor what has left the registry."""
    with sqlite3.connect(first_schema) as old:
        for status in (*HELD, "restored"):
            name = f"E-{status}"
            old.execute("INSERT INTO meters VALUES (?, 'SP', 'line', 0, '{}')", (name,))
            old.execute("INSERT INTO holds VALUES (?, ?, 'SP', 0, NULL, '{}')", (f"H-{status}", status))
            old.execute("INSERT INTO hold_meters VALUES (?, ?)", (name, f"H-{status}"))
        old.execute("INSERT INTO meters VALUES ('E-left', 'SP', 'line', 0, '{\"left_off_by\":\"H-closed\"}')")
        old.execute("INSERT INTO meters VALUES ('E-gone', 'SP', 'line', 1, '{\"left_off_by\":\"H-closed\"}')")
    old.close()
    upgrade(f"sqlite:///{first_schema}")
    store = open_store(f"sqlite:///{first_schema}", executor=InlineExecutor(), decide=decide, writer="w", create=False)
    watched = [one.meter_id for one in await store.queries.watched_meters()]
    assert watched == sorted([*(f"E-{status}" for status in HELD), "E-left"])
    await store.close()


async def test_keys_of_before_go_on_working_and_keep_their_names(first_schema: Path) -> None:
    """Revoked ones stay revoked; a name that two keys bear still is the younger one's, and both open what they did."""
    rows = [("k1", "cis", 10, None), ("k2", "cis", 20, None), ("k3", "kim", 30, None), ("k4", "ada", 40, 50)]
    with sqlite3.connect(first_schema) as old:
        for key_id, name, made_at, revoked_at in rows:
            old.execute(
                "INSERT INTO api_keys VALUES (?, ?, '[\"dispatcher\"]', ?, ?, ?)",
                (key_id, name, f"digest-{key_id}", made_at, revoked_at),
            )
    old.close()
    upgrade(f"sqlite:///{first_schema}")
    store = open_store(f"sqlite:///{first_schema}", executor=InlineExecutor(), decide=decide, writer="w", create=False)
    keys = await store.queries.api_keys()
    assert [(key.key_id, key.name, key.digest, key.roles) for key in keys] == [
        (key_id, name, f"digest-{key_id}", ("dispatcher",)) for key_id, name, _, _ in rows
    ]
    assert [key.key_id for key in keys if key.revoked_at is not None] == ["k4"]
    assert {key.scope for key in keys} == {EVERYTHING}
    assert [(await store.queries.originator(name)).live_key for name in ("cis", "kim", "ada")] == ["k2", "k3", None]
    await store.close()
