"""Supply that was off for long comes back only after an inspection: one of the few things that may stop a restore."""

from datetime import datetime

from meterhold.domain.commands import Terms
from meterhold.domain.decide.attention import raise_once
from meterhold.domain.decide.policy_case import case_of
from meterhold.domain.draft import Draft
from meterhold.domain.events import HoldJudged, LegWaits
from meterhold.domain.evolve import emit
from meterhold.domain.hold import Hold, Leg
from meterhold.domain.policy import inspections_from
from meterhold.domain.sentences import sentence
from meterhold.domain.words import Because, Decision


def note(draft: Draft, hold_id: str, at: datetime, terms: Terms) -> None:
    """Keep, as supply goes off, from when on it comes back only after an inspection."""
    if not terms.policy.rules:
        return
    due = inspections_from(terms.policy, case_of(draft, draft.hold(hold_id), at), at)
    if due:
        emit(draft, HoldJudged(at, hold_id, (), due))


def is_due(hold: Hold, leg: Leg, at: datetime) -> bool:
    """Whether a leg was off for so long that an inspection comes first, and none has been."""
    return leg.inspect_from is not None and at >= leg.inspect_from and not hold.inspected


def wait(draft: Draft, hold: Hold, leg: Leg, at: datetime) -> None:
    """Say of a leg what it waits for; one inspection lets all legs of the hold come back."""
    if leg.because is not Because.INSPECTION_DUE:
        emit(draft, LegWaits(at, hold.hold_id, leg.meter_id, Because.INSPECTION_DUE))
    since = "" if leg.inspect_from is None else f" (from {leg.inspect_from.isoformat()} on)"
    raise_once(
        draft,
        hold.hold_id,
        at,
        Because.INSPECTION_DUE,
        None,
        who="an approver, once the premises have been inspected",
        decisions=(Decision.RESTORE, Decision.FIELD_VISIT),
        detail=f"{sentence(Because.INSPECTION_DUE)}{since}",
    )
