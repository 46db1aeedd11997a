"""Stores with a little history, noted and unnoted, for whoever tampers with them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, text

from meterhold.domain.commands import FoundStore, KeepCheckpoint, SetInhibit
from meterhold.domain.decide import decide
from meterhold.store import AuditReport, Executor, InlineExecutor, Noting, Store, audit_store, open_store

AT = datetime(2026, 11, 24, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Archive:
    """A store's file and, elsewhere, its checkpoints."""

    folder: Path
    name: str = "s"

    @property
    def url(self) -> str:
        """Where the store is."""
        return f"sqlite:///{self.folder}/{self.name}.sqlite"

    @property
    def file(self) -> Path:
        """The store's file."""
        return self.folder / f"{self.name}.sqlite"

    @property
    def checkpoints(self) -> Path:
        """Where the heads are noted."""
        return self.folder / f"{self.name}.noted"

    @asynccontextmanager
    async def opened(self, writer: str = "w-1", executor: Executor | None = None) -> AsyncIterator[Store]:
        """Open it as a gateway does: founded, under a name of its own."""
        store = open_store(self.url, executor=executor or InlineExecutor(), decide=decide, writer=writer, create=True)
        try:
            await store.journal.submit(FoundStore(AT, self.name))
            yield store
        finally:
            await store.close()

    async def write(self, writer: str = "w-1", *, times: int = 3, by: str = "test", noted: bool = True) -> None:
        """Throw the kill switch on and off, and note where the chains then end."""
        async with self.opened(writer) as store:
            for n in range(times):
                await store.journal.submit(SetInhibit(AT, on=n % 2 == 0, by=by, reason="storm"))
            if noted:
                await note(store, self.checkpoints)

    def change(self, statement: str) -> None:
        """Do something behind the gateway's back."""
        engine = create_engine(self.url)
        with engine.begin() as connection:
            assert connection.execute(text(statement)).rowcount > 0
        engine.dispose()

    def audit(self, checkpoints: Path | None = None) -> AuditReport:
        """Hold the store against its checkpoints."""
        return audit_store(self.url, checkpoints or self.checkpoints)


async def note(store: Store, file: Path) -> Noting | None:
    """Note the heads, and let the journal keep how far that went."""
    noting = await store.note_heads(file, AT)
    if noting is not None:
        await store.journal.submit(KeepCheckpoint(AT, noting.anchor.lines, noting.anchor.link))
    return noting
