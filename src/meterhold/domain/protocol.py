"""What an operation does next: pure, after each look and after each failure to look.

Positive conclusions may come early; negative ones only once the device must have come to rest
(``travel_s`` after the write).
"""

from datetime import datetime, timedelta

from meterhold.domain.identity import IdentityVerdict
from meterhold.domain.leaking import LeakWatch, after_connected
from meterhold.domain.next_step import End, LookAgain, NextStep, TakeBack, Timing, WriteNow
from meterhold.domain.observation import Interlock, Observation
from meterhold.domain.operation import Grade, Operation
from meterhold.domain.operation_table import OperationState
from meterhold.domain.sentences import sentence
from meterhold.domain.words import OFF_STATES, Because, Outcome, SupplyState

WRITE_BUDGET = 2
"""Writes that one operation may make: the first, and one more on evidence that the first had no effect."""
INTENT_GOOD_FOR_S = 2.0
"""How long, on monotonic time, a recorded intent may still be acted on."""
PUT_OFF_S = 30.0
"""How long a lock or the inhibit puts a write off before it is asked for again."""
_LONGEST_BACK_OFF_S = 300.0
_DOUBT_LASTS_AT_LEAST_S = 900.0


def after_look(operation: Operation, now: datetime, timing: Timing, leak: LeakWatch | None = None) -> NextStep:
    """Say what follows from the look at the meter that is meant which ``operation`` has just taken."""
    look, grade = operation.last_look, operation.last_grade
    if look is None or grade is None:
        msg = "after_look needs an operation that has looked"
        raise ValueError(msg)
    if operation.state is OperationState.QUEUED:
        return _before_writing(operation, look, now, timing)
    if grade.confirms and leak is not None and operation.connects and grade.actual is SupplyState.CONNECTED:
        return after_connected(operation, look, now, leak)
    return _after_writing(operation, look, grade, now, timing)


def after_stranger(operation: Operation, identity: IdentityVerdict, now: datetime, timing: Timing) -> LookAgain | End:
    """Say what follows when it is not sure that the meter which answered is the one that is meant.

    Nothing has then been seen of ours: what the other one shows must not count for it, nor move it.
    """
    if operation.unresolved and now < (until := _heard_by(operation, now, timing)):
        return LookAgain(_soon(operation, now, timing, until), identity.because, identity.detail)
    outcome = Outcome.BLOCKED if identity.because is Because.NOT_COMMISSIONED else Outcome.IDENTITY_MISMATCH
    return End(outcome, identity.because, identity.detail)


def at_rest(operation: Operation, now: datetime, timing: Timing) -> datetime:
    """When the device must have come to rest, however late the last write arrived."""
    return (operation.written_by or now) + timedelta(seconds=timing.travel_s)


def _heard_by(operation: Operation, now: datetime, timing: Timing) -> datetime:
    """By when it must have told us of that."""
    return at_rest(operation, now, timing) + timedelta(seconds=timing.latency_s)


def _soon(operation: Operation, now: datetime, timing: Timing, until: datetime) -> datetime:
    """When to look next, at the latest at some moment, and when a carrier gives up."""
    moments = [until, now + timedelta(seconds=timing.between_s)]
    expires_at = None if operation.intent is None else operation.intent.expires_at
    if operation.state is OperationState.AT_CARRIER and expires_at is not None:
        moments.append(max(expires_at, now))
        if operation.send_before is not None and operation.send_before > now:
            moments.append(operation.send_before)
    return min(moments)


def _before_writing(operation: Operation, look: Observation, now: datetime, timing: Timing) -> NextStep:
    grade = operation.last_grade
    if grade is not None and grade.confirms:
        return _confirmed(operation, grade, Because.ALREADY_IN_STATE)
    if grade is not None and grade.stale and not operation.connects:
        return _before_news(operation, now, timing)
    if operation.send_before is not None and now >= operation.send_before:
        return End(Outcome.EXPIRED, Because.EXPIRED, "it could not be sent in time")
    found_off = not operation.restores and look.load is not True and look.echo_state in OFF_STATES
    if found_off and look.state is SupplyState.UNKNOWN:
        return End(
            Outcome.UNVERIFIED,
            Because.NO_EVIDENCE,
            "it shows off already, on a point that may only repeat an older command",
        )
    if look.state is SupplyState.MOVING and now < operation.created_at + timedelta(seconds=timing.travel_s):
        return LookAgain(now + timedelta(seconds=timing.poll_s), Because.INTERMEDIATE_POSITION, "it is moving")
    return _write_unless_locked(operation, look, now, timing)


def _before_news(operation: Operation, now: datetime, timing: Timing) -> LookAgain | End:
    """It said that it is off already, before the order: whether it still is, it says in its own time."""
    until = operation.created_at + timedelta(seconds=timing.latency_s)
    if now < until:
        return LookAgain(min(until, now + timedelta(seconds=timing.between_s)))
    detail = "it said that it is off before this order came, and nothing since"
    return End(Outcome.UNVERIFIED, Because.NO_EVIDENCE, detail)


def _confirmed(operation: Operation, grade: Grade, because: Because | None = None) -> NextStep:
    """The target was seen. ``armed`` is not supply yet: the customer must press the button."""
    if operation.connects and grade.actual is SupplyState.ARMED:
        return End(Outcome.ARMED, because, _PRESS)
    return End(Outcome.VERIFIED, because)


def _write_unless_locked(operation: Operation, look: Observation, now: datetime, timing: Timing) -> NextStep:
    """Each write, the second as well as the first, needs a look that shows no interlock."""
    interlock = _interlock(operation, look)
    if interlock is None:
        return WriteNow()
    return after_unmet(operation, interlock.because, sentence(interlock.because), now, timing)


def after_unmet(operation: Operation, because: Because, detail: str, now: datetime, timing: Timing) -> LookAgain | End:
    """Say what follows when something in the device forbids the write: a disconnection ends, a restore waits."""
    if operation.connects:
        return LookAgain(now + timedelta(seconds=timing.interlock_recheck_s), because, detail)
    return End(Outcome.BLOCKED, because, detail)


def _interlock(operation: Operation, look: Observation) -> Interlock | None:
    if operation.connects and look.load_side_voltage is True and look.shown_state in _DEAD_BEHIND:
        # Somebody feeds the house from behind: closing onto that destroys the meter, or worse.
        return Interlock(Because.LOAD_SIDE_VOLTAGE, blocks_disconnect=False, blocks_connect=True)
    for interlock in look.interlocks:
        if interlock.blocks_connect if operation.connects else interlock.blocks_disconnect:
            return interlock
    return None


def _after_writing(operation: Operation, look: Observation, grade: Grade, now: datetime, timing: Timing) -> NextStep:
    rests_at = at_rest(operation, now, timing)
    by_absence = not operation.connects and look.state is SupplyState.UNKNOWN
    if grade.confirms and not (by_absence and now < rests_at):
        # An echo, and load that is gone, may be people who stopped while the valve still travels: wait until it rests.
        return _confirmed(operation, grade)
    if operation.refused is not None:
        if operation.rests_at is not None and now < operation.rests_at:
            return LookAgain(operation.rests_at, operation.refused)
        return End(Outcome.REFUSED_BY_DEVICE, operation.refused, operation.detail)
    if now < rests_at:
        return LookAgain(_soon(operation, now, timing, rests_at), grade.because)
    if operation.connects and grade.actual is SupplyState.ARMED:
        return End(Outcome.ARMED, detail=_PRESS)
    if grade.because is Because.LOAD_SIDE_VOLTAGE:
        return _put_off_by_device(operation, now, timing)
    if grade.shows_old_state:
        return _without_effect(operation, look, grade, now, timing)
    return _inconclusive(operation, grade, now, timing)


def _without_effect(operation: Operation, look: Observation, grade: Grade, now: datetime, timing: Timing) -> NextStep:
    """A device at rest shows its old state: once more, while there is time and budget for it."""
    in_time = operation.send_before is None or now < operation.send_before
    if operation.writes < WRITE_BUDGET and in_time:
        return _write_unless_locked(operation, look, now, timing)
    if grade.because is Because.ARMED:
        return End(Outcome.ARMED, grade.because, sentence(grade.because))
    if operation.withdrawn and not in_time:
        return End(Outcome.EXPIRED, Because.EXPIRED, "it was taken back, because it had become too late for it")
    return End(Outcome.CONTRADICTED, Because.NO_MOVEMENT, "the command had no effect")


def _put_off_by_device(operation: Operation, now: datetime, timing: Timing) -> NextStep:
    """The device took the command and does not close onto voltage: it may close by itself when that is gone."""
    because = Because.LOAD_SIDE_VOLTAGE
    if timing.withdraws and not operation.withdrawn:
        return TakeBack(because, sentence(because))
    if operation.taken_back:
        pending = "the closing that the device had put off was taken back"
    elif operation.withdrawn:
        pending = "the device may close by itself once it is gone: that could not be taken back for certain"
    else:
        pending = "the device may close by itself once it is gone, and cannot be told not to"
    again = now + timedelta(seconds=timing.interlock_recheck_s)
    return LookAgain(again, because, f"{sentence(because)}; {pending}")


def _inconclusive(operation: Operation, grade: Grade, now: datetime, timing: Timing) -> NextStep:
    """Neither the target nor the old state was seen of a device at rest."""
    match grade.because:
        case Because.WELDED | Because.LEAKING | Because.VERIFY_MISMATCH:
            return End(Outcome.CONTRADICTED, grade.because, sentence(grade.because))
        case Because.INTERMEDIATE_POSITION | Because.NO_MOVEMENT:
            return End(Outcome.PARTIAL, grade.because, sentence(grade.because))
        case Because.ARMED:
            return End(Outcome.ARMED, grade.because, sentence(grade.because))
        case _:
            heard_by = _heard_by(operation, now, timing)
            because = Because.EMPTY_PIPE if grade.because is Because.EMPTY_PIPE else Because.NO_EVIDENCE
            if now < heard_by:
                return LookAgain(_soon(operation, now, timing, heard_by), because)
            return End(Outcome.UNVERIFIED, because, sentence(because))


_DEAD_BEHIND = frozenset({SupplyState.DISCONNECTED, SupplyState.ARMED})
"""States in which no voltage of ours reaches the customer's side."""
_PRESS = "the customer must press the button"


def after_failed_look(operation: Operation, now: datetime, timing: Timing) -> LookAgain | End:
    """Say what follows when the meter could not be read. ``operation.because`` says why."""
    again = now + timedelta(seconds=back_off_s(operation.failed_looks, timing))
    if operation.state is OperationState.QUEUED:
        give_up_at = operation.give_up_at and operation.give_up_at + timedelta(seconds=timing.latency_s)
        if operation.send_before is not None and now >= operation.send_before:
            return End(Outcome.EXPIRED, Because.EXPIRED, "it could not be reached in time")
        if give_up_at is not None and now >= give_up_at:
            return End(Outcome.UNREACHABLE, operation.because or Because.COMM_TIMEOUT, operation.detail)
        return LookAgain(again, operation.because, operation.detail)
    if operation.state in {OperationState.IN_DOUBT, OperationState.OBSERVING} and _doubt_is_over(
        operation, now, timing
    ):
        return End(Outcome.UNRESOLVED, Because.OUTCOME_UNKNOWN, sentence(Because.OUTCOME_UNKNOWN))
    return LookAgain(min(again, _soon(operation, now, timing, again)), operation.because, operation.detail)


def _doubt_is_over(operation: Operation, now: datetime, timing: Timing) -> bool:
    """A suspension in doubt is handed to a person after a while; a restore looks on, and alarms at its time."""
    if operation.give_up_at is None or operation.written_at is None:
        return False
    lasts = timedelta(seconds=max(_DOUBT_LASTS_AT_LEAST_S, 2 * timing.travel_s))
    heard_by = _heard_by(operation, now, timing)
    return now >= max(operation.give_up_at, operation.written_at + lasts, heard_by)


def back_off_s(failed_looks: int, timing: Timing) -> float:
    """Wait longer after each failure in a row, up to five minutes."""
    first = max(timing.poll_s, 0.25)
    return float(min(_LONGEST_BACK_OFF_S, first * 2 ** min(max(failed_looks - 1, 0), 12)))
