"""The tables: events are the truth, all others are projections written in the same transaction.

A row keeps its domain value as one JSON document, and beside it only the columns that queries look for.
Moments are whole microseconds since 1970, UTC.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, SmallInteger, Table, Text, text

METADATA = MetaData()

# SQLite numbers rows by itself only in a column that is called INTEGER.
_SERIAL = BigInteger().with_variant(Integer(), "sqlite")

EVENTS = Table(
    "events",
    METADATA,
    Column("seq", _SERIAL, primary_key=True, autoincrement=True),
    Column("writer", Text, nullable=False),
    Column("n", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    Index("events_chain", "writer", "n", unique=True),
    Index("events_stream", "stream", "seq"),
    sqlite_autoincrement=True,
)

ORDERS = Table(
    "orders",
    METADATA,
    Column("sender", Text, primary_key=True),
    Column("order_id", Text, primary_key=True),
    Column("content_hash", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("result", Text, nullable=False),
    Column("doc", Text, nullable=False),
)

HOLDS = Table(
    "holds",
    METADATA,
    Column("hold_id", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("service_point", Text, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("doc", Text, nullable=False),
    Index("holds_status", "status", "hold_id"),
    Index("holds_due", "due_at", sqlite_where=text("due_at IS NOT NULL"), postgresql_where=text("due_at IS NOT NULL")),
)

HOLD_METERS = Table(
    "hold_meters",
    METADATA,
    Column("meter_id", Text, primary_key=True),
    Column("hold_id", Text, primary_key=True),
    sqlite_with_rowid=False,
)
"""Which holds a meter was ever part of."""

METERS = Table(
    "meters",
    METADATA,
    Column("meter_id", Text, primary_key=True),
    Column("service_point", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("retired", Boolean(create_constraint=False), nullable=False),
    Column("doc", Text, nullable=False),
    Column("lock_review_at", BigInteger),
    Index("meters_service_point", "service_point"),
    Index(
        "meters_lock_review",
        "lock_review_at",
        sqlite_where=text("lock_review_at IS NOT NULL"),
        postgresql_where=text("lock_review_at IS NOT NULL"),
    ),
)

OPERATIONS = Table(
    "operations",
    METADATA,
    Column("operation_id", Text, primary_key=True),
    Column("hold_id", Text, nullable=False),
    Column("meter_id", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("urgency", SmallInteger, nullable=False),
    Column("priority", SmallInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("unresolved", SmallInteger, nullable=False),
    Index(
        "one_unresolved_write_a_meter",
        "meter_id",
        unique=True,
        sqlite_where=text("unresolved = 1"),
        postgresql_where=text("unresolved = 1"),
    ),
    Index("operations_turns", "link", "urgency", text("priority DESC"), "created_at"),
    Index("operations_due", "due_at", "link"),
    sqlite_with_rowid=False,
)
"""The operations that have not ended. ``urgency``: 0 a look that resolves doubt, 1 a restore, 2 a suspension, 3 a look
that only watches."""

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", _SERIAL, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("sent_at", BigInteger),
    Index("outbox_unsent", "id", sqlite_where=text("sent_at IS NULL"), postgresql_where=text("sent_at IS NULL")),
    sqlite_autoincrement=True,
)
"""What somebody outside is to be told, written with what it tells of."""

SITE = Table(
    "site",
    METADATA,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("doc", Text, nullable=False),
)
"""At most one row, with id 1."""

_WAITING = text("status = 'waiting'")
_UNFINISHED = text("unfinished = 1")

APPROVALS = Table(
    "approvals",
    METADATA,
    Column("approval_id", Text, primary_key=True),
    Column("status", Text, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("unfinished", SmallInteger, nullable=False),
    Column("doc", Text, nullable=False),
    Index("approvals_waiting", "expires_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
    Index("approvals_unfinished", "unfinished", sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED),
)

APPROVAL_MEMBERS = Table(
    "approval_members",
    METADATA,
    Column("approval_id", Text, primary_key=True),
    Column("sender", Text, primary_key=True),
    Column("order_id", Text, primary_key=True),
    Column("waits", SmallInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""The orders that wait, or waited, for an approval; ``waits`` is 0 once it was done with them as was decided."""

ORIGINATORS = Table(
    "originators",
    METADATA,
    Column("sender", Text, primary_key=True),
    Column("doc", Text, nullable=False),
)

TALLIES = Table(
    "tallies",
    METADATA,
    Column("scope", Text, primary_key=True),
    Column("doc", Text, nullable=False),
)
"""What was asked for and sent, by sender, area and fleet: a restart does not reset the count."""

ALARMS = Table(
    "alarms",
    METADATA,
    Column("alarm_id", Text, primary_key=True),
    Column("meter_id", Text),
    Column("raised_at", BigInteger, nullable=False),
    Column("acknowledged_at", BigInteger),
    Column("doc", Text, nullable=False),
    Index("alarms_open", "acknowledged_at", "raised_at"),
)

WATCHED = Table(
    "watched",
    METADATA,
    Column("meter_id", Text, primary_key=True),
    Column("link", Text, nullable=False),
    Column("owed", SmallInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""The meters that may have to be watched; ``owed`` is 1 where a look is to be taken at once."""

API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("key_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("old_digest", Text),
    Column("old_until", BigInteger),
    Column("made_by", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("rotated_at", BigInteger),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
)
