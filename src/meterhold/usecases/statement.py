"""What a hold amounts to for billing and for a dispute, drawn from its events."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from meterhold.documents.hold import view_register, view_verdict, view_window
from meterhold.documents.render import decimal_text
from meterhold.documents.statement import FeesLine, Source, Statement, StatementLeg, WrongfulView
from meterhold.domain.approval import Approval
from meterhold.domain.errors import UnknownThing
from meterhold.domain.events import HoldWaitsForApproval, RestoreAsked
from meterhold.domain.hold import Hold, Leg, Wrongful
from meterhold.domain.words import Because
from meterhold.usecases.ports import Ports
from meterhold.usecases.stating.course import SUSPENDED, course_of
from meterhold.usecases.stating.keepsakes import exchanges_of, settings_of, witnessed_at
from meterhold.usecases.stating.people import alarmed, approved, asked, decided, stopped
from meterhold.usecases.stating.switchings import Happened, tell

SOON = timedelta(hours=1)
"""Supply that is wanted back so soon after it was cut may have been cut wrongly."""
_NO_FEE = "the cut was wrongful: service that is improperly discontinued is restored without a fee"


async def read_statement(ports: Ports, hold_id: str) -> Statement:
    """Draw up a hold's statement."""
    hold = await ports.queries.hold(hold_id)
    if hold is None:
        raise UnknownThing(Because.UNKNOWN_HOLD, f"there is no hold {hold_id!r}")
    events = await ports.queries.hold_events(hold_id)
    return statement_of(hold, events, await _approvals(ports, hold, events))


async def _approvals(ports: Ports, hold: Hold, events: Happened) -> list[Approval]:
    """What a second person was asked about the hold, or about an order that it came from."""
    names = [event.approval_id for _, _, event in events if isinstance(event, HoldWaitsForApproval)]
    for key in (hold.suspend_key, *hold.restore_keys):
        record = None if key is None else await ports.queries.order(key)
        if record is not None and record.approval_id is not None:
            names.append(record.approval_id)
    found = [await ports.queries.approval(name) for name in dict.fromkeys(names)]
    return [approval for approval in found if approval is not None]


def statement_of(hold: Hold, events: Happened, approvals: Sequence[Approval] = ()) -> Statement:
    """Draw up the statement of a hold."""
    key = hold.suspend_key or next(iter(hold.restore_keys), None)
    legs = tuple(_leg(hold, leg, events) for leg in hold.legs)
    return Statement(
        hold_id=hold.hold_id,
        order_id=None if key is None else key.order_id,
        sender=None if key is None else key.sender,
        requested_by=hold.requested_by,
        restored_on_request_of=tuple(f"{asked.sender} ({asked.order_id})" for asked in hold.restore_keys),
        reason=hold.reason,
        comment=hold.comment,
        context=hold.context,
        account_ref=hold.account_ref,
        payment_ref=hold.payment_ref,
        service_point=hold.service_point,
        status=hold.status,
        asked_at=hold.opened_at,
        planned_from=hold.starts_at,
        planned_to=hold.ends_at,
        chargeable_from=hold.chargeable_from,
        ended_at=hold.ended_at,
        asked=tuple(asked(events)),
        legs=legs,
        fees=_fees(hold),
        wrongful=_wrongful(hold.wrongful),
        wrongful_suspected=_suspicion(hold, legs, events),
        verdicts=tuple(view_verdict(verdict) for verdict in hold.verdicts),
        approvals=tuple(approved(approvals)),
        decisions=tuple(decided(events)),
        stops=tuple(stopped(events)),
        alarms=tuple(alarmed(events)),
        drawn_from=Source(len(events), events[-1][0], events[-1][1]) if events else None,
    )


def _leg(hold: Hold, leg: Leg, events: Happened) -> StatementLeg:
    mine = [one for one in tell(events) if one.operation.meter_id == leg.meter_id]
    course = course_of(hold, leg, events)
    limit = leg.restrict_to
    return StatementLeg(
        meter_id=leg.meter_id,
        service=leg.service,
        mode=leg.mode,
        restrict_to=None if limit is None else f"{decimal_text(limit.value)} {limit.unit}",
        billing_proof=leg.billing_proof,
        suspended_at=view_window(leg.suspended_at),
        restored_at=view_window(leg.restored_at),
        suspended_by=tuple(one.switching() for one in mine if not one.operation.watches and not one.operation.restores),
        restored_by=tuple(one.switching() for one in mine if not one.operation.watches and one.operation.restores),
        checked_by=tuple(one.switching() for one in mine if one.operation.watches),
        registers=tuple(view_register(register) for register in leg.registers),
        segments=tuple(course.segments),
        exchanges=tuple(exchanges_of(events, leg.meter_id)),
        settings=tuple(settings_of(events, leg.meter_id)),
        witnessed=tuple(witnessed_at(events, leg.meter_id)),
        not_chargeable=tuple(course.periods),
        chargeable_because=course.why,
    )


def _wrongful(mark: Wrongful | None) -> WrongfulView | None:
    return None if mark is None else WrongfulView(mark.at, mark.by, mark.reason)


def _fees(hold: Hold) -> FeesLine | None:
    """What was ordered; nothing of it where the cut was wrongful (4 CCR 723-3-3409)."""
    fees = hold.fees
    if fees is None:
        return None
    ordered = decimal_text(fees.suspend), decimal_text(fees.restore)
    if hold.wrongful is None:
        return FeesLine(*ordered, fees.currency, *ordered, None)
    return FeesLine(decimal_text(fees.suspend * 0), decimal_text(fees.restore * 0), fees.currency, *ordered, _NO_FEE)


def _suspicion(hold: Hold, legs: Sequence[StatementLeg], events: Happened) -> str | None:
    """Say that supply was wanted back very soon after it was cut: a person may want to look why."""
    cuts = [segment.begins.not_after for leg in legs for segment in leg.segments if segment.began_by == SUSPENDED]
    wanted = [at for _, at, event in events if isinstance(event, RestoreAsked) and event.key is not None]
    if hold.wrongful is not None or not cuts or not wanted:
        return None
    after = min(wanted) - min(cuts)
    if not timedelta(0) <= after <= SOON:
        return None
    minutes = Decimal(after.total_seconds() / 60).quantize(Decimal(1))
    return f"supply was wanted back {minutes} minutes after it was cut"
