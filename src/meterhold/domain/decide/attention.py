"""Raising and clearing what waits for a person."""

from collections.abc import Iterable
from datetime import datetime

from meterhold.domain.draft import Draft
from meterhold.domain.events import AttentionCleared, AttentionRaised
from meterhold.domain.evolve import emit
from meterhold.domain.hold import Attention
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.words import Because, Decision

DESK = "operations desk"
EVERY_DECISION = (Decision.RETRY, Decision.ACCEPT_AS_IS, Decision.FIELD_VISIT, Decision.RESTORE)
AS_IT_IS = (Decision.ACCEPT_AS_IS, Decision.FIELD_VISIT, Decision.RESTORE)
RESTORE_DECISIONS = (Decision.RETRY, Decision.FIELD_VISIT)
ON_ITS_OWN = (Decision.FIELD_VISIT,)
"""For what clears by itself once its cause is gone."""
STOPS = (
    Because.TECHNICIAN_LOCK,
    Because.INHIBITED,
    Because.CLOCK,
    Because.HELD_BY,
    Because.BUS_BUSY,
    Because.BULK_LIMIT,
    Because.LOAD_CAP,
    Because.PACED,
    Because.VALVES_MOVING,
)
"""What puts a write off, and clears by itself once it is gone."""


def raise_once(
    draft: Draft,
    hold_id: str,
    at: datetime,
    code: Because,
    meter_id: str | None,
    *,
    who: str = DESK,
    decisions: tuple[Decision, ...] = EVERY_DECISION,
    detail: str = "",
) -> None:
    """Raise an item, unless the same one waits already."""
    for item in draft.hold(hold_id).attention:
        if item.waiting and item.code is code and item.meter_id == meter_id:
            return
    emit(draft, AttentionRaised(at, hold_id, code, meter_id, who, decisions, detail))


def clear_passing(draft: Draft, hold_id: str, at: datetime, meter_id: str) -> None:
    """Clear what stood in a leg's way: its way is free now."""
    for item in draft.hold(hold_id).attention:
        if item.waiting and item.meter_id == meter_id and _passes(item):
            emit(draft, AttentionCleared(at, hold_id, item.n, "meterhold", None, "its cause is gone"))


def _passes(item: Attention) -> bool:
    """Whether it clears by itself; a person may give a suspension up that waits for a stop."""
    at_most = {*ON_ITS_OWN, Decision.RESTORE} if item.code in STOPS else {*ON_ITS_OWN}
    return set(item.decisions) <= at_most


def while_stopped(draft: Draft, hold_id: str) -> tuple[Decision, ...]:
    """What may be decided while a lock or the inhibit lasts: a suspension may be given up, a restore has to wait."""
    restoring = draft.hold(hold_id).status is HoldStatus.RESTORING
    return ON_ITS_OWN if restoring else (*ON_ITS_OWN, Decision.RESTORE)


def clear(
    draft: Draft, hold_id: str, at: datetime, *, meter_id: str | None = None, codes: Iterable[Because] | None = None
) -> None:
    """Clear the items of a leg (or of the whole hold) whose cause is gone."""
    wanted = None if codes is None else set(codes)
    for item in draft.hold(hold_id).attention:
        mine = meter_id is None or item.meter_id == meter_id
        if item.waiting and mine and (wanted is None or item.code in wanted):
            emit(draft, AttentionCleared(at, hold_id, item.n, "meterhold", None, "its cause is gone"))
