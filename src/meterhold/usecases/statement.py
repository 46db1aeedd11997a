"""What a hold amounts to for billing and for a dispute, drawn from the hold and its events."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from meterhold.documents.hold import view_register, view_verdict, view_window
from meterhold.documents.render import decimal_text
from meterhold.documents.statement import Decided, FeesLine, Period, Statement, StatementLeg, Switching, Usage, Written
from meterhold.domain.errors import UnknownThing
from meterhold.domain.events import Event, OperationMoved, OperationQueued
from meterhold.domain.hold import Hold, Leg, Register
from meterhold.domain.operation import Move, Operation
from meterhold.domain.operation_table import Trigger
from meterhold.domain.order import Fees
from meterhold.domain.words import (
    Because,
    Identity,
    Mode,
    Moment,
    Outcome,
    Proof,
    Quality,
)
from meterhold.usecases.ports import Ports

Happened = Sequence[tuple[int, datetime, Event]]

_ANSWERS = {
    Trigger.WRITE_NEVER_SENT: "never_sent",
    Trigger.REWRITE_NEVER_SENT: "never_sent",
    Trigger.WRITE_SENT: "sent",
    Trigger.CARRIER_TOOK_IT: "sent",
    Trigger.ACKNOWLEDGED: "acknowledged",
    Trigger.WRITE_REFUSED: "refused",
    Trigger.OUTCOME_LOST: "lost",
}


async def read_statement(ports: Ports, hold_id: str) -> Statement:
    """Draw up a hold's statement."""
    hold = await ports.queries.hold(hold_id)
    if hold is None:
        raise UnknownThing(Because.UNKNOWN_HOLD, f"there is no hold {hold_id!r}")
    return statement_of(hold, await ports.queries.hold_events(hold_id))


def statement_of(hold: Hold, events: Happened) -> Statement:
    """Draw up the statement of a hold."""
    told = list(_switchings(events))
    key = hold.suspend_key or next(iter(hold.restore_keys), None)
    return Statement(
        hold_id=hold.hold_id,
        order_id=None if key is None else key.order_id,
        sender=None if key is None else key.sender,
        requested_by=hold.requested_by,
        restored_on_request_of=tuple(f"{asked.sender} ({asked.order_id})" for asked in hold.restore_keys),
        reason=hold.reason,
        account_ref=hold.account_ref,
        payment_ref=hold.payment_ref,
        service_point=hold.service_point,
        status=hold.status,
        asked_at=hold.opened_at,
        planned_from=hold.starts_at,
        planned_to=hold.ends_at,
        chargeable_from=hold.chargeable_from,
        ended_at=hold.ended_at,
        legs=tuple(_leg(hold, leg, told) for leg in hold.legs),
        fees=None if hold.fees is None else _fees(hold.fees),
        verdicts=tuple(view_verdict(verdict) for verdict in hold.verdicts),
        decisions=tuple(_decisions(hold)),
    )


@dataclass(slots=True)
class _Told:
    """An operation as the events tell it."""

    operation: Operation
    moves: list[Move] = field(default_factory=list)

    @property
    def switching(self) -> Switching:
        """How the work went."""
        looks = [move for move in self.moves if move.observation is not None and move.grade is not None]
        look = looks[-1] if looks else None
        end = next((move for move in self.moves if move.trigger is Trigger.END), None)
        return Switching(
            operation_id=self.operation.operation_id,
            target=self.operation.target,
            outcome=None if end is None else end.outcome,
            because=None if end is None else end.because,
            proof=look.grade.proof if look and look.grade else Proof.NONE,
            identity=look.observation.identity.strength if look and look.observation else Identity.NONE,
            evidence=look.observation.source if look and look.observation else "",
            written=tuple(self._written()),
            ended_at=None if end is None else end.at,
        )

    def _written(self) -> Iterator[Written]:
        written: Written | None = None
        for move in self.moves:
            if move.trigger is Trigger.INTEND and move.intent is not None:
                if written is not None:
                    yield written
                # Until something else is on record, nobody knows whether it left.
                written = Written(move.intent.at, move.intent.writes, _ANSWERS[Trigger.OUTCOME_LOST])
            elif written is not None and move.trigger in _ANSWERS:
                written = replace(written, answer=_ANSWERS[move.trigger])
        if written is not None:
            yield written


def _switchings(events: Happened) -> Iterable[_Told]:
    told: dict[str, _Told] = {}
    for _, _, event in events:
        match event:
            case OperationQueued(operation=operation):
                told[operation.operation_id] = _Told(operation)
            case OperationMoved(operation_id=operation_id, move=move):
                told[operation_id].moves.append(move)
            case _:
                pass
    return told.values()


def _decisions(hold: Hold) -> Iterator[Decided]:
    for item in hold.attention:
        if item.decision is not None and item.cleared_at is not None:
            yield Decided(item.cleared_at, item.cleared_by or "", item.code, item.meter_id, item.decision)


def _leg(hold: Hold, leg: Leg, told: Iterable[_Told]) -> StatementLeg:
    mine = [one for one in told if one.operation.meter_id == leg.meter_id and not one.operation.watches]
    suspended = tuple(one.switching for one in mine if not one.operation.restores)
    restored = tuple(one.switching for one in mine if one.operation.restores)
    free, why_not = _not_chargeable(hold, leg, suspended)
    return StatementLeg(
        meter_id=leg.meter_id,
        service=leg.service,
        mode=leg.mode,
        suspended_at=view_window(leg.suspended_at),
        restored_at=view_window(leg.restored_at),
        suspended_by=suspended,
        restored_by=restored,
        registers=tuple(view_register(register) for register in leg.registers),
        usage=tuple(_usage(leg.registers)),
        not_chargeable=free,
        chargeable_because=why_not,
    )


def _not_chargeable(hold: Hold, leg: Leg, suspended: Sequence[Switching]) -> tuple[Period | None, str | None]:
    """Charging stops only at proof of the level that the site requires, which is what ``verified`` says."""
    if leg.mode is Mode.MONITOR_ONLY:
        return None, "supply was only watched"
    last = suspended[-1] if suspended else None
    if last is None or last.outcome is None:
        return None, "supply was not suspended"
    if last.outcome is not Outcome.VERIFIED or leg.suspended_at is None:
        because = f" because {last.because}" if last.because else ""
        return None, f"the suspension is {last.outcome}{because}"
    if leg.reverted_at is not None:
        seen_at = leg.reverted_at.not_after
        until = seen_at if hold.chargeable_from is None else min(seen_at, hold.chargeable_from)
        return Period(leg.suspended_at.not_after, until), "supply came back by itself, and was seen then"
    return Period(leg.suspended_at.not_after, hold.chargeable_from), None


def _usage(registers: Sequence[Register]) -> Iterator[Usage]:
    """Compare each register's first value after the suspension with its last one before the restore."""
    for name in dict.fromkeys(register.name for register in registers):
        at = {register.moment: register for register in registers if register.name is name}
        first = at.get(Moment.AFTER_SUSPEND) or at.get(Moment.BEFORE_SUSPEND)
        last = at.get(Moment.BEFORE_RESTORE) or at.get(Moment.AFTER_RESTORE)
        if first is None or last is None:
            continue
        weakest = Quality.UNDATED if Quality.UNDATED in {first.quality, last.quality} else Quality.ACTUAL
        yield Usage(
            register=name,
            unit=first.unit,
            since=decimal_text(first.value),
            until=decimal_text(last.value),
            used=decimal_text(last.value - first.value),
            quality=weakest,
            measured_from=first.at,
            measured_to=last.at,
        )


def _fees(fees: Fees) -> FeesLine:
    return FeesLine(decimal_text(fees.suspend), decimal_text(fees.restore), fees.currency)
