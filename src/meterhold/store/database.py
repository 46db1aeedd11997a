"""One database behind a URL: how connections to it are made, and what its failures mean."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Dialect, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, StaticPool

from meterhold.domain.errors import StoreUnavailable

BUSY_TIMEOUT_S = 5.0
"""How long a writer waits for a lock that some other program holds on the file."""

_PREPARED = 512
"""How many statements the driver keeps prepared: more than the store has, in all their sizes."""

_READING = "meterhold_reading"
"""Marks a connection that only reads."""

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "temp_store=MEMORY",
    "cache_size=-32768",  # KiB
    # Pages of 4 KiB: the same few pages change in commit after commit, so a later checkpoint writes each once.
    "wal_autocheckpoint=8000",
)


class Database:
    """Where the store is. Makes connections; holds none itself."""

    def __init__(self, url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self.url = _parse(url)
        self._busy_timeout_s = busy_timeout_s
        self._engine = self._make_engine()

    @property
    def is_sqlite(self) -> bool:
        """Embedded: one file, one writing process."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def file(self) -> Path | None:
        """The SQLite file; ``None`` for a server, or for a database that lives in memory only."""
        name = self.url.database
        return Path(name) if self.is_sqlite and name not in {None, "", ":memory:"} else None

    @property
    def in_memory(self) -> bool:
        """A SQLite database without a file: all connections are one."""
        return self.is_sqlite and self.file is None

    @property
    def dialect(self) -> Dialect:
        """The database's own words."""
        return self._engine.dialect

    def connect(self) -> Connection:
        """Open a connection on which each transaction may write."""
        return self._engine.connect()

    def connect_reading(self) -> Connection:
        """Open a connection on which each statement sees what is then committed, and takes no lock."""
        connection = self._engine.connect()
        if self.is_sqlite:
            return connection.execution_options(**{_READING: True})
        return connection.execution_options(isolation_level="AUTOCOMMIT")

    def dispose(self) -> None:
        """Forget all connections."""
        self._engine.dispose()

    def _make_engine(self) -> Engine:
        if not self.is_sqlite:
            try:
                return create_engine(self.url, poolclass=NullPool)
            except ImportError as error:
                kind = self.url.get_backend_name()
                raise StoreUnavailable(f"the driver of {kind} is not installed here: {error}") from error
        engine = create_engine(
            self.url,
            poolclass=StaticPool if self.in_memory else NullPool,
            # Transactions begin where we say so, and the store's threads hand a connection over at start and end.
            connect_args={
                "isolation_level": None,
                "check_same_thread": False,
                "timeout": self._busy_timeout_s,
                "cached_statements": _PREPARED,
            },
        )
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin_immediate)
        return engine


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreUnavailable(f"the store's URL is not one: {error}") from error
    return parsed


def _set_pragmas(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    # What a batch reads must still be true when it writes: take the write lock first. Who only reads begins nothing.
    if not connection.get_execution_options().get(_READING, False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def driver_cursor(connection: Connection) -> Iterator[DBAPICursor]:
    """Open the driver's own cursor in a connection's transaction; what goes wrong on it comes as SQLAlchemy's errors.

    SQLAlchemy's bookkeeping costs three times what SQLite does for a statement, and the hot ones need none of it.
    """
    driver_error = connection.dialect.loaded_dbapi.Error
    cursor = connection.connection.cursor()
    try:
        yield cursor
    except driver_error as error:
        raise DBAPIError.instance(None, None, error, driver_error, dialect=connection.dialect) from error
    finally:
        cursor.close()


@contextmanager
def failures_named() -> Iterator[None]:
    """Turn what the database says into ``StoreUnavailable``."""
    try:
        yield
    except DBAPIError as error:
        raise StoreUnavailable(f"the store says: {error.orig}") from error
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"the store says: {error}") from error
