"""The journal, its projections, and the queries over them. The only importer of SQLAlchemy, Alembic and msgspec."""

from meterhold.store.chain import ChainReport, ChainState, verify_chain
from meterhold.store.checkpoints import read_noted
from meterhold.store.errors import DamagedRow, SchemaTooNew, SchemaTooOld, StoreInUse, StoreMissing
from meterhold.store.executor import Executor, InlineExecutor, ThreadExecutor
from meterhold.store.journal import GroupJournal, OnCommit
from meterhold.store.opening import Store, open_store
from meterhold.store.queries import StoreQueries
from meterhold.store.rebuild import Emit, rebuild
from meterhold.store.schema import upgrade
from meterhold.store.writer import Decide

__all__ = [
    "ChainReport",
    "ChainState",
    "DamagedRow",
    "Decide",
    "Emit",
    "Executor",
    "GroupJournal",
    "InlineExecutor",
    "OnCommit",
    "SchemaTooNew",
    "SchemaTooOld",
    "Store",
    "StoreInUse",
    "StoreMissing",
    "StoreQueries",
    "ThreadExecutor",
    "open_store",
    "read_noted",
    "rebuild",
    "upgrade",
    "verify_chain",
]
