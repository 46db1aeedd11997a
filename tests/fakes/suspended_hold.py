"""A hold that was suspended and restored: its electricity leg verified, its water leg leaking."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from meterhold.domain.events import (
    AttentionCleared,
    AttentionRaised,
    Event,
    HoldOpened,
    OperationMoved,
    OperationQueued,
)
from meterhold.domain.frame import Frame
from meterhold.domain.hold import Attention, Hold, Leg, Register, Window
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.observation import IdentitySeen, Measured, Observation, RegisterReading
from meterhold.domain.operation import Grade, Intent, Move, Operation
from meterhold.domain.operation_table import Trigger
from meterhold.domain.order import Fees, OrderKey
from meterhold.domain.policy import Effect, Verdict
from meterhold.domain.words import (
    Because,
    Context,
    Decision,
    Identity,
    Mode,
    Moment,
    OnPartial,
    OnRestore,
    Outcome,
    Proof,
    Quality,
    Quantity,
    Reason,
    Service,
    SupplyState,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def register(moment: Moment, value: str, at: datetime, quality: Quality = Quality.ACTUAL) -> Register:
    """The import register at one end."""
    return Register(Quantity.ENERGY_IMPORT_KWH, Decimal(value), "kWh", quality, moment, at)


ELECTRICITY = Leg(
    "E-1001",
    Service.ELECTRICITY,
    Mode.PHYSICAL,
    intended=SupplyState.CONNECTED,
    actual=SupplyState.CONNECTED,
    proof=Proof.LOAD_PROVEN,
    identity=Identity.SERIAL,
    outcome=Outcome.VERIFIED,
    suspended_at=Window(NOON, NOON + timedelta(seconds=2)),
    restored_at=Window(NOON + 10 * DAY, NOON + 10 * DAY + timedelta(seconds=2)),
    registers=(
        register(Moment.BEFORE_SUSPEND, "1234.56", NOON),
        register(Moment.AFTER_SUSPEND, "1234.57", NOON + timedelta(seconds=2)),
        register(Moment.BEFORE_RESTORE, "1234.60", NOON + 10 * DAY, Quality.UNDATED),
        register(Moment.AFTER_RESTORE, "1234.61", NOON + 10 * DAY + timedelta(seconds=2)),
    ),
)
WATER = Leg(
    "W-1001",
    Service.WATER,
    Mode.PHYSICAL,
    outcome=Outcome.CONTRADICTED,
    because=Because.LEAKING,
    actual=SupplyState.CONNECTED,
    proof=Proof.LOAD_PROVEN,
)
HOLD = Hold(
    hold_id="H-1",
    suspend_key=OrderKey("cis", "WO-88121"),
    restore_keys=(OrderKey("cis", "WO-88999"),),
    status=HoldStatus.RESTORED,
    reason=Reason.VACATION,
    context=Context.PRODUCTION,
    service_point="SP-1",
    starts_at=NOON,
    ends_at=NOON + 20 * DAY,
    not_after=NOON + DAY,
    restore_by=None,
    on_restore=OnRestore.CONNECT,
    on_partial=OnPartial.KEEP,
    priority=5,
    opened_at=NOON - DAY,
    issued_at=NOON - DAY,
    sequence=0,
    legs=(ELECTRICITY, WATER),
    verdicts=(Verdict("floor", "floor-1", Effect.ALLOW, NOON, sentence="nothing speaks against it"),),
    attention=(
        Attention(
            1,
            Because.LEAKING,
            "W-1001",
            NOON,
            "operations desk",
            (Decision.RETRY, Decision.ACCEPT_AS_IS),
            "water still flows",
            NOON + DAY,
            "Ada",
            Decision.ACCEPT_AS_IS,
        ),
        Attention(
            2, Because.LEAKING, "W-1001", NOON, "operations desk", (Decision.RETRY, Decision.FIELD_VISIT), "look again"
        ),
    ),
    chargeable_from=NOON + 10 * DAY + timedelta(seconds=2),
    fees=Fees(Decimal("10.00"), Decimal("12.50"), "EUR"),
    account_ref="A-77",
    requested_by="desk 4",
    ended_at=NOON + 10 * DAY + timedelta(seconds=2),
)


def operation(operation_id: str, meter_id: str, target: SupplyState, at: datetime) -> Operation:
    """Work at a meter, as it was planned."""
    return Operation(operation_id, "H-1", meter_id, "line-1", target, 5, at, at, None, None)


def look(
    at: datetime,
    proof: Proof,
    actual: SupplyState,
    *,
    confirms: bool,
    energy: str | None = None,
    quality: Quality = Quality.ACTUAL,
) -> Move:
    """A look that saw a meter's serial, its relay and its load."""
    reading = None if energy is None else RegisterReading(Quantity.ENERGY_IMPORT_KWH, Decimal(energy), quality, at)
    seen = Observation(
        at,
        actual,
        identity=IdentitySeen(Identity.SERIAL, "123"),
        registers=() if reading is None else (reading,),
        measured=(Measured(Quantity.CURRENT_A, Decimal("0.25"), at),),
        source="relay(driver), current_a(load)",
    )
    return Move(Trigger.LOOKED, at, observation=seen, grade=Grade(proof, actual, confirms, not confirms))


def told(planned: Operation, *moves: Move) -> list[Event]:
    """An operation from its planning to its end, as events."""
    return [
        OperationQueued(planned.created_at, planned),
        *(OperationMoved(move.at, "H-1", planned.meter_id, planned.operation_id, move) for move in moves),
    ]


_BACK = NOON + 10 * DAY
EVENTS: list[tuple[int, datetime, Event]] = [
    (n, event.at, event)
    for n, event in enumerate(
        [
            HoldOpened(NOON - DAY, HOLD),
            *told(
                operation("O-1", "E-1001", SupplyState.DISCONNECTED, NOON),
                look(NOON, Proof.STATE_READ, SupplyState.CONNECTED, confirms=False, energy="1234.56"),
                Move(Trigger.INTEND, NOON, intent=Intent(NOON, ("holding 0x001A = 0",))),
                Move(Trigger.WRITE_NEVER_SENT, NOON, because=Because.DEVICE_OFFLINE),
                look(NOON, Proof.STATE_READ, SupplyState.CONNECTED, confirms=False, energy="1234.56"),
                Move(Trigger.INTEND, NOON, intent=Intent(NOON, ("holding 0x001A = 0",))),
                Move(Trigger.ACKNOWLEDGED, NOON, frames=(Frame("unit 7", "07 06 00 1a", "07 06 00 1a"),)),
                look(
                    NOON + timedelta(seconds=2),
                    Proof.LOAD_PROVEN,
                    SupplyState.DISCONNECTED,
                    confirms=True,
                    energy="1234.57",
                ),
                Move(Trigger.END, NOON + timedelta(seconds=2), outcome=Outcome.VERIFIED),
            ),
            *told(
                operation("O-2", "W-1001", SupplyState.DISCONNECTED, NOON),
                look(NOON, Proof.STATE_READ, SupplyState.CONNECTED, confirms=False),
                Move(Trigger.INTEND, NOON, intent=Intent(NOON, ("coil 1 = 1",))),
                Move(Trigger.OUTCOME_LOST, NOON),
                look(NOON + timedelta(seconds=9), Proof.LOAD_PROVEN, SupplyState.CONNECTED, confirms=False),
                Move(
                    Trigger.END,
                    NOON + timedelta(seconds=9),
                    outcome=Outcome.CONTRADICTED,
                    because=Because.LEAKING,
                ),
            ),
            AttentionRaised(
                NOON,
                "H-1",
                Because.LEAKING,
                "W-1001",
                "operations desk",
                (Decision.RETRY, Decision.ACCEPT_AS_IS),
                "water still flows",
            ),
            AttentionCleared(NOON + DAY, "H-1", 1, "Ada", Decision.ACCEPT_AS_IS, "the crew comes on Monday"),
            *told(
                operation("O-3", "E-1001", SupplyState.CONNECTED, _BACK),
                look(
                    _BACK,
                    Proof.LOAD_PROVEN,
                    SupplyState.DISCONNECTED,
                    confirms=False,
                    energy="1234.60",
                    quality=Quality.UNDATED,
                ),
                Move(Trigger.INTEND, _BACK, intent=Intent(_BACK, ("holding 0x001A = 1",))),
                Move(Trigger.ACKNOWLEDGED, _BACK),
                look(
                    _BACK + timedelta(seconds=2),
                    Proof.LOAD_PROVEN,
                    SupplyState.CONNECTED,
                    confirms=True,
                    energy="1234.61",
                ),
                Move(Trigger.END, _BACK + timedelta(seconds=2), outcome=Outcome.VERIFIED),
            ),
        ],
        start=1,
    )
]
