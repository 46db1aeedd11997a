"""A technician's lock, and whether hands may go in, as every face shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from meterhold.domain.meter import Lock, Meter
from meterhold.domain.operation import Operation
from meterhold.domain.operation_table import OperationState
from meterhold.domain.words import Because, SupplyState


@dataclass(frozen=True, slots=True)
class LockView:
    """A technician's named stop on all switching."""

    owner: str
    reason: str
    since: datetime
    review_at: datetime


@dataclass(frozen=True, slots=True)
class WaitView:
    """A write that is not resolved yet: why it is waited for, and until when it may still arrive, if that is known."""

    hold_id: str
    operation_id: str
    target: SupplyState
    state: OperationState
    because: Because | None
    why: str
    until: datetime | None
    next_look_at: datetime


@dataclass(frozen=True, slots=True)
class LockAnswerView:
    """Whether the lock holds: ``not_yet_safe`` while a write to the meter is unresolved or at a carrier.

    ``cautions`` name what no lock of the gateway keeps from happening.
    """

    meter_id: str
    status: str
    waiting_for: str | None
    waits: tuple[WaitView, ...]
    cautions: tuple[str, ...]
    lock: LockView | None


class Waited(Protocol):
    """A write that is waited for."""

    @property
    def operation(self) -> Operation:
        """Whose write."""

    @property
    def why(self) -> str:
        """What about it is unresolved."""

    @property
    def until(self) -> datetime | None:
        """From when on it cannot arrive any more."""


def show_lock(lock: Lock | None) -> LockView | None:
    """Show a lock, if there is one."""
    return None if lock is None else LockView(lock.owner, lock.reason, lock.since, lock.review_at)


def view_lock(
    meter: Meter, *, held: bool, waits: Sequence[Waited] = (), cautions: tuple[str, ...] = ()
) -> LockAnswerView:
    """Say whether hands may go inside."""
    status = "unlocked" if meter.lock is None else "held" if held else "not_yet_safe"
    first = waits[0].operation.operation_id if waits else None
    return LockAnswerView(meter.meter_id, status, first, tuple(map(_wait, waits)), cautions, show_lock(meter.lock))


def _wait(waited: Waited) -> WaitView:
    one = waited.operation
    return WaitView(
        hold_id=one.hold_id,
        operation_id=one.operation_id,
        target=one.target,
        state=one.state,
        because=one.because,
        why=waited.why,
        until=waited.until,
        next_look_at=one.due_at,
    )
