"""What a look that only watches does next: it never writes, and it fights nothing that it finds."""

from datetime import datetime, timedelta

from meterhold.domain.identity import IdentityVerdict
from meterhold.domain.next_step import End, LookAgain, Timing
from meterhold.domain.observation import Observation
from meterhold.domain.operation import Grade, Operation, OperationKind
from meterhold.domain.protocol import back_off_s
from meterhold.domain.sentences import sentence
from meterhold.domain.words import Because, Outcome, SupplyState

_BUTTON_EVERY_S = 900.0
"""The longest that a pressed button stays unseen, where the meter answers."""
_AGE_SHARE = 0.1
"""Looks become rarer with the wait: the next one comes after a tenth of it."""

_GONE_BACK = frozenset({Because.WELDED, Because.LEAKING})
_UNDECIDED = frozenset({Because.INTERMEDIATE_POSITION, Because.NO_MOVEMENT})


def after_check(operation: Operation, now: datetime, timing: Timing) -> LookAgain | End:
    """Say what follows from the look that a check has just taken at the meter that is meant."""
    look, grade = operation.last_look, operation.last_grade
    if look is None or grade is None:
        raise ValueError("after_check needs an operation that has looked")
    if operation.kind is OperationKind.AWAIT_BUTTON:
        return _after_button(operation, grade, now, timing)
    if grade.confirms:
        return End(Outcome.VERIFIED)
    if grade.shows_old_state or grade.because in _GONE_BACK:
        because = grade.because or Because.VERIFY_MISMATCH
        return End(Outcome.REVERTED, because, f"it was {operation.target}, and {_shows(look)}")
    if grade.because in _UNDECIDED:
        if now < operation.created_at + timedelta(seconds=timing.travel_s + timing.latency_s):
            return LookAgain(now + timedelta(seconds=timing.between_s), grade.because)
        return End(Outcome.REVERTED, grade.because, sentence(grade.because))
    if now < operation.created_at + timedelta(seconds=timing.latency_s):
        return LookAgain(now + timedelta(seconds=timing.between_s))
    return End(Outcome.UNVERIFIED, Because.NO_EVIDENCE, "nothing newer was seen of it")


def _after_button(operation: Operation, grade: Grade, now: datetime, timing: Timing) -> LookAgain | End:
    if grade.confirms:
        return End(Outcome.VERIFIED)
    if grade.shows_old_state and grade.actual in {SupplyState.DISCONNECTED, SupplyState.RESTRICTED}:
        return End(Outcome.REVERTED, Because.VERIFY_MISMATCH, f"it was armed and is {grade.actual} again")
    return LookAgain(_next_button_look(operation, now, timing))


def after_unseen(
    operation: Operation, now: datetime, timing: Timing, stranger: IdentityVerdict | None = None
) -> LookAgain | End:
    """Say what follows when the meter could not be seen. ``stranger``: another one answered, or nobody knows who."""
    if operation.give_up_at is not None and now >= operation.give_up_at + timedelta(seconds=timing.latency_s):
        if stranger is not None:
            return End(Outcome.IDENTITY_MISMATCH, stranger.because, stranger.detail)
        return End(Outcome.UNREACHABLE, operation.because or Because.COMM_TIMEOUT, operation.detail)
    again = now + timedelta(seconds=back_off_s(operation.failed_looks, timing))
    return LookAgain(again, operation.because, operation.detail)


def _shows(look: Observation) -> str:
    flows = " while the customer's side draws" if look.load is True else ""
    return f"shows {look.shown_state} now{flows}"


def _next_button_look(operation: Operation, now: datetime, timing: Timing) -> datetime:
    waited_s = (now - operation.created_at).total_seconds()
    wait_s = max(timing.interlock_recheck_s, timing.between_s, min(_BUTTON_EVERY_S, waited_s * _AGE_SHARE))
    return now + timedelta(seconds=wait_s)
