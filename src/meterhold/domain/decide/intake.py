"""Taking orders in: replays, refusals, and what each action does to the holds that it means."""

from meterhold.domain.commands import SubmitOrder
from meterhold.domain.decide import changes, restoring, signatures, suspending
from meterhold.domain.draft import Draft
from meterhold.domain.errors import DuplicateOrder
from meterhold.domain.words import Action


def submit(draft: Draft, command: SubmitOrder) -> None:
    """Take an order in. The same content under the same key changes nothing; other content is refused.

    An order that is not signed as its sender's must be is not even looked at.
    """
    if not signatures.admit(draft, command):
        return
    known = draft.find_order(command.key)
    if known is not None:
        if known.content_hash != command.content_hash:
            raise DuplicateOrder(command.key.order_id)
        return
    match command.order.action:
        case Action.SUSPEND:
            suspending.take_in(draft, command)
        case Action.RESTORE:
            restoring.take_in(draft, command)
        case Action.AMEND:
            changes.amend(draft, command)
        case Action.CANCEL:
            changes.cancel(draft, command)
        case Action.CLOSE:
            changes.close(draft, command)
