"""Write what a batch changed: dozens of rows a statement, each handed straight to the driver.

Every step of SQLite lets go of Python's interpreter lock and must win it back from the event loop, which can take
milliseconds when that is busy. So it is the number of statements that counts, and SQLAlchemy compiles each only once.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, Table, bindparam, delete, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.sql.expression import ClauseElement

from meterhold.store.projections import Change, Changes, Row
from meterhold.store.tables import (
    ALARMS,
    API_KEYS,
    APPROVAL_MEMBERS,
    APPROVALS,
    EVENTS,
    HOLD_METERS,
    HOLDS,
    METERS,
    OPERATIONS,
    ORDERS,
    ORIGINATORS,
    OUTBOX,
    SITE,
    TALLIES,
    WATCHED,
)

_SIZES = (64, 32, 16, 8, 7, 6, 5, 4, 3, 2, 1)
"""How many rows one statement takes: a lone order's all in one. Not more sizes, since each is compiled and prepared."""

Make = Callable[[int], ClauseElement]
"""Makes a statement for so many rows; parameter ``column_3`` belongs to row 3."""


class _Statement:
    """One statement in the words of one database, for any number of rows."""

    def __init__(self, dialect: Dialect, columns: Sequence[str], make: Make) -> None:
        self._dialect = dialect
        self._columns = columns
        self._values: Callable[[Row], tuple[Any, ...]] = itemgetter(*columns)
        if len(columns) == 1:
            self._values = lambda row: (row[columns[0]],)  # a lone itemgetter gives no tuple
        self._make = make
        self._texts: dict[int, str] = {}

    def run(self, cursor: DBAPICursor, rows: Sequence[Row]) -> None:
        """Run it for all rows, in as few steps as there are."""
        for some in _cut(rows):
            text = self._texts.get(len(some))
            if text is None:
                text = self._texts[len(some)] = str(self._make(len(some)).compile(dialect=self._dialect))
            values = tuple(chain.from_iterable(map(self._values, some)))
            if self._dialect.positional:
                cursor.execute(text, values)
            else:
                names = (f"{column}_{n}" for n in range(len(some)) for column in self._columns)
                cursor.execute(text, dict(zip(names, values, strict=True)))


def _cut(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Cut rows into pieces of the sizes that there are, in order."""
    start = 0
    while (left := len(rows) - start) > 0:
        size = next(size for size in _SIZES if size <= left)
        yield rows[start : start + size]
        start += size


class _Rows:
    """What can be done to the rows of one table."""

    def __init__(self, table: Table, dialect: Dialect) -> None:
        columns = [column.name for column in table.columns if column is not table.autoincrement_column]
        key = [column.name for column in table.primary_key]
        others = [name for name in columns if name not in key]
        # Two of SQLAlchemy's dialects know "on conflict", each in a class of its own but with the same methods.
        upsert = sqlite.insert if dialect.name == "sqlite" else postgresql.insert

        def values(rows: int) -> list[dict[str, Any]]:
            return [{name: bindparam(f"{name}_{n}") for name in columns} for n in range(rows)]

        def make_upsert(rows: int) -> ClauseElement:
            statement = upsert(table).inline().values(values(rows))
            changed: ClauseElement = statement.on_conflict_do_update(
                index_elements=key, set_={name: statement.excluded[name] for name in others}
            )
            return changed

        def make_delete(rows: int) -> ClauseElement:
            return delete(table).where(table.c[key[0]].in_([bindparam(f"{key[0]}_{n}") for n in range(rows)]))

        # A row that should be new and is not must fail, never be overwritten.
        self.insert = _Statement(dialect, columns, lambda rows: insert(table).inline().values(values(rows)))
        # A row that changes was read, and locked, in this transaction: that it conflicts is certain.
        self._change = _Statement(dialect, columns, make_upsert)
        self._delete = _Statement(dialect, key[:1], make_delete)

    def write(self, cursor: DBAPICursor, change: Change) -> None:
        """Remove, change, add: in this order what is unique stays so at every step."""
        self._delete.run(cursor, change.removed)
        self._change.run(cursor, change.changed)
        self.insert.run(cursor, change.added)


# SQL takes what a row was for all that it becomes: the digest moves over before the new one comes.
_ROTATE = (
    update(API_KEYS)
    .where(API_KEYS.c.key_id == bindparam("key"))
    .values(
        old_digest=API_KEYS.c.digest, old_until=bindparam("until"), digest=bindparam("new"), rotated_at=bindparam("at")
    )
)
_REVOKE = update(API_KEYS).where(API_KEYS.c.key_id == bindparam("key")).values(revoked_at=bindparam("at"))


class Pen:
    """Everything that is ever written, in the words of one database."""

    def __init__(self, dialect: Dialect) -> None:
        self._events = _Rows(EVENTS, dialect).insert
        self._orders = _Rows(ORDERS, dialect)
        self._holds = _Rows(HOLDS, dialect)
        self._hold_meters = _Rows(HOLD_METERS, dialect).insert
        self._meters = _Rows(METERS, dialect)
        self._operations = _Rows(OPERATIONS, dialect)
        self._outbox = _Rows(OUTBOX, dialect).insert
        self._approvals = _Rows(APPROVALS, dialect)
        self._approval_members = _Rows(APPROVAL_MEMBERS, dialect)
        self._originators = _Rows(ORIGINATORS, dialect)
        self._tallies = _Rows(TALLIES, dialect)
        self._alarms = _Rows(ALARMS, dialect)
        self._watched = _Rows(WATCHED, dialect)

    def write(self, connection: Connection, cursor: DBAPICursor, changes: Changes) -> None:
        """Write all of it; what is rare by way of SQLAlchemy."""
        self._events.run(cursor, changes.events)
        self._orders.write(cursor, changes.orders)
        self._holds.write(cursor, changes.holds)
        self._hold_meters.run(cursor, changes.hold_meters)
        self._meters.write(cursor, changes.meters)
        self._operations.write(cursor, changes.operations)
        self._outbox.run(cursor, changes.outbox)
        self._approvals.write(cursor, changes.approvals)
        self._approval_members.write(cursor, changes.approval_members)
        self._originators.write(cursor, changes.originators)
        self._tallies.write(cursor, changes.tallies)
        self._alarms.write(cursor, changes.alarms)
        self._watched.write(cursor, changes.watched)
        if changes.api_keys:
            connection.execute(insert(API_KEYS), changes.api_keys)
        for rotated in changes.rotated_keys:
            connection.execute(_ROTATE, rotated)
        for revoked in changes.revoked_keys:
            connection.execute(_REVOKE, revoked)
        if changes.site is not None:
            connection.execute(delete(SITE))
            connection.execute(insert(SITE), changes.site)
