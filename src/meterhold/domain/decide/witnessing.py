"""What a person at a meter states: kept beside the proof. It changes neither state, proof, result nor charges."""

from datetime import datetime

from meterhold.domain.commands.meters import RecordWitness
from meterhold.domain.decide.alarming import raise_alarm
from meterhold.domain.draft import Draft
from meterhold.domain.events.holds import LegWitnessed
from meterhold.domain.events.meters import MeterWitnessed
from meterhold.domain.evolve import emit
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.meter import Meter
from meterhold.domain.witness import STATEABLE, Witness
from meterhold.domain.words import OFF_STATES, Because, Proof

_NOT_BEGUN = frozenset({HoldStatus.SCHEDULED, HoldStatus.AWAITING_APPROVAL})


def record(draft: Draft, command: RecordWitness) -> None:
    """Keep the statement at every hold that is at work there, or else at the meter."""
    holds = filter(None, map(draft.find_hold, draft.meter(command.meter_id).open_holds))
    begun = [hold.hold_id for hold in holds if hold.status not in _NOT_BEGUN]
    for hold_id in begun:
        emit(draft, LegWitnessed(command.at, hold_id, command.meter_id, command.witness))
    if not begun:
        emit(draft, MeterWitnessed(command.at, command.meter_id, command.witness))


def compare(draft: Draft, at: datetime) -> None:
    """Alarm where a look or a statement is new and the two cannot both be true, whatever brought it.

    A look that shows what was seen before is no news: an alarm that a person has acknowledged does not come again.
    """
    for meter in list(draft.meters.values()):
        stated = meter.witnessed
        if stated is None or not contradicts(meter):
            continue
        before = draft.world.meters.get(meter.meter_id)
        if before is None or before.witnessed != stated or not contradicts(before):
            _warn(draft, at, meter, stated)


def _warn(draft: Draft, at: datetime, meter: Meter, stated: Witness) -> None:
    seen = meter.actual
    evidence = {
        "stated": stated.state.value,
        "by": stated.by,
        "stated_at": stated.at.isoformat(),
        "statement": stated.statement,
        "seal": stated.seal or "",
        "seen": seen.state.value,
        "proof": seen.proof.value,
        "seen_at": "" if seen.at is None else seen.at.isoformat(),
        "source": seen.source,
    }
    detail = f"{stated.by} stated that it is {stated.state}, and its last look saw {seen.state} ({seen.proof})"
    hold_id = meter.intended.hold_id if meter.intended.hold_id in meter.open_holds else None
    raise_alarm(
        draft,
        at,
        Because.WITNESS_CONTRADICTED,
        detail,
        meter_id=meter.meter_id,
        hold_id=hold_id,
        subject=stated.by,
        evidence={name: value for name, value in evidence.items() if value},
    )


def contradicts(meter: Meter) -> bool:
    """Whether the last statement and the last look speak of the same time and of different states."""
    stated, seen = meter.witnessed, meter.actual
    if stated is None or seen.at is None or seen.proof.rank < Proof.STATE_READ.rank or seen.state not in STATEABLE:
        return False
    switched_at = meter.intended.at
    if switched_at is not None and min(stated.at, seen.at) <= switched_at <= max(stated.at, seen.at):
        return False  # the gateway switched it in between: both may have been true
    return (stated.state in OFF_STATES) is not (seen.state in OFF_STATES)
