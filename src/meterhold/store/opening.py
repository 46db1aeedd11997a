"""Open a store: check that it is ours and of our schema, take its lock, and hand out the two ports over it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from meterhold.store.auditing import JournalState, read_state
from meterhold.store.chain import Head
from meterhold.store.checkpoints import Anchor, note_heads, read_own
from meterhold.store.database import BUSY_TIMEOUT_S, Database, failures_named
from meterhold.store.errors import StoreMissing
from meterhold.store.executor import Executor
from meterhold.store.journal import BATCH_LIMIT, GroupJournal, OnCommit, ignore
from meterhold.store.kept import Kept
from meterhold.store.lockfile import LockFile
from meterhold.store.queries import StoreQueries
from meterhold.store.reading import Reader
from meterhold.store.schema import require_current, upgrade_database
from meterhold.store.writer import Decide, Writer
from meterhold.usecases.ports import Journal, Queries


@dataclass(frozen=True, slots=True)
class Noting:
    """What came of noting the heads."""

    anchor: Anchor
    heads: tuple[Head, ...]
    begun_anew: bool
    """The file was there once, as the journal says, and is gone."""


def _note(file: Path, state: JournalState, at: datetime) -> Noting | None:
    """Note the heads in a file, if anything has happened since that was last done."""
    if state.store is None:
        return None
    noted = read_own(file, state.store, state.anchor)
    if state.anchored and noted.anchor == state.anchor:
        return None
    begun_anew = state.anchor is not None and not noted.links
    anchor = note_heads(file, noted, state.store, state.heads, at)
    return Noting(anchor, state.heads, begun_anew=begun_anew)


@dataclass(frozen=True, slots=True)
class Store:
    """An open store: the journal that writes and the queries that read."""

    journal: Journal
    queries: Queries
    _journal: GroupJournal
    _database: Database
    _executor: Executor
    _reader: Reader
    _lock: LockFile | None

    async def note_heads(self, file: Path, at: datetime) -> Noting | None:
        """Note where the chains end, in a file elsewhere. ``None``: nothing has happened since that was last done.

        Raises ``CheckpointsUnusable``. The journal is to keep how far the file then went.
        """
        state = await self._reader.read(read_state)
        # Another volume may keep whoever writes to it waiting for ever.
        return await self._executor.aside(lambda: _note(file, state, at))

    async def close(self) -> None:
        """Commit what waits, then let another process have the store. Closing once more does nothing."""
        if self._journal.closed:
            return
        await self._journal.close()
        await self._reader.close()
        await self._executor.close()
        self._database.dispose()
        if self._lock is not None:
            self._lock.release()


def open_store(
    url: str,
    *,
    executor: Executor,
    decide: Decide,
    writer: str,
    on_commit: OnCommit = ignore,
    create: bool = False,
    busy_timeout_s: float = BUSY_TIMEOUT_S,
    batch_limit: int = BATCH_LIMIT,
) -> Store:
    """Open the store at ``url``. ``writer`` names this process's chain of events; no other process may use it.

    ``create`` makes a store where there is none; one that exists is never changed here. Raises ``StoreUnavailable``,
    or what says more: ``StoreInUse``, ``StoreMissing``, ``SchemaTooOld``, ``SchemaTooNew``.
    """
    database = Database(url, busy_timeout_s=busy_timeout_s)
    file = database.file
    is_new = database.in_memory or (file is not None and (not file.exists() or file.stat().st_size == 0))
    if is_new and not create:
        raise StoreMissing(f"there is no store at {database.url}: run `meterhold db upgrade`")
    lock = None if file is None else LockFile(file)
    reader = Reader(database, executor)
    try:
        if is_new:
            upgrade_database(database)
        with failures_named():
            require_current(reader.open())
    except BaseException:
        reader.drop()
        database.dispose()
        if lock is not None:
            lock.release()
        raise
    kept = Kept() if database.is_sqlite else Kept(most=0)
    scribe = Writer(database, decide, writer, kept)
    journal = GroupJournal(scribe, executor, on_commit=on_commit, batch_limit=batch_limit)
    return Store(journal, StoreQueries(reader, kept), journal, database, executor, reader, lock)
