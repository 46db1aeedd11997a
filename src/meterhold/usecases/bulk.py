"""Many orders in one document wait together: one set, one decision."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256

from meterhold.domain.commands import CompleteSet
from meterhold.domain.words import Action
from meterhold.usecases.ports import Ports

_WAITING_ACTIONS = (Action.SUSPEND, Action.RESTORE)

Documents = Mapping[Action, str]
"""By action, the name of the set that the document's orders of this action make."""


def documents_of(ports: Ports, sender: str, orders: Collection[tuple[Action, str]]) -> Documents:
    """Name the sets of a document by its content: sent again, it is the same set.

    ``orders``: the action and content hash of each line that is an order.
    """
    counts = Counter(action for action, _ in orders)
    many = [action for action in _WAITING_ACTIONS if counts[action] > ports.terms.bulk_orders]
    return {action: _name(sender, action, (content for its, content in orders if its is action)) for action in many}


def _name(sender: str, action: Action, contents: Iterable[str]) -> str:
    digest = sha256("\n".join((sender, action, *contents)).encode()).hexdigest()
    return f"bulk-{action}-{digest[:24]}"


async def complete(ports: Ports, documents: Documents) -> None:
    """Say that the document has been taken in to its end: only now can its sets be granted."""
    for name in documents.values():
        await ports.journal.submit(CompleteSet(ports.clock.now(), name))
