"""Operations, looks and meters as tests of pure functions need them: only what matters is named."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from meterhold.domain.identity import IdentityVerdict
from meterhold.domain.meter import Commissioning, Installation, Meter
from meterhold.domain.next_step import Timing
from meterhold.domain.observation import IdentitySeen, Interlock, Observation, RegisterReading
from meterhold.domain.operation import Grade, Intent, Move, Operation
from meterhold.domain.operation_table import OperationState, Trigger
from meterhold.domain.proof import grade
from meterhold.domain.words import Because, Identity, Outcome, Proof, Quality, Quantity, Service, SupplyState

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TIMING = Timing(settle_s=1, poll_s=2, travel_s=10, interlock_recheck_s=60)
Field: TypeAlias = Any
"""Whatever the field of that name takes."""

ON, OFF = SupplyState.CONNECTED, SupplyState.DISCONNECTED
CONFIRMS = Grade(Proof.LOAD_PROVEN, OFF, confirms=True, shows_old_state=False)
OLD = Grade(Proof.STATE_READ, ON, confirms=False, shows_old_state=True)
NOTHING = Grade(Proof.NONE, SupplyState.UNKNOWN, confirms=False, shows_old_state=False, because=Because.NO_EVIDENCE)


def after(seconds: float) -> datetime:
    """A moment after noon."""
    return NOON + timedelta(seconds=seconds)


def look(state: SupplyState = ON, *, at: datetime = NOON, **seen: Field) -> Observation:
    """One look; the state comes from the actuator itself unless told otherwise."""
    return replace(Observation(at, state=state), **seen)


def echo(state: SupplyState, **seen: Field) -> Observation:
    """One look of a meter that may only repeat the command."""
    return look(SupplyState.UNKNOWN, echo_state=state, **seen)


def operation(target: SupplyState = OFF, **fields: Field) -> Operation:
    """A queued operation; a suspension has a quarter of an hour to reach the meter and a day to write."""
    suspends = target not in {ON, SupplyState.ARMED}
    plain = Operation(
        operation_id="H:E-1:1",
        hold_id="H",
        meter_id="E-1",
        link="line",
        target=target,
        priority=5,
        created_at=NOON,
        due_at=NOON,
        give_up_at=after(900) if suspends else None,
        send_before=after(86_400) if suspends else None,
    )
    return replace(plain, **fields)


def move(trigger: Trigger, at: datetime = NOON, **fields: Field) -> Move:
    """A step with what the trigger needs: a look that shows the old state, an intent."""
    match trigger:
        case Trigger.LOOKED:
            fields = {"observation": look(at=at), "grade": OLD} | fields
        case Trigger.INTEND:
            fields = {"intent": Intent(at, ("unit 1: 10 00 1A",))} | fields
        case _:
            pass
    return Move(trigger, at, **fields)


def end(outcome: Outcome, at: datetime = NOON) -> Move:
    """The last step."""
    return Move(Trigger.END, at, outcome=outcome)


def fired(start: Operation, *steps: Trigger | Move) -> Operation:
    """Take several steps."""
    for step in steps:
        start = start.fire(step if isinstance(step, Move) else move(step))
    return start


_T = Trigger
PATH_TO: dict[OperationState, tuple[Trigger | Move, ...]] = {
    OperationState.QUEUED: (),
    OperationState.INTENDED: (_T.LOOKED, _T.INTEND),
    OperationState.SENT: (_T.LOOKED, _T.INTEND, _T.WRITE_SENT),
    OperationState.AT_CARRIER: (_T.LOOKED, _T.INTEND, _T.CARRIER_TOOK_IT),
    OperationState.DELIVERED: (_T.LOOKED, _T.INTEND, _T.ACKNOWLEDGED),
    OperationState.OBSERVING: (_T.LOOKED, _T.INTEND, _T.ACKNOWLEDGED, _T.LOOKED),
    OperationState.IN_DOUBT: (_T.LOOKED, _T.INTEND, _T.OUTCOME_LOST),
    OperationState.ENDED: (Move(_T.END, NOON, outcome=Outcome.CANCELLED),),
}
"""A shortest way to each state."""


def in_state(state: OperationState, target: SupplyState = OFF, **fields: Field) -> Operation:
    """An operation that got there by steps of the table."""
    return replace(fired(operation(target), *PATH_TO[state]), **fields)


def register(value: str, at: datetime = NOON, quantity: Quantity = Quantity.ENERGY_IMPORT_KWH) -> RegisterReading:
    """A register as it stood."""
    return RegisterReading(quantity, Decimal(value), Quality.ACTUAL, at)


def interlock(because: Because = Because.TRIPPED, *, disconnect: bool = False, connect: bool = False) -> Interlock:
    """Something that forbids a movement."""
    return Interlock(because, blocks_disconnect=disconnect, blocks_connect=connect)


def meter(**fields: Field) -> Meter:
    """An electricity meter; ``serial`` and the like go to the registry's part."""
    registry = {name: fields.pop(name) for name in ("serial", "address", "rated_load_kw") if name in fields}
    place = Installation("E-1", "SP-1", Service.ELECTRICITY, "model", "line", "1")
    return replace(Meter(replace(place, **registry)), **fields)


def commissioned(baseline: RegisterReading | None, wiring: str = "model@line/1") -> Commissioning:
    """A person's word of noon."""
    return Commissioning("fitter", NOON, baseline, wiring)


def serial(value: str | None) -> IdentitySeen:
    """A serial number that was read."""
    return IdentitySeen(Identity.SERIAL, value)


FINGERPRINT = IdentitySeen(Identity.FINGERPRINT, None)

BLOCKS_OFF = interlock(Because.BATTERY_LOW, disconnect=True)
BLOCKS_ON = interlock(Because.TRIPPED, connect=True)
STRANGER = IdentityVerdict(ok=False, strength=Identity.SERIAL, because=Because.METER_MISMATCH, detail="'X' answered")


def seen(now: Operation, what: Observation, at: datetime) -> Operation:
    """Take a look, graded as a gateway does."""
    worth = grade(
        now.target,
        Service.ELECTRICITY,
        now.before if now.unresolved else None,
        what,
        acknowledged=now.acknowledged,
        written=now.writes > 0,
        load_seen=now.load_seen and now.unresolved,
    )
    return now.fire(Move(Trigger.LOOKED, at, observation=what, grade=worth))
