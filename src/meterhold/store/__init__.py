"""The journal, its projections, and the queries over them. The only importer of SQLAlchemy, Alembic and msgspec."""

from meterhold.store.auditing import AuditReport, AuditState, CheckpointState, audit_store
from meterhold.store.checking import ChainReport, ChainState, verify_chain
from meterhold.store.checkpoints import Anchor, CheckpointsUnusable
from meterhold.store.errors import DamagedRow, SchemaTooNew, SchemaTooOld, StoreInUse, StoreMissing
from meterhold.store.executor import Executor, InlineExecutor, ThreadExecutor
from meterhold.store.exporting import Selection, audit_export, export_events
from meterhold.store.journal import GroupJournal, OnCommit
from meterhold.store.opening import Noting, Store, open_store
from meterhold.store.queries import StoreQueries
from meterhold.store.rebuild import Emit, rebuild
from meterhold.store.schema import upgrade
from meterhold.store.space import space_at
from meterhold.store.writer import Decide

__all__ = [
    "Anchor",
    "AuditReport",
    "AuditState",
    "ChainReport",
    "ChainState",
    "CheckpointState",
    "CheckpointsUnusable",
    "DamagedRow",
    "Decide",
    "Emit",
    "Executor",
    "GroupJournal",
    "InlineExecutor",
    "Noting",
    "OnCommit",
    "SchemaTooNew",
    "SchemaTooOld",
    "Selection",
    "Store",
    "StoreInUse",
    "StoreMissing",
    "StoreQueries",
    "ThreadExecutor",
    "audit_export",
    "audit_store",
    "export_events",
    "open_store",
    "rebuild",
    "space_at",
    "upgrade",
    "verify_chain",
]
