"""Commands of a plain order's life, for whoever needs a journal to have something to write."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from meterhold.domain.commands import Capability, RecordIntent, RecordTurn, RegisterMeters, SubmitOrder, Terms
from meterhold.domain.hold import Hold
from meterhold.domain.limits import Limits
from meterhold.domain.meter import Installation
from meterhold.domain.observation import IdentitySeen, Measured, Observation, RegisterReading
from meterhold.domain.operation import Grade, Intent, Move, Operation
from meterhold.domain.operation_table import Trigger
from meterhold.domain.order import Order, OrderKey
from meterhold.domain.words import (
    Action,
    Because,
    Identity,
    Outcome,
    Proof,
    Quality,
    Quantity,
    Reason,
    Service,
    SupplyState,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CAPABLE = Capability(can_disconnect=True, can_connect=True, can_restrict=False, can_arm=False)
_MANY = 10**9
UNLIMITED = Terms(
    limits=Limits(
        off_by_sender=_MANY,
        off_by_area=_MANY,
        off_by_fleet=_MANY,
        on_by_sender=_MANY,
        on_by_area=_MANY,
        on_by_fleet=_MANY,
        load_off_kw=_MANY,
    )
)
"""No threshold is in the way of what is about something else. No configuration can say so."""


def installation(meter_id: str, service_point: str | None = None, *, link: str = "line-1") -> Installation:
    """An electricity meter at a service point of its own, unless another one is named."""
    point = service_point or f"SP-{meter_id}"
    return Installation(
        meter_id, point, Service.ELECTRICITY, "hiking-dds238-2-zn-sr", link, "1", rated_load_kw=Decimal("4.60")
    )


def register(*meter_ids: str, service_point: str | None = None, link: str = "line-1") -> RegisterMeters:
    """Name meters in the registry."""
    return RegisterMeters(NOON, tuple(installation(meter_id, service_point, link=link) for meter_id in meter_ids))


def suspend(
    order_id: str,
    *meter_ids: str,
    sender: str = "cis",
    reason: Reason = Reason.VACATION,
    starts_at: datetime | None = None,
    priority: int = 5,
    comment: str | None = None,
    at: datetime = NOON,
) -> SubmitOrder:
    """Ask for a suspension; its hold is called ``H-`` and the order's name."""
    order = Order(
        order_id=order_id,
        action=Action.SUSPEND,
        issued_at=at,
        given=frozenset({"order_id", "action", "meters", "reason"}),
        meters=meter_ids,
        reason=reason,
        starts_at=starts_at,
        priority=priority,
        comment=comment,
    )
    return SubmitOrder(
        at=at,
        key=OrderKey(sender, order_id),
        order=order,
        content_hash=f"{meter_ids}{comment}",
        meter_ids=meter_ids,
        hold_ids=(f"H-{order_id}",),
        capabilities=dict.fromkeys(meter_ids, CAPABLE),
        terms=UNLIMITED,
    )


def restore(order_id: str, hold_id: str, *, sender: str = "cis", at: datetime = NOON) -> SubmitOrder:
    """Ask for supply back."""
    order = Order(order_id=order_id, action=Action.RESTORE, issued_at=at, hold_id=hold_id)
    return SubmitOrder(
        at=at,
        key=OrderKey(sender, order_id),
        order=order,
        content_hash=hold_id,
        meter_ids=(),
        hold_ids=(hold_id,),
        capabilities={},
    )


def look(state: SupplyState, at: datetime) -> Observation:
    """What a look at a meter saw."""
    return Observation(
        at,
        state=state,
        load=state is SupplyState.CONNECTED,
        supply_healthy=True,
        identity=IdentitySeen(Identity.SERIAL, "0001"),
        registers=(RegisterReading(Quantity.ENERGY_TOTAL_KWH, Decimal("1234.50"), Quality.ACTUAL, at),),
        measured=(Measured(Quantity.CURRENT_A, Decimal("2.10"), at),),
        source="relay(driver), current_a(load)",
    )


def operation_of(hold: Hold, meter_id: str) -> Operation:
    """The operation that is under way at a leg."""
    operation = hold.leg(meter_id).operation
    assert operation is not None
    return operation


def intent(hold: Hold, meter_id: str, *, at: datetime = NOON) -> RecordIntent:
    """Ask to write, after a look that shows the old state."""
    operation = operation_of(hold, meter_id)
    old = SupplyState.DISCONNECTED if operation.connects else SupplyState.CONNECTED
    grade = Grade(Proof.STATE_READ, old, confirms=False, shows_old_state=True)
    looked = Move(Trigger.LOOKED, at, observation=look(old, at), grade=grade)
    return RecordIntent(
        at,
        hold.hold_id,
        meter_id,
        operation.operation_id,
        operation.revision,
        (looked,),
        Intent(at, ("unit 1: 10 00 1A 00 01 02 00 00",)),
        clock_trusted=True,
        terms=UNLIMITED,
    )


def turn(hold: Hold, meter_id: str, *moves: Move, at: datetime = NOON) -> RecordTurn:
    """Keep what happened in a turn."""
    operation = operation_of(hold, meter_id)
    return RecordTurn(at, hold.hold_id, meter_id, operation.operation_id, operation.revision, moves)


def outcome(hold: Hold, meter_id: str, *, at: datetime = NOON) -> RecordTurn:
    """A write that was acknowledged and then proven on the load side."""
    operation = operation_of(hold, meter_id)
    later = at + timedelta(seconds=1)
    grade = Grade(Proof.LOAD_PROVEN, operation.target, confirms=True, shows_old_state=False)
    return turn(
        hold,
        meter_id,
        Move(Trigger.ACKNOWLEDGED, at),
        Move(Trigger.LOOKED, later, observation=look(operation.target, later), grade=grade),
        Move(Trigger.END, later, outcome=Outcome.VERIFIED),
        at=later,
    )


def in_doubt(hold: Hold, meter_id: str, *, at: datetime = NOON) -> RecordTurn:
    """A write of which nobody knows whether it took effect."""
    return turn(hold, meter_id, Move(Trigger.OUTCOME_LOST, at, because=Because.OUTCOME_UNKNOWN), at=at)
