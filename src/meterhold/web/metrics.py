"""What Prometheus sees. Fed with each commit's drafts, so it counts what is durable and nothing else."""

from collections.abc import Iterable, Sequence

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from meterhold.domain.draft import Draft
from meterhold.domain.events import (
    AlarmAcknowledged,
    AlarmRaised,
    CallsRefused,
    CheckpointNoted,
    CommandRefused,
    Event,
    OperationMoved,
    OrderAccepted,
    OrderFinished,
    OrderRefused,
)
from meterhold.domain.hold import Hold
from meterhold.domain.operation import Operation, OperationKind
from meterhold.domain.operation_table import OperationState, Trigger
from meterhold.usecases.room import StoreRoom

_WRITES = {
    Trigger.INTEND: "intended",
    Trigger.WRITE_NEVER_SENT: "never_sent",
    Trigger.REWRITE_NEVER_SENT: "never_sent",
    Trigger.ACKNOWLEDGED: "acknowledged",
    Trigger.WRITE_REFUSED: "refused",
    Trigger.OUTCOME_LOST: "outcome_lost",
}
_LOOKS = {Trigger.LOOKED: "seen", Trigger.LOOK_FAILED: "failed"}


class Instruments:
    """All instruments of the gateway."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._orders = Counter(
            "meterhold_orders", "Orders, by action and by what became of them", ["action", "result"], registry=registry
        )
        self._operations = Counter(
            "meterhold_operations", "Operations that ended", ["target", "outcome"], registry=registry
        )
        self._writes = Counter(
            "meterhold_writes", "Writes to meters: intended, and what each came to", ["stage"], registry=registry
        )
        self._looks = Counter("meterhold_looks", "Looks at meters by operations", ["result"], registry=registry)
        self._alarms = Counter("meterhold_alarms", "Alarms that were raised, by cause", ["code"], registry=registry)
        self._open_alarms = Gauge("meterhold_alarms_open", "Alarms that nobody has acknowledged", registry=registry)
        self._commits = Counter("meterhold_commits", "Transactions of the journal", registry=registry)
        self._decisions = Counter("meterhold_decisions", "Commands that were decided", registry=registry)
        self._in_doubt = Gauge(
            "meterhold_in_doubt", "Operations whose write may or may not have taken effect", registry=registry
        )
        self._checkpoint_at = Gauge(
            "meterhold_checkpoint_timestamp_seconds", "When heads were last noted elsewhere", registry=registry
        )
        self._refused = Counter(
            "meterhold_refused_calls", "Calls that were refused at the door, by code", ["code"], registry=registry
        )
        self._registry = registry
        self._doubted: set[str] = set()

    def watch_room(self, room: StoreRoom) -> None:
        """Show how much room the store's disk has, where we can know."""
        if room.free_bytes() is not None:
            gauge = Gauge("meterhold_store_free_bytes", "Free space for the journal", registry=self._registry)
            gauge.set_function(lambda: float(room.free_bytes() or 0))

    def resume_alarms(self, still_open: int) -> None:
        """Take over, at start, how many alarms nobody has acknowledged."""
        self._open_alarms.set(still_open)

    def committed(self, drafts: Sequence[Draft]) -> None:
        """Count one commit. Give it to the journal as ``on_commit``."""
        self._commits.inc()
        for draft in drafts:
            self.count(draft)

    def count(self, draft: Draft) -> None:
        """Count what one decision changed."""
        self._decisions.inc()
        for event in draft.events:
            self._count_event(draft, event)
        self.resume(draft.holds.values())

    def resume(self, holds: Iterable[Hold]) -> None:
        """Take over which operations of these holds are in doubt; at start, with all holds that have open ones."""
        for hold in holds:
            for leg in hold.legs:
                if leg.operation is not None and leg.operation.state is OperationState.IN_DOUBT:
                    self._doubted.add(leg.operation.operation_id)
                elif leg.operation is not None:
                    self._doubted.discard(leg.operation.operation_id)
        self._in_doubt.set(len(self._doubted))

    def _count_event(self, draft: Draft, event: Event) -> None:
        match event:
            case OrderAccepted(order=order):
                self._orders.labels(order.action, "accepted").inc()
            case OrderRefused(order=order, result=result):
                self._orders.labels(order.action, result).inc()
            case OrderFinished(key=key, result=result):
                record = draft.find_order(key)
                self._orders.labels("unknown" if record is None else record.order.action, result).inc()
            case OperationMoved():
                self._count_move(draft, event)
            case CheckpointNoted(at=at):
                self._checkpoint_at.set(at.timestamp())
            case CommandRefused(code=code):
                self._refused.labels(code).inc()
            case CallsRefused(calls=calls):
                for some in calls:
                    self._refused.labels(some.code).inc(some.count)
            case AlarmRaised(alarm=alarm):
                self._alarms.labels(alarm.code).inc()
                self._open_alarms.inc()
            case AlarmAcknowledged():
                self._open_alarms.dec()
            case _:
                pass

    def _count_move(self, draft: Draft, event: OperationMoved) -> None:
        trigger = event.move.trigger
        if trigger in _WRITES:
            self._writes.labels(_WRITES[trigger]).inc()
        elif trigger in _LOOKS:
            self._looks.labels(_LOOKS[trigger]).inc()
        elif trigger is Trigger.END and event.move.outcome is not None:
            hold = draft.find_hold(event.hold_id)
            operation = None if hold is None else hold.leg(event.meter_id).find(event.operation_id)
            self._operations.labels(_what(operation), event.move.outcome).inc()


def _what(operation: Operation | None) -> str:
    """What an operation was to bring about: a supply state, or what else it was for."""
    if operation is None:
        return "unknown"
    return operation.target if operation.kind is OperationKind.SWITCH else operation.kind


def metrics_router(registry: CollectorRegistry) -> APIRouter:
    """Build the route of the metrics."""
    router = APIRouter(tags=["health"])

    @router.get("/metrics")
    async def metrics() -> Response:
        """Everything that is counted, for Prometheus."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router
