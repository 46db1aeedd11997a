"""What people and their tools send besides orders: small documents, one for each thing that may be asked."""

from typing import Annotated

from pydantic import AfterValidator

from meterhold.documents.fields import Moment, Name, Phrase, Prose, Strict
from meterhold.domain.witness import STATEABLE
from meterhold.domain.words import Decision, SupplyState


def _stateable(state: SupplyState) -> SupplyState:
    if state not in STATEABLE:
        raise ValueError(f"must be what a person can see: {', '.join(sorted(STATEABLE))}")
    return state


class AttentionDocument(Strict):
    """A person's decision on an attention item."""

    decision: Decision
    comment: Prose = ""


class WrongfulDocument(Strict):
    """Why supply should never have been cut."""

    reason: Phrase


class AcknowledgeDocument(Strict):
    """What a person has to say of an alarm that they know of."""

    comment: Prose = ""


class LockDocument(Strict):
    """A technician's lock. It never releases itself: at ``review_at`` it alarms."""

    reason: Phrase
    review_at: Moment


class WitnessDocument(Strict):
    """What a technician saw at the meter with their own eyes, in their own words."""

    state: Annotated[SupplyState, AfterValidator(_stateable)]
    statement: Phrase
    seal: Name | None = None


class VerifyDocument(Strict):
    """Whether to record the commissioning when nothing is wrong."""

    commission: bool = False


class InhibitDocument(Strict):
    """Why no disconnect may leave the gateway."""

    reason: Phrase
