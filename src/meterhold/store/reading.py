"""The reading side: one connection on which each statement sees what is then committed."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from meterhold.domain.errors import StoreUnavailable
from meterhold.store.database import Database
from meterhold.store.executor import Executor

T = TypeVar("T")


class Reader:
    """Owns the reading connection; a failure drops it, and the next read makes a new one."""

    def __init__(self, database: Database, executor: Executor) -> None:
        self._database = database
        # A database in memory is one connection, which two threads must not use at once.
        self._run = executor.write if database.in_memory else executor.read
        self._connection: Connection | None = None

    def open(self) -> Connection:
        """Connect now: while a reader is there SQLite keeps its helper files, which a full disk could not make anew."""
        if self._connection is None:
            self._connection = self._database.connect_reading()
        return self._connection

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` on the reading side. Raises ``StoreUnavailable``."""
        return await self._run(lambda: self._work(work))

    async def close(self) -> None:
        """Let go of the connection."""
        await self._run(self.drop)

    def _work(self, work: Callable[[Connection], T]) -> T:
        try:
            return work(self.open())
        except SQLAlchemyError as error:
            self.drop()
            cause = getattr(error, "orig", None) or error
            raise StoreUnavailable(f"the store cannot be read: {cause}") from error

    def drop(self) -> None:
        """Let go of the connection, from wherever it is not in use."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate() if not self._database.in_memory else connection.close()
