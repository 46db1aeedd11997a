"""The journal and its projections."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the first schema. There is no way down: a journal is not thrown away."""
    _make_truth()
    _make_projections()
    _make_outbox_and_site()


def _make_truth() -> None:
    op.create_table(
        "events",
        sa.Column("seq", _SERIAL, primary_key=True, autoincrement=True),
        sa.Column("writer", sa.Text, nullable=False),
        sa.Column("n", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("events_chain", "events", ["writer", "n"], unique=True)
    op.create_index("events_stream", "events", ["stream", "seq"])


def _make_projections() -> None:
    op.create_table(
        "orders",
        sa.Column("sender", sa.Text, primary_key=True),
        sa.Column("order_id", sa.Text, primary_key=True),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("doc", sa.Text, nullable=False),
    )
    op.create_table(
        "holds",
        sa.Column("hold_id", sa.Text, primary_key=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("service_point", sa.Text, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("doc", sa.Text, nullable=False),
    )
    op.create_index("holds_status", "holds", ["status", "hold_id"])
    _index_where("holds_due", "holds", "due_at", "due_at IS NOT NULL")
    op.create_table(
        "hold_meters",
        sa.Column("meter_id", sa.Text, primary_key=True),
        sa.Column("hold_id", sa.Text, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "meters",
        sa.Column("meter_id", sa.Text, primary_key=True),
        sa.Column("service_point", sa.Text, nullable=False),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("retired", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("doc", sa.Text, nullable=False),
    )
    op.create_index("meters_service_point", "meters", ["service_point"])
    op.create_table(
        "operations",
        sa.Column("operation_id", sa.Text, primary_key=True),
        sa.Column("hold_id", sa.Text, nullable=False),
        sa.Column("meter_id", sa.Text, nullable=False),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("urgency", sa.SmallInteger, nullable=False),
        sa.Column("priority", sa.SmallInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("unresolved", sa.SmallInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    _index_where("one_unresolved_write_a_meter", "operations", "meter_id", "unresolved = 1", unique=True)
    op.create_index("operations_turns", "operations", ["link", "urgency", sa.text("priority DESC"), "created_at"])
    op.create_index("operations_due", "operations", ["due_at", "link"])


def _make_outbox_and_site() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _SERIAL, primary_key=True, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("sent_at", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    _index_where("outbox_unsent", "outbox", "id", "sent_at IS NULL")
    op.create_table(
        "site",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("doc", sa.Text, nullable=False),
    )
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
    )


def _index_where(name: str, table: str, column: str, where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, [column], unique=unique, sqlite_where=condition, postgresql_where=condition)
