"""Many restores at once wait for a second person, however long it takes: all at once they hurt the grid."""

from meterhold.domain.approval import ApprovalKind
from meterhold.domain.commands import SubmitOrder
from meterhold.domain.decide.asking import Question, ask_for_order
from meterhold.domain.draft import Draft
from meterhold.domain.hold import Hold


def is_bulk(command: SubmitOrder, holds: int) -> bool:
    """Whether a restore is one of many: of one document, or for many holds."""
    return command.document is not None or holds > command.terms.bulk_orders


def wait(draft: Draft, command: SubmitOrder, holds: list[Hold]) -> bool:
    """Let a restore wait that is one of many; say whether it waits. Holds that it names can still come back singly."""
    if not is_bulk(command, len(holds)):
        return False
    hold_ids = tuple(hold.hold_id for hold in holds)
    detail = f"more than {command.terms.bulk_orders} restores are asked for at once"
    question = Question(ApprovalKind.BULK, detail, None, document=command.document)
    ask_for_order(draft, draft.order(command.key), hold_ids, command.at, question)
    return True
