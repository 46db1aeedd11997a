"""Settings kept: what a meter is set to is read before a suspension's write and after its restore.

It is no evidence of supply and stops nothing: what cannot be read is kept as not told, and never asked for again.
"""

from meterhold.domain.errors import MeterRefused, NeverSent, NoAnswer
from meterhold.domain.kept_settings import Setting
from meterhold.domain.operation import OperationKind
from meterhold.domain.words import Outcome
from meterhold.profiles import decode_settings, plan_settings
from meterhold.profiles.wire import Reply
from meterhold.usecases.attempt import Attempt
from meterhold.usecases.ports import Turn


async def note_before(attempt: Attempt, turn: Turn) -> None:
    """Read what the meter is set to, once a hold, before its first disconnection."""
    if attempt.profile.settings is None or attempt.operation.restores or attempt.leg.settings:
        return
    attempt.settings = await _read(attempt, turn)


async def note_after(attempt: Attempt, turn: Turn) -> None:
    """Read it once more when supply is proven back, where there is something to compare it with."""
    operation = attempt.operation
    back = operation.outcome is Outcome.VERIFIED and operation.connects and operation.kind is not OperationKind.CHECK
    if attempt.profile.settings is None or not attempt.leg.settings or not back:
        return
    attempt.settings = await _read(attempt, turn)


async def _read(attempt: Attempt, turn: Turn) -> tuple[Setting, ...]:
    replies: list[Reply | None] = []
    for question in plan_settings(attempt.profile, attempt.meter.installation.address):
        try:
            replies.append(await turn.ask(question))
        except (NeverSent, NoAnswer, MeterRefused):
            replies.append(None)
    return decode_settings(attempt.profile, replies)
