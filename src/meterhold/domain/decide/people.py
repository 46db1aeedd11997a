"""What people do: decide on attention, throw the kill switch."""

from meterhold.domain import commands as c
from meterhold.domain import events as e
from meterhold.domain.decide import operations, restore, suspend
from meterhold.domain.decide.attention import clear, raise_once
from meterhold.domain.draft import Draft
from meterhold.domain.errors import Refused, UnknownThing
from meterhold.domain.evolve import emit
from meterhold.domain.hold import Attention, Hold, Leg
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.site import Inhibit
from meterhold.domain.words import Because, Decision, Outcome


def decide_attention(draft: Draft, command: c.DecideAttention) -> None:
    """Carry out a person's decision on an item, if the item permits it."""
    hold = draft.hold(command.hold_id)
    item = next((item for item in hold.attention if item.n == command.n), None)
    if item is None:
        raise UnknownThing(Because.NOT_FOUND, f"hold {hold.hold_id} has no attention item {command.n}")
    if not item.waiting:
        raise Refused(Because.HOLD_STATUS, f"item {item.n} was decided by {item.cleared_by} already")
    if command.decision not in item.decisions:
        permitted = ", ".join(item.decisions)
        raise Refused(Because.FORBIDDEN, f"item {item.n} permits {permitted}, not {command.decision}")
    if item.code is Because.FOUND_OFF and command.decision is Decision.RESTORE and not command.may_approve:
        raise Refused(Because.FORBIDDEN, f"{item.meter_id} was off before this hold: only an approver connects it")
    if item.code is Because.INSPECTION_DUE and command.decision is Decision.RESTORE and not command.may_approve:
        raise Refused(Because.FORBIDDEN, "only an approver may say that the premises have been inspected")
    emit(draft, e.AttentionCleared(command.at, hold.hold_id, item.n, command.by, command.decision, command.comment))
    match command.decision:
        case Decision.RETRY:
            _retry(draft, hold, item, command)
        case Decision.ACCEPT_AS_IS:
            if item.meter_id is not None:
                emit(draft, e.LegAccepted(command.at, hold.hold_id, item.meter_id, command.by))
            operations.follow(draft, hold.hold_id, command.at, command.terms)
        case Decision.FIELD_VISIT:
            rest = tuple(decision for decision in item.decisions if decision is not Decision.FIELD_VISIT)
            detail = f"field visit: {command.comment or item.detail}"
            raise_once(
                draft,
                hold.hold_id,
                command.at,
                item.code,
                item.meter_id,
                who="field crew",
                decisions=rest,
                detail=detail,
            )
        case Decision.RESTORE:
            _restore(draft, hold, item, command)


def _retry(draft: Draft, hold: Hold, item: Attention, command: c.DecideAttention) -> None:
    if item.meter_id is None:
        raise Refused(Because.HOLD_STATUS, "there is no one meter to try again")
    leg = hold.leg(item.meter_id)
    if leg.busy:
        raise Refused(Because.HOLD_STATUS, f"meter {leg.meter_id} is being tried already")
    if hold.status is HoldStatus.RESTORING:
        restore.queue_restore(draft, hold, leg, command.at)
    else:
        _suspend_again(draft, hold, leg, command)


def _suspend_again(draft: Draft, hold: Hold, leg: Leg, command: c.DecideAttention) -> None:
    at = command.at
    reverted = hold.status is HoldStatus.SUSPENDED and leg.outcome is Outcome.REVERTED
    if hold.status is HoldStatus.SUSPENDED and not reverted:
        raise Refused(Because.HOLD_STATUS, "the hold is suspended already: restore it, or accept the leg as it is")
    if (hold.status is not HoldStatus.SUSPENDING and not reverted) or at >= hold.send_before:
        raise Refused(Because.EXPIRED, "not_after has passed: a late suspension is never sent")
    clear(draft, hold.hold_id, at, meter_id=leg.meter_id)
    suspend.queue_suspension(draft, hold, leg, at, command.terms)


def _restore(draft: Draft, hold: Hold, item: Attention, command: c.DecideAttention) -> None:
    named: tuple[str, ...] = ()
    if item.code is Because.FOUND_OFF and item.meter_id is not None:
        named = (item.meter_id,)
    emit(
        draft,
        e.RestoreAsked(command.at, hold.hold_id, command.by, None, hold.on_restore, found_off_too=named),
    )
    if hold.status is not HoldStatus.RESTORING:
        if not hold.intended_once and hold.status is HoldStatus.SUSPENDING:
            suspend.give_up(draft, hold.hold_id, command.at, item.code, f"given up by {command.by}")
            return
        restore.begin(draft, hold.hold_id, command.at, f"decided by {command.by}")
    operations.follow(draft, hold.hold_id, command.at, command.terms)


def set_inhibit(draft: Draft, command: c.SetInhibit) -> None:
    """Throw the kill switch or lift it; saying it twice changes nothing."""
    if command.on:
        if draft.site.inhibit is None:
            emit(draft, e.InhibitSet(command.at, Inhibit(command.by, command.reason, command.at)))
    elif draft.site.inhibit is not None:
        emit(draft, e.InhibitLifted(command.at, command.by, command.reason))
