"""Write what a batch changed: one statement for each table and kind of change, whatever the number of rows."""

from sqlalchemy import Connection, Table, bindparam, delete, insert, update
from sqlalchemy.sql.dml import Delete, Update

from meterhold.store.projections import Change, Changes, Row
from meterhold.store.tables import API_KEYS, EVENTS, HOLD_METERS, HOLDS, METERS, OPERATIONS, ORDERS, OUTBOX, SITE


class _Statements:
    """The statements of one table that has a change of its own."""

    def __init__(self, table: Table) -> None:
        self._key = tuple(column.name for column in table.primary_key)
        here = [column == bindparam(f"{column.name}_") for column in table.primary_key]
        # A row that should be new and is not must fail, never be overwritten: hence no upsert.
        self._insert = insert(table)
        self._update: Update = update(table).where(*here)
        self._delete: Delete = delete(table).where(*here)

    def write(self, connection: Connection, change: Change) -> None:
        """Remove, change, add: in this order what is unique stays so at every step."""
        if change.removed:
            connection.execute(self._delete, [self._keyed(row) for row in change.removed])
        if change.changed:
            connection.execute(self._update, [self._keyed(row) for row in change.changed])
        if change.added:
            connection.execute(self._insert, change.added)

    def _keyed(self, row: Row) -> Row:
        for name in self._key:
            row[f"{name}_"] = row.pop(name)
        return row


_ORDERS, _HOLDS, _METERS = _Statements(ORDERS), _Statements(HOLDS), _Statements(METERS)
_OPERATIONS, _API_KEYS = _Statements(OPERATIONS), _Statements(API_KEYS)
_INSERT_EVENTS, _INSERT_HOLD_METERS, _INSERT_OUTBOX = insert(EVENTS), insert(HOLD_METERS), insert(OUTBOX)
_DELETE_SITE, _INSERT_SITE = delete(SITE), insert(SITE)


def write(connection: Connection, changes: Changes) -> None:
    """Write all of it."""
    if changes.events:
        connection.execute(_INSERT_EVENTS, changes.events)
    _ORDERS.write(connection, changes.orders)
    _HOLDS.write(connection, changes.holds)
    if changes.hold_meters:
        connection.execute(_INSERT_HOLD_METERS, changes.hold_meters)
    _METERS.write(connection, changes.meters)
    _OPERATIONS.write(connection, changes.operations)
    if changes.outbox:
        connection.execute(_INSERT_OUTBOX, changes.outbox)
    _API_KEYS.write(connection, changes.api_keys)
    if changes.site is not None:
        connection.execute(_DELETE_SITE)
        connection.execute(_INSERT_SITE, changes.site)
