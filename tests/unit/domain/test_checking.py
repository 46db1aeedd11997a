"""What a check concludes: quiet where all stayed, reverted where not, and never a word about writing."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhold.domain.checking import after_check, after_unseen
from meterhold.domain.identity import IdentityVerdict
from meterhold.domain.next_step import End, LookAgain, Timing
from meterhold.domain.observation import Observation
from meterhold.domain.operation import Move, Operation, OperationKind
from meterhold.domain.operation_table import Trigger
from meterhold.domain.proof import grade
from meterhold.domain.words import Because, Identity, Outcome, Service, SupplyState
from tests.unit.domain.build import NOON, OFF, ON, TIMING, after, echo, look, operation

ARMED, MOVING, FAULT, UNKNOWN = SupplyState.ARMED, SupplyState.MOVING, SupplyState.FAULT, SupplyState.UNKNOWN
SLEEPS = Timing(settle_s=1, poll_s=2, travel_s=10, interlock_recheck_s=60, latency_s=3600)
CHECK, BUTTON = OperationKind.CHECK, OperationKind.AWAIT_BUTTON


def seen(
    what: Observation,
    target: SupplyState = OFF,
    *,
    kind: OperationKind = CHECK,
    seconds: float = 60,
    timing: Timing = TIMING,
) -> LookAgain | End:
    """Check once, so long after the switching."""
    return after_check(looked(what, target, kind=kind, seconds=seconds), after(seconds), timing)


def looked(what: Observation, target: SupplyState, *, kind: OperationKind, seconds: float) -> Operation:
    """A check that has looked, graded as a gateway does."""
    check = operation(target, kind=kind, give_up_at=after(960))
    worth = grade(target, Service.WATER, None, what)
    return check.fire(Move(Trigger.LOOKED, after(seconds), observation=what, grade=worth))


@pytest.mark.parametrize(
    ("target", "what", "outcome", "because"),
    [
        (OFF, look(OFF, load=False), Outcome.VERIFIED, None),
        (ON, look(ON, load=True), Outcome.VERIFIED, None),
        (ON, look(ON, load=False), Outcome.VERIFIED, None),
        (OFF, look(ON), Outcome.REVERTED, Because.VERIFY_MISMATCH),
        (OFF, echo(ON), Outcome.REVERTED, Because.VERIFY_MISMATCH),
        (OFF, look(OFF, load=True), Outcome.REVERTED, Because.LEAKING),
        (OFF, echo(UNKNOWN, load=True), Outcome.REVERTED, Because.VERIFY_MISMATCH),
        (ON, look(OFF), Outcome.REVERTED, Because.VERIFY_MISMATCH),
        (ON, look(ARMED), Outcome.REVERTED, Because.VERIFY_MISMATCH),
        (SupplyState.RESTRICTED, look(SupplyState.RESTRICTED, load=True), Outcome.VERIFIED, None),
        (SupplyState.RESTRICTED, look(ON), Outcome.REVERTED, Because.VERIFY_MISMATCH),
        (OFF, look(UNKNOWN), Outcome.UNVERIFIED, Because.NO_EVIDENCE),
        (OFF, echo(OFF, load=False), Outcome.UNVERIFIED, Because.NO_EVIDENCE),
        (ON, look(OFF, load=True), Outcome.UNVERIFIED, Because.NO_EVIDENCE),
    ],
)
def test_a_check_says_whether_it_stayed(
    target: SupplyState, what: Observation, outcome: Outcome, because: Because | None
) -> None:
    """Only what shows the other side is a reversion."""
    step = seen(what, target)
    assert isinstance(step, End)
    assert (step.outcome, step.because) == (outcome, because)


@pytest.mark.parametrize(("state", "because"), [(MOVING, Because.INTERMEDIATE_POSITION), (FAULT, Because.NO_MOVEMENT)])
def test_what_moves_is_looked_at_until_it_must_be_at_rest(state: SupplyState, because: Because) -> None:
    """Then it is not where it was proven to be."""
    early = seen(look(state), seconds=TIMING.travel_s - 1)
    assert isinstance(early, LookAgain)
    late = seen(look(state), seconds=TIMING.travel_s + 1)
    assert isinstance(late, End)
    assert (late.outcome, late.because) == (Outcome.REVERTED, because)


def test_a_device_that_sleeps_is_waited_for() -> None:
    """Nothing newer yet is no answer, until its time is over."""
    waits = seen(look(UNKNOWN), seconds=1800, timing=SLEEPS)
    assert isinstance(waits, LookAgain)
    over = seen(look(UNKNOWN), seconds=3601, timing=SLEEPS)
    assert isinstance(over, End)
    assert over.outcome is Outcome.UNVERIFIED


@pytest.mark.parametrize("what", [look(ARMED), look(MOVING), look(UNKNOWN), look(OFF, load_side_voltage=True)])
def test_a_button_is_waited_for_without_an_end(what: Observation) -> None:
    """Whatever is seen that is not a pressed button or a lapsed arming."""
    for seconds in (60, 7 * 86_400):
        step = seen(what, ON, kind=BUTTON, seconds=seconds)
        assert isinstance(step, LookAgain)
        assert TIMING.interlock_recheck_s <= (step.at - after(seconds)).total_seconds() <= 900


@pytest.mark.parametrize(
    ("what", "outcome"),
    [
        (look(ON), Outcome.VERIFIED),
        (look(UNKNOWN, load=True), Outcome.VERIFIED),
        (look(OFF), Outcome.REVERTED),
        (look(SupplyState.RESTRICTED, load=True), Outcome.REVERTED),
    ],
)
def test_a_button_was_pressed_or_the_arming_has_lapsed(what: Observation, outcome: Outcome) -> None:
    """Load or state shows the one, the state the other."""
    step = seen(what, ON, kind=BUTTON)
    assert isinstance(step, End)
    assert step.outcome is outcome


def unseen(seconds: float, *, kind: OperationKind = CHECK, timing: Timing = TIMING, stranger: bool = False) -> object:
    """Fail to look, so long after the switching."""
    check = operation(OFF, kind=kind, give_up_at=after(960) if kind is CHECK else None)
    failed = check.fire(Move(Trigger.LOOK_FAILED, after(seconds), because=Because.COMM_TIMEOUT))
    verdict = IdentityVerdict(ok=False, strength=Identity.NONE, because=Because.METER_MISMATCH) if stranger else None
    return after_unseen(failed, after(seconds), timing, verdict)


def test_a_silent_meter_is_tried_for_a_while() -> None:
    """And then the check says of itself that it saw nothing."""
    assert isinstance(unseen(100), LookAgain)
    assert unseen(960) == End(Outcome.UNREACHABLE, Because.COMM_TIMEOUT)
    assert isinstance(unseen(960, timing=SLEEPS), LookAgain)
    assert isinstance(unseen(10**6, kind=BUTTON), LookAgain)


def test_a_stranger_is_named_as_one() -> None:
    """Another meter is not silence."""
    assert isinstance(unseen(100, stranger=True), LookAgain)
    assert unseen(960, stranger=True) == End(Outcome.IDENTITY_MISMATCH, Because.METER_MISMATCH)


STATES = st.sampled_from(SupplyState)
MAYBE = st.sampled_from([True, False, None])
LOOKS = st.builds(Observation, at=st.just(NOON), state=STATES, echo_state=STATES, load=MAYBE, load_side_voltage=MAYBE)


@given(
    LOOKS, st.sampled_from([ON, OFF, SupplyState.RESTRICTED]), st.sampled_from([CHECK, BUTTON]), st.integers(0, 10**5)
)
def test_no_look_makes_a_check_write_or_lie(
    what: Observation, target: SupplyState, kind: OperationKind, seconds: int
) -> None:
    """It ends or looks again, later; verified only on a look that confirmed."""
    check = looked(what, target, kind=kind, seconds=seconds)
    step = after_check(check, after(seconds), TIMING)
    if isinstance(step, LookAgain):
        assert step.at > after(seconds)
        assert step.at - after(seconds) <= timedelta(seconds=900)
        return
    assert isinstance(step, End)
    grade_now = check.last_grade
    assert grade_now is not None
    if step.outcome is Outcome.VERIFIED:
        assert grade_now.confirms
    if step.outcome is Outcome.REVERTED:
        assert not grade_now.confirms
