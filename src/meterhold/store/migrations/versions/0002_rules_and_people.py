"""What rules and people need: approvals, senders, counts and alarms."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables. What stands in the first schema is not touched."""
    op.create_table(
        "approvals",
        sa.Column("approval_id", sa.Text, primary_key=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("opened_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("unfinished", sa.SmallInteger, nullable=False),
        sa.Column("doc", sa.Text, nullable=False),
    )
    waiting, unfinished = sa.text("status = 'waiting'"), sa.text("unfinished = 1")
    op.create_index("approvals_waiting", "approvals", ["expires_at"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_index(
        "approvals_unfinished", "approvals", ["unfinished"], sqlite_where=unfinished, postgresql_where=unfinished
    )
    op.create_table(
        "approval_members",
        sa.Column("approval_id", sa.Text, primary_key=True),
        sa.Column("sender", sa.Text, primary_key=True),
        sa.Column("order_id", sa.Text, primary_key=True),
        sa.Column("waits", sa.SmallInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "originators",
        sa.Column("sender", sa.Text, primary_key=True),
        sa.Column("doc", sa.Text, nullable=False),
    )
    op.create_table(
        "tallies",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("doc", sa.Text, nullable=False),
    )
    op.create_table(
        "alarms",
        sa.Column("alarm_id", sa.Text, primary_key=True),
        sa.Column("meter_id", sa.Text),
        sa.Column("raised_at", sa.BigInteger, nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger),
        sa.Column("doc", sa.Text, nullable=False),
    )
    op.create_index("alarms_open", "alarms", ["acknowledged_at", "raised_at"])
    _watch_what_is_held()
    op.add_column("meters", sa.Column("lock_review_at", sa.BigInteger))
    locked = sa.text("lock_review_at IS NOT NULL")
    op.create_index("meters_lock_review", "meters", ["lock_review_at"], sqlite_where=locked, postgresql_where=locked)
    _extend_api_keys()


def _extend_api_keys() -> None:
    """Let keys have limits, an end and a secret before this one. The table is made anew, with what stood in it."""
    bind = op.get_bind()
    kept = [dict(row) for row in bind.execute(sa.text("SELECT * FROM api_keys ORDER BY created_at")).mappings()]
    op.drop_table("api_keys")
    keys = op.create_table(
        "api_keys",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("old_digest", sa.Text),
        sa.Column("old_until", sa.BigInteger),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("rotated_at", sa.BigInteger),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("revoked_at", sa.BigInteger),
    )
    if not kept:
        return
    op.bulk_insert(keys, [{"scope": "{}", "made_by": "", **row} for row in kept])
    # A name is one caller's from now on: where two keys bear it still, the younger one has it.
    bearers = {row["name"]: row["key_id"] for row in kept if row["revoked_at"] is None}
    senders = sa.table("originators", sa.column("sender", sa.Text), sa.column("doc", sa.Text))
    op.bulk_insert(
        senders,
        [{"sender": name, "doc": json.dumps({"sender": name, "live_key": key})} for name, key in bearers.items()],
    )


def _watch_what_is_held() -> None:
    """List the meters that are held already, or that a closed hold has left off."""
    op.create_table(
        "watched",
        sa.Column("meter_id", sa.Text, primary_key=True),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("owed", sa.SmallInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO watched (meter_id, link, owed) SELECT meter_id, link, 0 FROM meters WHERE NOT retired"
        " AND (meter_id IN (SELECT hold_meters.meter_id FROM hold_meters JOIN holds ON"
        " holds.hold_id = hold_meters.hold_id WHERE holds.status IN"
        " ('scheduled', 'awaiting_approval', 'suspending', 'suspended', 'monitoring', 'restoring'))"
        ' OR doc LIKE \'%"left_off_by":"%\')'
    )
