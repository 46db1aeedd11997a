"""How Alembic reaches the store: through the connection, and the transaction, that ``schema.py`` hands it."""

from alembic import context

from meterhold.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # The caller's transaction holds all migrations of one upgrade.
    transactional_ddl=False,
)
context.run_migrations()
