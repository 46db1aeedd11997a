"""What a carrier says of a command that it keeps for a device. It is never evidence of a state."""

from meterhold.domain.operation import Move
from meterhold.domain.operation_table import OperationState, Trigger
from meterhold.domain.words import Because
from meterhold.profiles import command_id, plan_receipts
from meterhold.profiles.wire import Document
from meterhold.usecases.attempt import Attempt
from meterhold.usecases.looking import ask
from meterhold.usecases.ports import Turn


async def hear_carrier(attempt: Attempt, turn: Turn) -> None:
    """Take over that the device has the command, that the carrier has given up, or that its time there is over."""
    match await _said(attempt, turn):
        case True:
            attempt.take(Move(Trigger.ACKNOWLEDGED, attempt.now(), detail="the carrier says that the device has it"))
        case False:
            _lost(attempt, "the carrier gave up: whether the device had it is not known")
        case None:
            intent = attempt.operation.intent
            if intent is None or intent.expires_at is None or intent.expires_at <= attempt.now():
                _lost(attempt, "it expired at the carrier, and nothing tells whether the device had it")


async def _said(attempt: Attempt, turn: Turn) -> bool | None:
    """What the receipts since the intent say; that the device has it counts for more than that somebody gave up."""
    rules, intent = attempt.profile.carrier, attempt.operation.intent
    if rules is None or intent is None:
        return None
    address = attempt.meter.installation.address
    said: set[bool] = set()
    for question in plan_receipts(attempt.profile, address):
        receipt = await ask(turn, question)
        if isinstance(receipt, Document) and receipt.at >= intent.at:
            verdict = rules.delivered(receipt, command_id(address, intent.number))
            said |= set() if verdict is None else {verdict}
    return max(said, default=None)


def _lost(attempt: Attempt, detail: str) -> None:
    if attempt.operation.state is not OperationState.AT_CARRIER:
        raise AssertionError("only a carrier loses what it keeps")
    attempt.take(Move(Trigger.OUTCOME_LOST, attempt.now(), because=Because.OUTCOME_UNKNOWN, detail=detail))
