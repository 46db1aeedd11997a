"""Reads of what waits for a second person, and of what was counted."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, Integer, Select, and_, bindparam, case, or_, select, text

from meterhold.domain.approval import Approval
from meterhold.domain.limits import Tally
from meterhold.domain.order import OrderKey, OrderRecord
from meterhold.domain.originator import Originator
from meterhold.store import codec
from meterhold.store.codec import micros
from meterhold.store.kept import Kept
from meterhold.store.reading import Reader
from meterhold.store.tables import APPROVAL_MEMBERS, APPROVALS, ORDERS, ORIGINATORS, TALLIES

T = TypeVar("T")

_LIMIT = bindparam("limit", type_=Integer)
# Spelt out, not bound: only so does the planner see that the partial indexes answer.
_UNFINISHED = select(APPROVALS.c.approval_id).where(text("unfinished = 1")).limit(_LIMIT)
_TOO_LATE = (
    select(APPROVALS.c.approval_id)
    .where(text("status = 'waiting'"), APPROVALS.c.expires_at <= bindparam("now"))
    .limit(_LIMIT)
)
_APPROVAL = select(APPROVALS.c.doc).where(APPROVALS.c.approval_id == bindparam("approval_id"))
_ORIGINATOR = select(ORIGINATORS.c.doc).where(ORIGINATORS.c.sender == bindparam("sender"))
_ORIGINATORS = select(ORIGINATORS.c.doc).order_by(ORIGINATORS.c.sender)
_TALLIES = select(TALLIES.c.doc).order_by(TALLIES.c.scope)
_rank = case((APPROVALS.c.status == "waiting", 0), else_=1)
_MEMBERS = (
    select(ORDERS.c.doc)
    .join(
        APPROVAL_MEMBERS,
        and_(APPROVAL_MEMBERS.c.sender == ORDERS.c.sender, APPROVAL_MEMBERS.c.order_id == ORDERS.c.order_id),
    )
    .where(APPROVAL_MEMBERS.c.approval_id == bindparam("approval_id"))
    .order_by(APPROVAL_MEMBERS.c.sender, APPROVAL_MEMBERS.c.order_id)
    .limit(_LIMIT)
)


class ApprovalQueries:
    """Single rows come from those that are kept, where they are; all else is read on the executor's reading side."""

    def __init__(self, reader: Reader, kept: Kept) -> None:
        self._reader = reader
        self._kept = kept

    async def due_approvals(self, now: datetime, limit: int) -> Sequence[str]:
        """Approvals whose orders have still to hear of the decision, and those that nobody decided in time."""
        values = {"now": micros(now), "limit": limit}

        def read(connection: Connection) -> list[str]:
            unfinished = connection.scalars(_UNFINISHED, values).all()
            return [*unfinished, *connection.scalars(_TOO_LATE, values)]

        return await self._read(read)

    async def approval(self, approval_id: str) -> Approval | None:
        """One approval."""
        if (kept := self._kept.approvals.get(approval_id)) is not None:
            return kept
        doc = await self._read(lambda connection: connection.scalar(_APPROVAL, {"approval_id": approval_id}))
        return None if doc is None else codec.decode(codec.APPROVAL, doc, f"approval {approval_id}")

    async def list_approvals(self, *, after: str | None, limit: int) -> Sequence[Approval]:
        """A page of approvals: those that wait first, then the newest; after a cursor (an approval_id)."""
        statement = select(APPROVALS.c.doc).limit(limit)
        statement = statement.order_by(_rank, APPROVALS.c.opened_at.desc(), APPROVALS.c.approval_id)
        if after is not None:
            cursor = await self.approval(after)
            if cursor is None:
                return []
            statement = statement.where(_behind(cursor))
        docs = await self._read(lambda connection: connection.scalars(statement).all())
        return [codec.decode(codec.APPROVAL, doc, "an approval") for doc in docs]

    async def approval_orders(
        self, approval_id: str, *, waiting: bool, after: OrderKey | None, limit: int
    ) -> Sequence[OrderRecord]:
        """A page of a set's orders by sender and order; ``waiting``: only those that have to hear of the decision."""
        statement = _after(_MEMBERS, after)
        if waiting:
            statement = statement.where(APPROVAL_MEMBERS.c.waits == 1)
        values = {"approval_id": approval_id, "limit": limit}
        docs = await self._read(lambda connection: connection.scalars(statement, values).all())
        return [codec.decode(codec.ORDER, doc, "an order") for doc in docs]

    async def originator(self, sender: str) -> Originator:
        """What is known of a sender; of one that is new, nothing."""
        if (kept := self._kept.originators.get(sender)) is not None:
            return kept
        doc = await self._read(lambda connection: connection.scalar(_ORIGINATOR, {"sender": sender}))
        return Originator(sender) if doc is None else codec.decode(codec.ORIGINATOR, doc, f"sender {sender}")

    async def signers(self) -> Sequence[Originator]:
        """The senders that have registered a signing key, by name."""
        docs = await self._read(lambda connection: connection.scalars(_ORIGINATORS).all())
        return [one for one in (codec.decode(codec.ORIGINATOR, doc, "a sender") for doc in docs) if one.signs]

    async def tallies(self) -> Sequence[Tally]:
        """Everything that was counted, by scope."""
        docs = await self._read(lambda connection: connection.scalars(_TALLIES).all())
        return [codec.decode(codec.TALLY, doc, "a count") for doc in docs]

    async def _read(self, work: Callable[[Connection], T]) -> T:
        return await self._reader.read(work)


def _behind(cursor: Approval) -> ColumnElement[bool]:
    opened_at, decided = micros(cursor.opened_at), int(not cursor.waiting)
    older = or_(
        APPROVALS.c.opened_at < opened_at,
        and_(APPROVALS.c.opened_at == opened_at, APPROVALS.c.approval_id > cursor.approval_id),
    )
    return or_(_rank > decided, and_(_rank == decided, older))


def _after(statement: Select[str], key: OrderKey | None) -> Select[str]:
    if key is None:
        return statement
    members = APPROVAL_MEMBERS.c
    same_sender = and_(members.sender == key.sender, members.order_id > key.order_id)
    return statement.where(or_(members.sender > key.sender, same_sender))
