"""What people and their tools send besides orders: small documents, one for each thing that may be asked."""

from typing import Annotated

from pydantic import Field

from meterhold.documents.fields import Moment, Name, Phrase, Prose, Strict
from meterhold.domain.words import Decision


class AttentionDocument(Strict):
    """A person's decision on an attention item."""

    decision: Decision
    comment: Prose = ""


class LockDocument(Strict):
    """A technician's lock. It never releases itself: at ``review_at`` it alarms."""

    reason: Phrase
    review_at: Moment


class VerifyDocument(Strict):
    """Whether to record the commissioning when nothing is wrong."""

    commission: bool = False


class InhibitDocument(Strict):
    """Why no disconnect may leave the gateway."""

    reason: Phrase


class KeyDocument(Strict):
    """A new API key: whose, and what for."""

    name: Name
    roles: Annotated[tuple[str, ...], Field(min_length=1, max_length=16)]
