"""What is asked every second is answered from an index, in the index's own order, however large the store."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Select, create_engine
from sqlalchemy.dialects import sqlite

from meterhold.store import approval_queries, queries
from meterhold.store.selecting import Selects
from meterhold.store.tables import METADATA

VALUES: dict[str, Any] = {
    "link": "line-1",
    "now": 0,
    "limit": 10,
    "service_point": "SP-1",
    "stream": "hold:H-1",
    "sender": "cis",
    "order_id": "WO-1",
    "names": ["a", "b"],
    "owner": "cis",
    **{f"n{n}": f"name {n}" for n in range(8)},
}
SELECTS = Selects(sqlite.dialect())


@pytest.fixture
def connection() -> Iterator[Connection]:
    """An empty database with the tables."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        METADATA.create_all(connection)
        yield connection
    engine.dispose()


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (queries._DUE_OPERATIONS, "operations_turns (link=?)"),
        (queries._LINKS_WITH_WORK, "COVERING INDEX operations_due (due_at<?)"),
        (queries._DUE_HOLDS, "holds_due (due_at<?)"),
        (queries._DUE_LOCK_REVIEWS, "meters_lock_review (lock_review_at<?)"),
        (approval_queries._UNFINISHED, "approvals_unfinished"),
        (approval_queries._TOO_LATE, "approvals_waiting (expires_at<?)"),
        (queries._METERS_AT, "meters_service_point (service_point=?)"),
        (queries._HOLD_EVENTS, "events_stream (stream=?)"),
        (queries._ORDER, "sqlite_autoindex_orders_1 (sender=? AND order_id=?)"),
        (SELECTS.orders.statement(8), "sqlite_autoindex_orders_1 (sender=? AND order_id=?)"),
        (SELECTS.holds.statement(8), "sqlite_autoindex_holds_1 (hold_id=?)"),
        (SELECTS.meters.statement(8), "sqlite_autoindex_meters_1 (meter_id=?)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_index_answers(connection: Connection, statement: Select[Any], index: str) -> None:
    """No table is scanned."""
    plan = plan_of(connection, statement)
    assert any(index in step for step in plan), plan
    assert not any("SCAN" in step for step in plan), plan


def test_turns_are_not_sorted_but_read_in_order(connection: Connection) -> None:
    """Ten thousand operations that wait on a link cost the ten that are asked for nothing."""
    assert not any("TEMP B-TREE" in step for step in plan_of(connection, queries._DUE_OPERATIONS))


def plan_of(connection: Connection, statement: Select[Any]) -> list[str]:
    """How SQLite goes about it."""
    wanted = statement.compile().params
    values = {name: VALUES[name] for name in wanted if name in VALUES}
    plain = statement.params(values).compile(connection, compile_kwargs={"literal_binds": True})
    return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {plain}")]
