"""The one who writes: runs a batch of commands as one transaction, on whatever thread it is called."""

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError, SQLAlchemyError

from meterhold.domain.commands import Command, RevokeKey, RotateKey
from meterhold.domain.draft import Draft, World
from meterhold.domain.errors import Refused, StoreUnavailable, UnknownThing
from meterhold.domain.words import Because
from meterhold.store.chain import Head, read_head
from meterhold.store.database import Database, driver_cursor
from meterhold.store.kept import Kept
from meterhold.store.loading import load
from meterhold.store.projections import Before, changes_of
from meterhold.store.selecting import Selects
from meterhold.store.tables import API_KEYS
from meterhold.store.writing import Pen

Decide = Callable[[World, Command], Draft]
"""The domain's decision: rows and a command in, a draft out, or ``Refused``."""

Answer = Draft | Exception
"""What one command gets: the draft that was committed, or why there is none."""


class Writer:
    """Owns the writing connection and this process's chain."""

    def __init__(self, database: Database, decide: Decide, name: str, kept: Kept) -> None:
        self._database = database
        self._kept = kept
        self._decide = decide
        self._name = name
        self._selects = Selects(database.dialect)
        self._pen = Pen(database.dialect)
        self._connection: Connection | None = None
        self._head: Head | None = None

    def run(self, commands: Sequence[Command]) -> list[Answer]:
        """Decide and commit all commands at once; where that fails, each alone, so that only the guilty one fails."""
        try:
            return self._transact(commands)
        except Exception as error:  # noqa: BLE001 (a supervisor: one command's defect must not fail the others)
            self._kept.forget()
            if _is_loss(error):
                # Whether the commit took place may be unknown: start again from what the store then says.
                self.close()
                return [_as_answer(error) for _ in commands]
            if len(commands) == 1:
                return [_as_answer(error)]
        return [self.run([command])[0] for command in commands]

    def close(self) -> None:
        """Let go of the connection. The next ``run`` makes a new one."""
        connection, self._connection, self._head = self._connection, None, None
        self._kept.forget()
        if connection is not None:
            try:
                connection.close()
            except SQLAlchemyError:
                connection.invalidate()

    def _transact(self, commands: Sequence[Command]) -> list[Answer]:
        if self._connection is None:
            self._connection = self._database.connect()
        connection = self._connection
        with connection.begin() as transaction, driver_cursor(connection) as cursor:
            head = self._head or read_head(connection, self._name)
            world = load(cursor, self._selects, self._kept, [command.needs for command in commands])
            before = Before.of(world)
            answers = [self._answer(connection, world, command) for command in commands]
            drafts = [answer for answer in answers if isinstance(answer, Draft)]
            changes = changes_of(before, drafts, head)
            if changes.events:
                self._pen.write(connection, cursor, changes)
            else:
                transaction.rollback()
        self._head = changes.head
        self._kept.take_over(world)
        return answers

    def _answer(self, connection: Connection, world: World, command: Command) -> Answer:
        try:
            if isinstance(command, RevokeKey | RotateKey):
                _require_key(connection, command.key_id)
            draft = self._decide(world, command)
        except Refused as refusal:
            return refusal
        world.take_over(draft)
        return draft


def _require_key(connection: Connection, key_id: str) -> None:
    """Keys are not part of the world that decisions see."""
    if connection.execute(select(API_KEYS.c.key_id).where(API_KEYS.c.key_id == key_id)).first() is None:
        raise UnknownThing(Because.NOT_FOUND, f"there is no API key {key_id!r}")


def _is_loss(error: Exception) -> bool:
    """Whether the database as a whole is out of reach, rather than one statement wrong."""
    return isinstance(error, DBAPIError) and not isinstance(error, IntegrityError | DataError | ProgrammingError)


def _as_answer(error: Exception) -> Exception:
    match error:
        case IntegrityError():
            # The store's own guard, e.g. one unresolved write a meter: decide() should have refused.
            return Refused(Because.CONFLICTING_ORDER, f"the store forbids it: {error.orig}")
        case DBAPIError():
            return StoreUnavailable(f"the store cannot be written: {error.orig}")
        case SQLAlchemyError():
            return StoreUnavailable(f"the store cannot be written: {error}")
        case _:
            return error
