"""Which schema a store has, and how it gets to ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from meterhold.domain.errors import StoreUnavailable
from meterhold.store.database import Database, failures_named
from meterhold.store.errors import SchemaTooNew, SchemaTooOld, StoreMissing
from meterhold.store.lockfile import LockFile

if TYPE_CHECKING:
    from alembic.config import Config

REVISIONS = ("0001", "0002")
"""Every schema there was, oldest first; the last is ours."""

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(url: str) -> None:
    """Bring the store at ``url`` to our schema; make it if there is none. Refused while another process writes it."""
    database = Database(url)
    lock = None if database.file is None else LockFile(database.file)
    try:
        upgrade_database(database)
    finally:
        database.dispose()
        if lock is not None:
            lock.release()


def upgrade_database(database: Database) -> None:
    """Run the migrations that are missing, all or none of them."""
    from alembic import command  # noqa: PLC0415 (costs a third of a second, and is seldom needed)

    with failures_named(), database.connect() as connection, connection.begin():
        found = revision_of(connection)
        if found is not None and found not in REVISIONS:
            raise _too_new(found)
        config = _alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def reading(url: str) -> Iterator[Connection]:
    """Connect to look at a store that somebody may be writing meanwhile; it must be there and of our schema."""
    database = Database(url)
    if database.file is not None and not database.file.exists():
        raise StoreMissing(f"there is no store at {database.url}")
    with failures_named(), database.connect_reading() as connection:
        require_current(connection)
        yield connection
    database.dispose()


def require_current(connection: Connection) -> None:
    """Refuse a store whose schema is not ours."""
    found = revision_of(connection)
    if found is None:
        raise StoreMissing("there is no store here yet: run `meterhold db upgrade`")
    if found not in REVISIONS:
        raise _too_new(found)
    if found != REVISIONS[-1]:
        raise SchemaTooOld(
            f"the store has schema {found}, this version needs {REVISIONS[-1]}: run `meterhold db upgrade`"
        )


def revision_of(connection: Connection) -> str | None:
    """Read which schema the store has; ``None``: it holds nothing of ours."""
    tables = set(inspect(connection).get_table_names())
    if "alembic_version" in tables:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return None if found is None else str(found)
    if tables:
        raise StoreUnavailable(f"this database is not a meterhold store: it holds {', '.join(sorted(tables))}")
    return None


def _too_new(found: str) -> SchemaTooNew:
    return SchemaTooNew(f"the store has schema {found}, which is newer than this version knows ({REVISIONS[-1]})")


def _alembic_config() -> "Config":
    from alembic.config import Config  # noqa: PLC0415 (see above)

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
