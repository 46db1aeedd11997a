"""``amend``, ``cancel`` and ``close``: what may still be changed, and until when."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from meterhold.domain.commands import SubmitOrder
from meterhold.domain.decide import bound, restore, suspend
from meterhold.domain.decide.answers import accept, done, refuse, refuse_if_stale
from meterhold.domain.decide.attention import clear
from meterhold.domain.decide.handing_over import others_at
from meterhold.domain.decide.queueing import end_unsent_suspensions
from meterhold.domain.decide.rejudging import judge_amended, keep
from meterhold.domain.decide.suspending import conflict
from meterhold.domain.draft import Draft
from meterhold.domain.events import HoldAmended, HoldMoved
from meterhold.domain.evolve import emit
from meterhold.domain.hold import Hold, Leg
from meterhold.domain.hold_table import HoldStatus, HoldTrigger
from meterhold.domain.policy import refusals
from meterhold.domain.replacing import replace
from meterhold.domain.words import Because, OrderResult, Outcome

_NOT_WRITTEN = frozenset({HoldStatus.SCHEDULED, HoldStatus.AWAITING_APPROVAL, HoldStatus.SUSPENDING})
"""Where nothing was written yet, unless an intent is on record."""


def amend(draft: Draft, command: SubmitOrder) -> None:
    """Change dates and settings, as long as the hold is not coming to its end."""
    hold = draft.hold(command.hold_ids[0])
    if _not_its_own(draft, command, hold) or refuse_if_stale(draft, command, hold):
        return
    if hold.final or hold.status is HoldStatus.RESTORING:
        _too_late(draft, command, hold, f"the hold is {hold.status}")
        return
    order = command.order
    amended = _amended(hold, command)
    problem = _amend_problem(draft, hold, amended, command) or bound.forbids_amending(draft, hold, amended)
    if problem is not None:
        refuse(draft, command, *problem, hold_ids=(hold.hold_id,))
        return
    verdicts = judge_amended(draft, amended, command.at, command.terms)
    if refused := refusals(verdicts):
        code = refused[0].code or Because.MALFORMED
        refuse(draft, command, code, refused[0].sentence, hold_ids=(hold.hold_id,), verdicts=verdicts)
        return
    accept(draft, command, (hold.hold_id,), verdicts)
    emit(draft, HoldAmended(command.at, hold.hold_id, order, amended.not_after, command.key.sender))
    bound.join_amendment(draft, command, hold)
    keep(draft, hold.hold_id, command.at, verdicts)
    if hold.status is HoldStatus.SUSPENDING and amended.starts_at > max(command.at, hold.starts_at):
        _postpone(draft, hold.hold_id, command.at)
    done(draft, command, hold.hold_id, "; ".join(_kept_too_long(draft.hold(hold.hold_id), command)))


def _postpone(draft: Draft, hold_id: str, at: datetime) -> None:
    """Let a suspension that had begun without writing anything begin anew at its new start."""
    end_unsent_suspensions(draft, hold_id, at, Outcome.CANCELLED)
    clear(draft, hold_id, at)
    emit(draft, HoldMoved(at, hold_id, HoldTrigger.POSTPONE, detail="its start was moved before anything was written"))
    restore.release_others(draft, draft.hold(hold_id), at)


def _kept_too_long(hold: Hold, command: SubmitOrder) -> Iterator[str]:
    """Name the disconnections that a carrier keeps beyond the new last moment, and what becomes of them."""
    for leg in hold.legs:
        operation, can = leg.operation, command.capabilities.get(leg.meter_id)
        if operation is None or operation.intent is None or not operation.outlives(hold.send_before):
            continue
        if can is not None and can.can_withdraw:
            yield f"{leg.meter_id}: its carrier is told to forget the disconnection at {hold.send_before.isoformat()}"
        elif operation.intent.expires_at is not None:
            until = operation.intent.expires_at.isoformat()
            yield f"{leg.meter_id}: its carrier cannot be told, and may deliver the disconnection until {until}"


def _amended(hold: Hold, command: SubmitOrder) -> Hold:
    """The hold with the dates that the order asks for; ``not_after`` follows a new start unless it is given."""
    order = command.order
    starts_at = order.starts_at if "starts_at" in order.given and order.starts_at is not None else hold.starts_at
    not_after = hold.not_after
    if "not_after" in order.given and order.not_after is not None:
        not_after = order.not_after
    elif starts_at != hold.starts_at:
        not_after = starts_at + timedelta(seconds=command.terms.suspend_within_s)
    ends_at = order.ends_at if "ends_at" in order.given else hold.ends_at
    return replace(hold, starts_at=starts_at, ends_at=ends_at, not_after=not_after)


def _amend_problem(draft: Draft, hold: Hold, amended: Hold, command: SubmitOrder) -> tuple[Because, str] | None:
    order = command.order
    if "ends_at" in order.given and order.ends_at is not None and order.ends_at <= command.at:
        return Because.BACKDATED, "ends_at lies in the past: send restore"
    if "starts_at" in order.given:
        if hold.status not in _NOT_WRITTEN or hold.intended_once:
            return Because.HOLD_STATUS, "starts_at may be changed only before anything was written"
        if order.starts_at is None or order.starts_at < command.at:
            return Because.BACKDATED, "starts_at lies in the past"
    if amended.ends_at is not None and amended.ends_at <= amended.starts_at:
        return Because.MALFORMED, "ends_at must lie after starts_at"
    if "not_after" in order.given and amended.not_after <= max(command.at, amended.starts_at):
        return Because.BACKDATED, "not_after must lie in the future and after starts_at"
    other = conflict(draft, amended)
    if other is not None:
        detail = f"the {other.reason} hold {other.hold_id} ({other.status}) lies over the new time at the same meter"
        return Because.CONFLICTING_ORDER, detail
    return None


def cancel(draft: Draft, command: SubmitOrder) -> None:
    """Call a suspension off, as long as no write can have happened."""
    hold = draft.hold(command.hold_ids[0])
    if _not_its_own(draft, command, hold) or refuse_if_stale(draft, command, hold):
        return
    if hold.status not in _NOT_WRITTEN or hold.intended_once:
        _too_late(draft, command, hold, f"the hold is {hold.status}; send restore")
        return
    accept(draft, command, (hold.hold_id,))
    end_unsent_suspensions(draft, hold.hold_id, command.at, Outcome.CANCELLED)
    clear(draft, hold.hold_id, command.at)
    emit(draft, HoldMoved(command.at, hold.hold_id, HoldTrigger.CANCEL, detail=command.order.comment or ""))
    suspend.finish_suspend_order(draft, hold.hold_id, command.at, OrderResult.CANCELLED)
    restore.release_others(draft, hold, command.at)
    done(draft, command, hold.hold_id)


def close(draft: Draft, command: SubmitOrder) -> None:
    """End a hold with supply left off. The permanent disconnection is another process, and the answer says so."""
    hold = draft.hold(command.hold_ids[0])
    if _not_its_own(draft, command, hold) or refuse_if_stale(draft, command, hold):
        return
    if hold.final or hold.status is HoldStatus.RESTORING:
        _too_late(draft, command, hold, f"the hold is {hold.status}")
        return
    if hold.status not in {HoldStatus.SUSPENDED, HoldStatus.MONITORING} or any(_unresolved(leg) for leg in hold.legs):
        detail = f"only a suspended hold with no write unresolved can be closed; this one is {hold.status}"
        refuse(draft, command, Because.HOLD_STATUS, detail, hold_ids=(hold.hold_id,))
        return
    accept(draft, command, (hold.hold_id,))
    clear(draft, hold.hold_id, command.at)
    emit(draft, HoldMoved(command.at, hold.hold_id, HoldTrigger.CLOSE))
    restore.release_others(draft, hold, command.at)
    detail = "supply stays off; the permanent disconnection is another process, which this gateway does not carry out"
    done(draft, command, hold.hold_id, f"{detail}{''.join(_not_closed(draft, hold))}")


def _unresolved(leg: Leg) -> bool:
    """Whether a write to its meter may have had an effect that nobody knows of, nor has answered for."""
    return leg.busy or (leg.outcome is Outcome.UNRESOLVED and not leg.accepted)


def _not_closed(draft: Draft, hold: Hold) -> Iterator[str]:
    """Name the holds that are open still, and bring back what they have switched off themselves."""
    for leg in hold.legs:
        for other in others_at(draft, leg.meter_id, hold.hold_id):
            if other.leg(leg.meter_id).written:
                yield f"; {leg.meter_id}: the {other.reason} hold {other.hold_id} is {other.status}, and brings it back"


def _not_its_own(draft: Draft, command: SubmitOrder, hold: Hold) -> bool:
    """Refuse to change another sender's hold: who may do that can keep a home dark. Anybody may send ``restore``."""
    if hold.suspend_key is None or hold.suspend_key.sender == command.key.sender:
        return False
    detail = "only the sender of its suspend order may amend, cancel or close a hold"
    refuse(draft, command, Because.FORBIDDEN, detail, hold_ids=(hold.hold_id,))
    return True


def _too_late(draft: Draft, command: SubmitOrder, hold: Hold, detail: str) -> None:
    refuse(draft, command, Because.HOLD_STATUS, detail, result=OrderResult.TOO_LATE, hold_ids=(hold.hold_id,))
