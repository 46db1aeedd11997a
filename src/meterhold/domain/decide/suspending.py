"""A ``suspend`` order: judged, checked against what is open, and made a hold."""

from datetime import timedelta

from meterhold.domain.commands import SubmitOrder
from meterhold.domain.decide import admission, overtaking, quarantine, suspend
from meterhold.domain.decide.answers import accept, refuse
from meterhold.domain.draft import Draft
from meterhold.domain.events import HoldOpened
from meterhold.domain.evolve import emit
from meterhold.domain.hold import Hold, Leg
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.order import LegRequest
from meterhold.domain.policy import FLOOR_VERSION, Effect, Verdict, refusals
from meterhold.domain.replacing import replace
from meterhold.domain.words import STACKING_REASONS, Because, OnRestore, OrderResult, Reason


def take_in(draft: Draft, command: SubmitOrder) -> None:
    """Open a hold, or record why not. What is due at once begins in the same transaction."""
    newer = overtaking.newer_restore(draft, command)
    if newer is not None:
        detail = f"the restore order {newer.order_id}, which was decided later, has come before it"
        refuse(draft, command, Because.CONFLICTING_ORDER, detail, result=OrderResult.SUPERSEDED)
        return
    hold = plan(draft, command)
    verdicts = _dates(command, hold) + admission.judge(draft, hold, command.at, command.terms)
    verdicts += quarantine.judge_order(draft, hold, command)
    refused = refusals(verdicts)
    if refused:
        code = refused[0].code or Because.MALFORMED
        refuse(draft, command, code, refused[0].sentence, verdicts=verdicts)
        return
    other = conflict(draft, hold)
    if other is not None:
        detail = f"the {other.reason} hold {other.hold_id} ({other.status}) lies over the same time at the same meter"
        refuse(draft, command, Because.CONFLICTING_ORDER, detail, verdicts=verdicts)
        return
    accept(draft, command, (hold.hold_id,), verdicts)
    emit(draft, HoldOpened(command.at, replace(hold, verdicts=verdicts)))
    if admission.put_off(draft, hold.hold_id, command.at, verdicts, command.document):
        return
    if hold.starts_at <= command.at and not suspend.meter_taken(draft, hold):
        suspend.begin(draft, hold.hold_id, command.at, command.terms, judged=True)


def plan(draft: Draft, command: SubmitOrder) -> Hold:
    """Make the hold that an order asks for."""
    order, at = command.order, command.at
    starts_at = order.starts_at or at
    reason = order.reason or Reason.CUSTOMER_REQUEST
    legs = tuple(_leg(draft, command, meter_id) for meter_id in command.meter_ids)
    return Hold(
        hold_id=command.hold_ids[0],
        suspend_key=command.key,
        status=HoldStatus.SCHEDULED,
        reason=reason,
        context=order.context,
        service_point=order.service_point or draft.meter(command.meter_ids[0]).installation.service_point,
        starts_at=starts_at,
        ends_at=order.ends_at,
        not_after=order.not_after or starts_at + timedelta(seconds=command.terms.suspend_within_s),
        restore_by=order.restore_by,
        on_restore=order.on_restore or _default_on_restore(command, reason),
        on_partial=order.on_partial,
        priority=order.priority,
        opened_at=at,
        issued_at=min(order.issued_at, at),
        sequence=order.sequence,
        decided_by=command.key.sender,
        legs=legs,
        restore_requires_payment=order.restore_requires_payment,
        payment_ref=order.payment_ref,
        fees=order.fees,
        account_ref=order.account_ref,
        requested_by=order.requested_by,
        correlation_id=order.correlation_id,
        comment=order.comment,
        reply_to=order.reply_to,
        notice_given_at=order.notice_given_at,
        vacant_verified=order.vacant_verified,
        customer_present=order.customer_present,
        override_protected=order.override_protected,
        beside=command.beside,
    )


def _default_on_restore(command: SubmitOrder, reason: Reason) -> OnRestore:
    """Unattended premises and non-payment come back armed, where every device can; the customer presses the button."""
    unattended = command.order.vacant_verified is True or command.order.customer_present is False
    all_can = all(capability.can_arm for capability in command.capabilities.values())
    return OnRestore.ARM if all_can and (reason is Reason.NON_PAYMENT or unattended) else OnRestore.CONNECT


def _leg(draft: Draft, command: SubmitOrder, meter_id: str) -> Leg:
    order, place = command.order, draft.meter(meter_id).installation
    can = command.capabilities.get(meter_id)
    asked = next(
        (r for r in order.legs if r.meter_id == meter_id),
        next((r for r in order.legs if r.meter_id is None and r.service is place.service), LegRequest()),
    )
    return Leg(
        meter_id=meter_id,
        service=place.service,
        mode=asked.mode or order.mode,
        expected_serial=asked.expected_serial,
        restrict_to=asked.restrict_to,
        only_arms=can is not None and can.can_arm and not can.can_connect,
        billing_proof=command.terms.billing_proof_of.get(place.profile, command.terms.billing_proof),
    )


def _dates(command: SubmitOrder, hold: Hold) -> tuple[Verdict, ...]:
    """Refuse dates that have passed: a suspension may be planned, never backdated."""
    at = command.at
    oldest = at - timedelta(seconds=command.terms.backdate_tolerance_s)
    facts = {"starts_at": hold.starts_at.isoformat(), "not_after": hold.not_after.isoformat()}
    if hold.starts_at < oldest:
        sentence = f"starts_at {hold.starts_at.isoformat()} lies in the past"
        return (Verdict("dates.backdated", FLOOR_VERSION, Effect.REFUSE, at, Because.BACKDATED, sentence, facts),)
    if hold.not_after <= at or (hold.ends_at is not None and hold.ends_at <= at):
        sentence = "not_after or ends_at has passed already"
        return (Verdict("dates.expired", FLOOR_VERSION, Effect.REFUSE, at, Because.EXPIRED, sentence, facts),)
    return ()


def conflict(draft: Draft, hold: Hold) -> Hold | None:
    """Find an open hold over the same time at the same meter; only ``safety`` and ``meter_work`` may overlap."""
    for leg in hold.legs:
        for other_id in draft.meter(leg.meter_id).open_holds:
            other = draft.find_hold(other_id)
            if other is None or other_id == hold.hold_id or {hold.reason, other.reason} & STACKING_REASONS:
                continue
            before = hold.ends_at is not None and hold.ends_at <= other.starts_at
            after = other.ends_at is not None and other.ends_at <= hold.starts_at
            if not before and not after:
                return other
    return None
