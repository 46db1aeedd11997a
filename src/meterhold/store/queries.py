"""The ``Queries`` port: reads over the projections. They see what is committed and never wait for a commit."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import BindParameter, Integer, and_, bindparam, func, or_, select

from meterhold.domain.alarm import Alarm
from meterhold.domain.events import Event
from meterhold.domain.hold import Hold
from meterhold.domain.meter import Meter
from meterhold.domain.order import OrderKey, OrderRecord
from meterhold.domain.site import Site
from meterhold.store import codec
from meterhold.store.approval_queries import ApprovalQueries
from meterhold.store.codec import micros, moment_of, moment_or_none
from meterhold.store.tables import (
    ALARMS,
    API_KEYS,
    EVENTS,
    HOLD_METERS,
    HOLDS,
    METERS,
    OPERATIONS,
    ORDERS,
    SITE,
    WATCHED,
)
from meterhold.usecases.ports import ApiKey, WatchedMeter

# Built once: SQLAlchemy then compiles each once.
_NAMES: BindParameter[str] = bindparam("names", expanding=True)
_LIMIT = bindparam("limit", type_=Integer)
_DUE_OPERATIONS = (
    select(OPERATIONS.c.hold_id, OPERATIONS.c.meter_id)
    .where(OPERATIONS.c.link == bindparam("link"), OPERATIONS.c.due_at <= bindparam("now"))
    .order_by(OPERATIONS.c.urgency, OPERATIONS.c.priority.desc(), OPERATIONS.c.created_at)
    .limit(_LIMIT)
)
# By the bare name of the link SQLite would walk over every operation there is instead of those that are due.
_LINKS_WITH_WORK = select(OPERATIONS.c.link.concat("")).where(OPERATIONS.c.due_at <= bindparam("now")).distinct()
_DUE_HOLDS = (
    select(HOLDS.c.hold_id)
    .where(HOLDS.c.due_at <= bindparam("now"))
    .order_by(HOLDS.c.due_at, HOLDS.c.hold_id)
    .limit(_LIMIT)
)
_DUE_LOCK_REVIEWS = (
    select(METERS.c.meter_id)
    .where(METERS.c.lock_review_at <= bindparam("now"))
    .order_by(METERS.c.lock_review_at, METERS.c.meter_id)
    .limit(_LIMIT)
)
_HOLD = select(HOLDS.c.doc).where(HOLDS.c.hold_id == bindparam("hold_id"))
_METER = select(METERS.c.doc).where(METERS.c.meter_id == bindparam("meter_id"))
_ORDER = select(ORDERS.c.doc).where(ORDERS.c.sender == bindparam("sender"), ORDERS.c.order_id == bindparam("order_id"))
_SITE = select(SITE.c.doc)
_METERS_AT = (
    select(METERS.c.meter_id)
    .where(METERS.c.service_point == bindparam("service_point"), METERS.c.retired.is_(False))
    .order_by(METERS.c.meter_id)
)
_METERS = select(METERS.c.doc).where(METERS.c.meter_id.in_(_NAMES)).order_by(METERS.c.meter_id)
_METER_IDS = select(METERS.c.meter_id).where(METERS.c.retired.is_(False)).order_by(METERS.c.meter_id)
_HOLD_EVENTS = (
    select(EVENTS.c.seq, EVENTS.c.at, EVENTS.c.kind, EVENTS.c.body)
    .where(EVENTS.c.stream == bindparam("stream"))
    .order_by(EVENTS.c.seq)
)
_OPEN_OPERATION_HOLDS = select(OPERATIONS.c.hold_id).distinct().order_by(OPERATIONS.c.hold_id)
_ALARM = select(ALARMS.c.doc).where(ALARMS.c.alarm_id == bindparam("alarm_id"))
_OPEN_ALARMS = select(func.count()).where(ALARMS.c.acknowledged_at.is_(None))
_WATCHED = select(WATCHED.c.meter_id, WATCHED.c.link, WATCHED.c.owed).order_by(WATCHED.c.meter_id)
_API_KEYS = select(API_KEYS).order_by(API_KEYS.c.created_at, API_KEYS.c.key_id)


class StoreQueries(ApprovalQueries):
    """Single rows come from those that are kept, where they are; all else is read on the executor's reading side."""

    async def due_operations(self, link: str, now: datetime, limit: int) -> Sequence[tuple[str, str]]:
        """(hold_id, meter_id) of the operations whose turn has come.

        Looks that resolve doubt come first, then restores, then by priority, then by age.
        """
        values = {"link": link, "now": micros(now), "limit": limit}
        return await self._read(
            lambda connection: [(row.hold_id, row.meter_id) for row in connection.execute(_DUE_OPERATIONS, values)]
        )

    async def links_with_work(self, now: datetime) -> Sequence[str]:
        """Links on which at least one operation is due, by name."""
        values = {"now": micros(now)}
        return sorted(await self._read(lambda connection: connection.scalars(_LINKS_WITH_WORK, values).all()))

    async def due_holds(self, now: datetime, limit: int) -> Sequence[str]:
        """Holds whose next moment (start, end, lapse) has come, the longest due first."""
        values = {"now": micros(now), "limit": limit}
        return await self._read(lambda connection: connection.scalars(_DUE_HOLDS, values).all())

    async def due_lock_reviews(self, now: datetime, limit: int) -> Sequence[str]:
        """Meters whose lock outlasts its review time, and of which that was not said yet."""
        values = {"now": micros(now), "limit": limit}
        return await self._read(lambda connection: connection.scalars(_DUE_LOCK_REVIEWS, values).all())

    async def hold(self, hold_id: str) -> Hold | None:
        """One hold."""
        if (kept := self._kept.holds.get(hold_id)) is not None:
            return kept
        doc = await self._read(lambda connection: connection.scalar(_HOLD, {"hold_id": hold_id}))
        return None if doc is None else codec.decode(codec.HOLD, doc, f"hold {hold_id}")

    async def meter(self, meter_id: str) -> Meter | None:
        """One meter."""
        if (kept := self._kept.meters.get(meter_id)) is not None:
            return kept
        doc = await self._read(lambda connection: connection.scalar(_METER, {"meter_id": meter_id}))
        return None if doc is None else codec.decode(codec.METER, doc, f"meter {meter_id}")

    async def order(self, key: OrderKey) -> OrderRecord | None:
        """One order with its result."""
        if (kept := self._kept.orders.get(key)) is not None:
            return kept
        values = {"sender": key.sender, "order_id": key.order_id}
        doc = await self._read(lambda connection: connection.scalar(_ORDER, values))
        return None if doc is None else codec.decode(codec.ORDER, doc, f"order {key.order_id}")

    async def site(self) -> Site:
        """The site's own state."""
        doc = await self._read(lambda connection: connection.scalar(_SITE))
        return Site() if doc is None else codec.decode(codec.SITE, doc, "the site's state")

    async def meters_at(self, service_point: str) -> Sequence[str]:
        """All meters of a service point that the registry still names."""
        values = {"service_point": service_point}
        return await self._read(lambda connection: connection.scalars(_METERS_AT, values).all())

    async def meters(self, meter_ids: Sequence[str]) -> Mapping[str, Meter]:
        """Several meters; unknown ones are absent."""
        kept = {name: meter for name in meter_ids if (meter := self._kept.meters.get(name)) is not None}
        missing = [name for name in meter_ids if name not in kept]
        if not missing:
            return kept
        docs = await self._read(lambda connection: connection.scalars(_METERS, {"names": missing}).all())
        found = (codec.decode(codec.METER, doc, "a meter") for doc in docs)
        return kept | {meter.meter_id: meter for meter in found}

    async def meter_ids(self) -> Sequence[str]:
        """All meters that the registry names."""
        return await self._read(lambda connection: connection.scalars(_METER_IDS).all())

    async def list_holds(
        self, *, status: str | None, meter_id: str | None, after: str | None, limit: int
    ) -> Sequence[Hold]:
        """A page of holds, newest first (a later hold's name sorts later), after a cursor (a hold_id)."""
        statement = select(HOLDS.c.doc).order_by(HOLDS.c.hold_id.desc()).limit(limit)
        if status is not None:
            statement = statement.where(HOLDS.c.status == status)
        if meter_id is not None:
            statement = statement.join(HOLD_METERS, HOLD_METERS.c.hold_id == HOLDS.c.hold_id)
            statement = statement.where(HOLD_METERS.c.meter_id == meter_id)
        if after is not None:
            statement = statement.where(HOLDS.c.hold_id < after)
        docs = await self._read(lambda connection: connection.scalars(statement).all())
        return [codec.decode(codec.HOLD, doc, "a hold") for doc in docs]

    async def list_meters(self, *, after: str | None, limit: int) -> Sequence[Meter]:
        """A page of meters in the order of their names, retired ones included."""
        statement = select(METERS.c.doc).order_by(METERS.c.meter_id).limit(limit)
        if after is not None:
            statement = statement.where(METERS.c.meter_id > after)
        docs = await self._read(lambda connection: connection.scalars(statement).all())
        return [codec.decode(codec.METER, doc, "a meter") for doc in docs]

    async def hold_events(self, hold_id: str) -> Sequence[tuple[int, datetime, Event]]:
        """Everything that happened to a hold, in order."""
        values = {"stream": f"hold:{hold_id}"}
        rows = await self._read(lambda connection: connection.execute(_HOLD_EVENTS, values).all())
        return [(seq, moment_of(at), codec.decode_event(kind, body, f"event {seq}")) for seq, at, kind, body in rows]

    async def open_operation_holds(self) -> Sequence[str]:
        """Holds that have an operation which has not ended."""
        return await self._read(lambda connection: connection.scalars(_OPEN_OPERATION_HOLDS).all())

    async def alarm(self, alarm_id: str) -> Alarm | None:
        """One alarm."""
        doc = await self._read(lambda connection: connection.scalar(_ALARM, {"alarm_id": alarm_id}))
        return None if doc is None else codec.decode(codec.ALARM, doc, f"alarm {alarm_id}")

    async def open_alarms(self) -> int:
        """How many alarms nobody has acknowledged."""
        return await self._read(lambda connection: connection.scalar(_OPEN_ALARMS)) or 0

    async def list_alarms(
        self, *, still_open: bool, meter_id: str | None, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[Alarm]:
        """A page of alarms, newest first, after a cursor (when one was raised, and its name)."""
        statement = select(ALARMS.c.doc).order_by(ALARMS.c.raised_at.desc(), ALARMS.c.alarm_id.desc()).limit(limit)
        if still_open:
            statement = statement.where(ALARMS.c.acknowledged_at.is_(None))
        if meter_id is not None:
            statement = statement.where(ALARMS.c.meter_id == meter_id)
        if after is not None:
            at, name = micros(after[0]), after[1]
            older = and_(ALARMS.c.raised_at == at, ALARMS.c.alarm_id < name)
            statement = statement.where(or_(ALARMS.c.raised_at < at, older))
        docs = await self._read(lambda connection: connection.scalars(statement).all())
        return [codec.decode(codec.ALARM, doc, "an alarm") for doc in docs]

    async def watched_meters(self) -> Sequence[WatchedMeter]:
        """The meters that may have to be watched."""
        rows = await self._read(lambda connection: connection.execute(_WATCHED).all())
        return [WatchedMeter(row.meter_id, row.link, owed=bool(row.owed)) for row in rows]

    async def api_keys(self) -> Sequence[ApiKey]:
        """All keys, revoked ones included."""
        rows = await self._read(lambda connection: connection.execute(_API_KEYS).all())
        return [
            ApiKey(
                row.key_id,
                row.name,
                codec.decode(codec.ROLES, row.roles, f"API key {row.key_id}"),
                row.digest,
                moment_of(row.created_at),
                moment_or_none(row.revoked_at),
                scope=codec.decode(codec.SCOPE, row.scope, f"API key {row.key_id}"),
                expires_at=moment_or_none(row.expires_at),
                made_by=row.made_by,
                rotated_at=moment_or_none(row.rotated_at),
                old_digest=row.old_digest,
                old_until=moment_or_none(row.old_until),
            )
            for row in rows
        ]
