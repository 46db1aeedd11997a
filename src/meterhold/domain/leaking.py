"""Whether water that flows after a restore is a customer, or a pipe that was opened into an empty house."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from meterhold.domain.next_step import End, LookAgain
from meterhold.domain.observation import Observation
from meterhold.domain.operation import Operation
from meterhold.domain.sentences import sentence
from meterhold.domain.words import Because, Outcome, Quantity


@dataclass(frozen=True, slots=True)
class LeakWatch:
    """When water that flows after a restore is a leak."""

    within_s: float
    """It flowed in every look for so long."""
    every_s: float
    """Between the looks."""
    above: Decimal
    """More than this flows, in m3/h."""


def after_connected(operation: Operation, look: Observation, now: datetime, rule: LeakWatch) -> LookAgain | End:
    """Say what follows from a look that confirmed a connection of ours.

    One look without a flow is enough for good, except the first: the pipe may only begin to fill.
    """
    since = operation.confirmed_at or now
    until = since + timedelta(seconds=rule.within_s)
    every = timedelta(seconds=rule.every_s)
    flows = _flows(operation, look, rule)
    if (flows is False and now >= min(until, since + every)) or (flows is None and now >= until):
        return End(Outcome.VERIFIED)
    if now >= until:
        return End(Outcome.BLOCKED, Because.LEAK_ON_RESTORE, sentence(Because.LEAK_ON_RESTORE))
    return LookAgain(min(until, now + every))


def _flows(operation: Operation, look: Observation, rule: LeakWatch) -> bool | None:
    """Whether water flows faster than the rule permits; nothing where nobody measured it since the write."""
    measured = [
        one
        for one in look.measured
        if one.quantity is Quantity.FLOW_M3_H
        and one.produced_at is not None
        and _since_write(operation, one.produced_at)
    ]
    if measured:
        return any(abs(one.value) > rule.above for one in measured)
    return look.load


def _since_write(operation: Operation, at: datetime) -> bool:
    return operation.written_at is None or at >= operation.written_at
