"""What follows a look, and a look that failed: a second write only on evidence, a negative word only after travel."""

import pytest

from meterhold.domain.identity import IdentityVerdict
from meterhold.domain.next_step import End, LookAgain, Timing, WriteNow
from meterhold.domain.next_step import NextStep as Step
from meterhold.domain.observation import Interlock, Observation
from meterhold.domain.operation import Operation
from meterhold.domain.operation_table import OperationState, Trigger
from meterhold.domain.protocol import (
    WRITE_BUDGET,
    after_failed_look,
    after_look,
    after_stranger,
    back_off_s,
)
from meterhold.domain.words import Because, Identity, Outcome, SupplyState
from tests.unit.domain.build import (
    BLOCKS_OFF,
    BLOCKS_ON,
    OFF,
    ON,
    STRANGER,
    TIMING,
    after,
    echo,
    fired,
    in_state,
    look,
    move,
    operation,
    seen,
)

S, T = OperationState, Trigger
ARMED, MOVING, FAULT, UNKNOWN = SupplyState.ARMED, SupplyState.MOVING, SupplyState.FAULT, SupplyState.UNKNOWN
DREW, QUIET = look(ON, load=True), look(ON, load=False)
TRAVELLED = TIMING.travel_s + 1


def before_writing(what: Observation, target: SupplyState = OFF, seconds: float = 0, **fields: object) -> Step:
    """Look once, with nothing written."""
    return after_look(seen(operation(target, **fields), what, after(seconds)), after(seconds), TIMING)


def written(target: SupplyState = OFF, *, first: Observation = DREW, writes: int = 1, **fields: object) -> Operation:
    """An operation whose last write was acknowledged at noon."""
    now = seen(operation(target, **fields), first, after(0))
    now = fired(now, T.INTEND, T.ACKNOWLEDGED)
    for _ in range(writes - 1):
        now = fired(seen(now, first, after(0)), T.INTEND, T.ACKNOWLEDGED)
    return now


def after_writing(what: Observation, now: Operation, seconds: float) -> Step:
    """Look so long after the write."""
    return after_look(seen(now, what, after(seconds)), after(seconds), TIMING)


# Before the write


@pytest.mark.parametrize(
    ("target", "what", "step"),
    [
        (OFF, DREW, WriteNow()),
        (OFF, QUIET, WriteNow()),
        (OFF, echo(ON), WriteNow()),
        (OFF, echo(OFF, load=True), WriteNow()),
        (OFF, look(FAULT), WriteNow()),
        (OFF, look(UNKNOWN), WriteNow()),
        (ON, look(OFF), WriteNow()),
        (ON, echo(ON), WriteNow()),
        (ON, look(ARMED), WriteNow()),
        (ARMED, look(OFF), WriteNow()),
        (OFF, look(OFF, load=False), End(Outcome.VERIFIED, Because.ALREADY_IN_STATE)),
        (ON, look(ON, load=True), End(Outcome.VERIFIED, Because.ALREADY_IN_STATE)),
        (ARMED, look(ON), End(Outcome.VERIFIED, Because.ALREADY_IN_STATE)),
    ],
)
def test_what_is_there_already_is_not_written(target: SupplyState, what: Observation, step: Step) -> None:
    """Only a proven state spares the write."""
    assert before_writing(what, target) == step


def test_found_armed_is_not_found_connected() -> None:
    """The customer has not pressed the button yet."""
    step = before_writing(look(ARMED), ARMED)
    assert isinstance(step, End)
    assert (step.outcome, step.because) == (Outcome.ARMED, Because.ALREADY_IN_STATE)


@pytest.mark.parametrize("load", [False, None])
def test_off_by_an_old_echo_is_neither_written_nor_proven(load: bool | None) -> None:
    """A register that says off may repeat a command of last year: that is for a person, not for a verdict."""
    step = before_writing(echo(OFF, load=load))
    assert isinstance(step, End)
    assert (step.outcome, step.because) == (Outcome.UNVERIFIED, Because.NO_EVIDENCE)


@pytest.mark.parametrize("seconds", [86_400, 90_000])
def test_a_late_suspension_is_never_sent(seconds: float) -> None:
    """From ``send_before`` on nothing is written, whatever is seen."""
    step = before_writing(DREW, seconds=seconds)
    assert isinstance(step, End)
    assert (step.outcome, step.because) == (Outcome.EXPIRED, Because.EXPIRED)


def test_a_restore_is_never_too_late() -> None:
    """It has no such moment."""
    assert before_writing(look(OFF), ON, seconds=10 * 86_400) == WriteNow()


def test_late_and_off_already_is_off() -> None:
    """What needs no write is not forbidden by a clock."""
    assert before_writing(look(OFF), seconds=90_000) == End(Outcome.VERIFIED, Because.ALREADY_IN_STATE)


def test_a_valve_that_moves_is_left_to_come_to_rest() -> None:
    """No command into a movement; one that never ends is no reason to wait for ever."""
    moving = before_writing(look(MOVING))
    assert isinstance(moving, LookAgain)
    assert (moving.at, moving.because) == (after(TIMING.poll_s), Because.INTERMEDIATE_POSITION)
    assert before_writing(look(MOVING), seconds=TRAVELLED) == WriteNow()


@pytest.mark.parametrize(
    ("target", "locks", "permitted"),
    [
        (OFF, [BLOCKS_ON], True),
        (ON, [BLOCKS_OFF], True),
        (OFF, [BLOCKS_ON, BLOCKS_OFF], False),
        (ON, [BLOCKS_ON], False),
    ],
)
def test_an_interlock_forbids_its_own_direction(target: SupplyState, locks: list[Interlock], permitted: bool) -> None:
    """A flat battery stops a disconnection and never a restore; a trip the other way round."""
    step = before_writing(look(ON if target is OFF else OFF, interlocks=tuple(locks)), target)
    assert (step == WriteNow()) is permitted


def test_an_interlock_ends_a_disconnection_and_makes_a_restore_wait() -> None:
    """The restore looks again at the profile's interval, as long as it takes."""
    stopped = before_writing(look(ON, interlocks=(BLOCKS_OFF,)))
    assert isinstance(stopped, End)
    assert (stopped.outcome, stopped.because) == (Outcome.BLOCKED, Because.BATTERY_LOW)
    waits = before_writing(look(OFF, interlocks=(BLOCKS_ON,)), ON)
    assert isinstance(waits, LookAgain)
    assert (waits.at, waits.because) == (after(TIMING.interlock_recheck_s), Because.TRIPPED)


@pytest.mark.parametrize("shown", [look(OFF, load_side_voltage=True), echo(OFF, load_side_voltage=True)])
def test_nothing_is_closed_onto_voltage_from_the_house(shown: Observation) -> None:
    """Back-feed is an interlock of its own, whatever the profile names."""
    step = before_writing(shown, ON)
    assert isinstance(step, LookAgain)
    assert step.because is Because.LOAD_SIDE_VOLTAGE


# After the write


@pytest.mark.parametrize("seconds", [0, 1, TRAVELLED])
def test_a_confirmation_may_come_at_any_time(seconds: float) -> None:
    """Good news needs no waiting."""
    assert after_writing(look(OFF, load=False), written(), seconds) == End(Outcome.VERIFIED)
    assert after_writing(look(ON, load=True), written(ON, first=look(OFF)), seconds) == End(Outcome.VERIFIED)


NEGATIVE: dict[str, tuple[Observation, Outcome, Because]] = {
    "welded": (look(OFF, load=True), Outcome.CONTRADICTED, Because.WELDED),
    "half way": (look(MOVING), Outcome.PARTIAL, Because.INTERMEDIATE_POSITION),
    "jammed": (look(FAULT, load=False), Outcome.PARTIAL, Because.NO_MOVEMENT),
    "echo only": (echo(OFF), Outcome.UNVERIFIED, Because.NO_EVIDENCE),
    "nothing": (look(UNKNOWN), Outcome.UNVERIFIED, Because.NO_EVIDENCE),
}


@pytest.mark.parametrize("case", NEGATIVE)
def test_a_negative_word_waits_until_the_device_must_be_at_rest(case: str) -> None:
    """Until the travel time is over the same sight means only: look again."""
    what, outcome, because = NEGATIVE[case]
    for seconds in (0, TIMING.travel_s - 1):
        early = after_writing(what, written(), seconds)
        assert isinstance(early, LookAgain)
        assert after(seconds) < early.at <= after(TIMING.travel_s + seconds)
    late = after_writing(what, written(), TIMING.travel_s)
    assert isinstance(late, End)
    assert (late.outcome, late.because) == (outcome, because)


def test_a_restore_whose_load_contradicts_the_contacts_is_contradicted() -> None:
    """Load flows, and the device shows off."""
    late = after_writing(look(OFF, load=True), written(ON, first=look(OFF)), TRAVELLED)
    assert isinstance(late, End)
    assert (late.outcome, late.because) == (Outcome.CONTRADICTED, Because.VERIFY_MISMATCH)


def test_the_looks_never_sleep_past_the_end_of_the_travel() -> None:
    """The last look before a verdict comes right when it may be spoken."""
    early = after_writing(look(OFF, load=True), written(), TIMING.travel_s - 0.5)
    assert isinstance(early, LookAgain)
    assert early.at == after(TIMING.travel_s)


def test_a_second_write_needs_the_old_state_and_the_travel_time() -> None:
    """Too early is a look; the old state at rest is a write; anything but the old state never is."""
    assert isinstance(after_writing(DREW, written(), TIMING.travel_s - 1), LookAgain)
    assert after_writing(DREW, written(), TIMING.travel_s) == WriteNow()
    for what, _, _ in NEGATIVE.values():
        assert after_writing(what, written(), TIMING.travel_s) != WriteNow()


def test_the_travel_time_of_a_lost_write_counts_from_when_it_was_given_up() -> None:
    """A write that was waited for may have left late: the old state right after the time-out proves nothing."""
    lost = fired(seen(operation(), DREW, after(0)), T.INTEND, move(T.OUTCOME_LOST, after(30)))
    assert isinstance(after_writing(DREW, lost, 31), LookAgain)
    assert after_writing(DREW, lost, 30 + TIMING.travel_s) == WriteNow()


def test_two_writes_are_the_budget() -> None:
    """After the second one the old state is a contradiction."""
    step = after_writing(DREW, written(writes=WRITE_BUDGET), TRAVELLED)
    assert isinstance(step, End)
    assert (step.outcome, step.because) == (Outcome.CONTRADICTED, Because.NO_MOVEMENT)


def test_a_second_suspending_write_is_not_sent_late() -> None:
    """``send_before`` holds for it as for the first."""
    step = after_writing(DREW, written(send_before=after(5)), TRAVELLED)
    assert isinstance(step, End)
    assert step.outcome is Outcome.CONTRADICTED


def test_a_second_write_respects_interlocks_as_the_first() -> None:
    """What tripped in between forbids it."""
    blocked = after_writing(look(ON, interlocks=(BLOCKS_OFF,)), written(), TRAVELLED)
    assert isinstance(blocked, End)
    assert (blocked.outcome, blocked.because) == (Outcome.BLOCKED, Because.BATTERY_LOW)
    waits = after_writing(look(OFF, interlocks=(BLOCKS_ON,)), written(ON, first=look(OFF)), TRAVELLED)
    assert isinstance(waits, LookAgain)
    assert waits.because is Because.TRIPPED


def test_a_device_that_refused_is_believed_once_it_was_looked_at() -> None:
    """Unless the look confirms all the same."""
    refused = fired(seen(operation(), DREW, after(0)), T.INTEND, move(T.WRITE_REFUSED, because=Because.LOCAL_CONTROL))
    step = after_writing(DREW, refused, 1)
    assert isinstance(step, End)
    assert (step.outcome, step.because) == (Outcome.REFUSED_BY_DEVICE, Because.LOCAL_CONTROL)
    assert after_writing(look(OFF, load=False), refused, 1) == End(Outcome.VERIFIED)


def test_a_device_that_refused_half_way_is_believed_only_when_it_must_be_at_rest() -> None:
    """It took a former write of the command and may still move: a look that comes early ends nothing."""
    half_way = move(T.WRITE_REFUSED, because=Because.LOCAL_CONTROL, look_again_at=after(TIMING.travel_s))
    refused = fired(seen(operation(), DREW, after(0)), T.INTEND, half_way)
    assert after_writing(DREW, refused, 1) == LookAgain(after(TIMING.travel_s), Because.LOCAL_CONTROL)
    step = after_writing(DREW, refused, TIMING.travel_s)
    assert isinstance(step, End)
    assert step.outcome is Outcome.REFUSED_BY_DEVICE
    assert after_writing(look(OFF, load=False), refused, 1) == End(Outcome.VERIFIED)


def test_arming_ends_as_armed_and_pressing_as_verified() -> None:
    """Armed is a good end of an arming, and no supply."""
    armed = after_writing(look(ARMED), written(ARMED, first=look(OFF)), 1)
    assert isinstance(armed, End)
    assert armed.outcome is Outcome.ARMED
    assert after_writing(look(ON), written(ARMED, first=look(OFF)), 1) == End(Outcome.VERIFIED)


def test_a_meter_that_was_armed_is_given_time_to_connect() -> None:
    """It still shows what it was before; only at rest does armed mean that it would not connect."""
    connecting = written(ON, first=look(ARMED))
    assert isinstance(after_writing(look(ARMED), connecting, 1), LookAgain)
    late = after_writing(look(ARMED), connecting, TRAVELLED)
    assert isinstance(late, End)
    assert late.outcome is Outcome.ARMED


def test_what_follows_a_look_needs_a_look() -> None:
    """Asking without one is a defect in our own code."""
    with pytest.raises(ValueError, match="needs an operation that has looked"):
        after_look(operation(), after(0), TIMING)


# Another meter answered

NOBODY_CONFIRMED = IdentityVerdict(ok=False, strength=Identity.FINGERPRINT, because=Because.NOT_COMMISSIONED)


@pytest.mark.parametrize(
    ("verdict", "outcome"), [(STRANGER, Outcome.IDENTITY_MISMATCH), (NOBODY_CONFIRMED, Outcome.BLOCKED)]
)
def test_another_meter_ends_what_was_not_written(verdict: IdentityVerdict, outcome: Outcome) -> None:
    """At once: there is nothing to wait for."""
    step = after_stranger(operation(), verdict, after(0), TIMING)
    assert step == End(outcome, verdict.because, verdict.detail)


def test_another_meter_after_the_write_is_a_negative_word_as_well() -> None:
    """One look that was not of our meter must not end what is in doubt before the device is at rest."""
    lost = written().fire(move(T.OUTCOME_LOST, after(1)))
    assert isinstance(after_stranger(lost, STRANGER, after(1), TIMING), LookAgain)
    assert isinstance(after_stranger(lost, STRANGER, after(TRAVELLED), TIMING), End)


# The meter cannot be read


@pytest.mark.parametrize(
    ("seconds", "outcome"), [(0, None), (899, None), (900, Outcome.UNREACHABLE), (86_400, Outcome.EXPIRED)]
)
def test_a_suspension_gives_up_and_never_sends_late(seconds: float, outcome: Outcome | None) -> None:
    """Nothing has been written: it is tried until ``give_up_at``, and not sent after ``send_before``."""
    blind = operation().fire(move(T.LOOK_FAILED, because=Because.COMM_TIMEOUT))
    step = after_failed_look(blind, after(seconds), TIMING)
    if outcome is None:
        assert isinstance(step, LookAgain)
        assert step.because is Because.COMM_TIMEOUT
    else:
        assert isinstance(step, End)
        assert step.outcome is outcome


@pytest.mark.parametrize("seconds", [0, 10**3, 10**6])
@pytest.mark.parametrize("state", [S.QUEUED, S.IN_DOUBT, S.OBSERVING])
def test_a_restore_never_gives_up(state: OperationState, seconds: float) -> None:
    """It looks on for as long as it takes."""
    blind = in_state(state, ON).fire(move(T.LOOK_FAILED, because=Because.COMM_TIMEOUT))
    assert isinstance(after_failed_look(blind, after(seconds), TIMING), LookAgain)


@pytest.mark.parametrize("state", [S.IN_DOUBT, S.OBSERVING])
def test_a_suspension_in_doubt_is_looked_for_a_quarter_of_an_hour_at_least(state: OperationState) -> None:
    """Then a person must know that nobody can see."""
    blind = in_state(state, give_up_at=after(60)).fire(move(T.LOOK_FAILED, because=Because.COMM_TIMEOUT))
    assert isinstance(after_failed_look(blind, after(899), TIMING), LookAgain)
    step = after_failed_look(blind, after(900), TIMING)
    assert isinstance(step, End)
    assert (step.outcome, step.because) == (Outcome.UNRESOLVED, Because.OUTCOME_UNKNOWN)


def test_a_slow_valve_stays_in_doubt_for_twice_its_travel() -> None:
    """A valve that answers after hours is not given up after minutes."""
    slow = Timing(settle_s=1, poll_s=60, travel_s=3600, interlock_recheck_s=60)
    blind = in_state(S.IN_DOUBT).fire(move(T.LOOK_FAILED))
    assert isinstance(after_failed_look(blind, after(7199), slow), LookAgain)
    assert isinstance(after_failed_look(blind, after(7200), slow), End)


def test_the_back_off_doubles_up_to_five_minutes() -> None:
    """A dead meter costs its line little."""
    assert [back_off_s(n, TIMING) for n in range(1, 11)] == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert back_off_s(0, TIMING) == 2
    assert back_off_s(10**6, TIMING) == 300
    assert back_off_s(1, Timing(0, 0, 0, 0)) == 0.25
