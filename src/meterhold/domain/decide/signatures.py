"""Whether an order's signature lets it in. Each order uses up its counter in the transaction that takes it in."""

from meterhold.domain.commands import SubmitOrder
from meterhold.domain.draft import Draft
from meterhold.domain.errors import Refused
from meterhold.domain.events import SignatureAccepted, SignatureRefused
from meterhold.domain.evolve import emit
from meterhold.domain.signature import flaw_in, keeps_refusal
from meterhold.domain.words import Because


def refusal(flaw: str) -> Refused:
    """What is answered to an order with this flaw."""
    return Refused(Because.SIGNATURE, f"the order {flaw}")


def admit(draft: Draft, command: SubmitOrder) -> bool:
    """Say whether the order may be looked at; that it may not is kept, and the order is not.

    Raises ``Refused`` where so many of this sender were kept already that this one is only counted.
    """
    signed, record = command.signed, draft.find_order(command.key)
    known = record is not None and record.content_hash == command.content_hash
    originator = draft.originator(command.key.sender)
    flaw = flaw_in(signed, originator, command.order, command.at, known=known)
    key_id, counter = (None, None) if signed is None else (signed.key_id, signed.counter)
    if flaw is not None:
        if not keeps_refusal(originator, command.at):
            raise refusal(flaw)
        emit(draft, SignatureRefused(command.at, command.key, command.content_hash, flaw, key_id, counter))
        return False
    if signed is not None and record is None:
        emit(draft, SignatureAccepted(command.at, command.key, signed.key_id, signed.counter, signed.signature))
    return True
