"""An operation: random lives through the table keep what the table promises."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhold.domain.errors import IllegalTransition
from meterhold.domain.operation import Grade, Move, Operation
from meterhold.domain.operation_table import OperationState, Trigger
from meterhold.domain.protocol import WRITE_BUDGET
from meterhold.domain.words import Because, Outcome, Proof, SupplyState
from tests.unit.domain.build import CONFIRMS, NOTHING, OFF, OLD, after, end, fired, in_state, look, move, operation

S, T = OperationState, Trigger


@st.composite
def moves(draw: st.DrawFn) -> Move:
    """Any step that a gateway could ever try, with any look and any outcome."""
    trigger = draw(st.sampled_from(Trigger))
    at = after(draw(st.integers(0, 100)))
    if trigger is T.LOOKED:
        load = draw(st.sampled_from([True, False, None]))
        return move(trigger, at, observation=look(load=load), grade=draw(st.sampled_from([CONFIRMS, OLD, NOTHING])))
    if trigger is T.END:
        return Move(trigger, at, outcome=draw(st.sampled_from([None, *Outcome])))
    return move(trigger, at)


LIVES = st.lists(moves(), max_size=30)


def live(steps: list[Move]) -> tuple[Operation, list[Move]]:
    """Take the steps that are legal; return them with what came of it."""
    now, taken = operation(), []
    for step in steps:
        try:
            now = now.fire(step)
        except IllegalTransition:
            continue
        taken.append(step)
    return now, taken


@given(LIVES)
def test_verified_comes_only_from_a_look_that_confirmed(steps: list[Move]) -> None:
    """Whatever happens to an operation, ``verified`` has a confirming look behind it, taken after the last write."""
    ended, taken = live(steps)
    if ended.outcome is not Outcome.VERIFIED:
        return
    looks = [n for n, step in enumerate(taken) if step.trigger is T.LOOKED]
    assert looks
    grade = taken[looks[-1]].grade
    assert grade is not None
    assert grade.confirms
    assert all(n < looks[-1] for n, step in enumerate(taken) if step.trigger is T.INTEND)


@given(LIVES)
def test_between_two_intents_there_is_always_a_look(steps: list[Move]) -> None:
    """No write follows another one blindly, not even one that the device refused or that never left."""
    _, taken = live(steps)
    looked = False
    for step in taken:
        if step.trigger is T.LOOKED:
            looked = True
        elif step.trigger is T.INTEND:
            assert looked
            looked = False


@given(LIVES)
def test_what_ended_takes_no_further_step(steps: list[Move]) -> None:
    """The end is the end."""
    ended, taken = live(steps)
    assert ended.revision == len(taken)
    if ended.ended:
        assert taken[-1].trigger is T.END
        assert not ended.unresolved
        assert ended.ended_at == taken[-1].at


@given(LIVES)
def test_writes_count_the_intents_that_may_have_left(steps: list[Move]) -> None:
    """An intent that never left is taken back, and only that one."""
    now, taken = live(steps)
    intents = sum(step.trigger is T.INTEND for step in taken)
    unsent = sum(step.trigger in {T.WRITE_NEVER_SENT, T.REWRITE_NEVER_SENT} for step in taken)
    assert now.writes == intents - unsent
    assert (now.writes > 0) is (now.intent is not None) or now.state is S.ENDED


@given(LIVES)
def test_an_operation_with_a_write_in_it_is_never_back_at_the_start(steps: list[Move]) -> None:
    """``queued`` means that nothing has left: a second write that never left does not undo the first."""
    now, _ = live(steps)
    if now.state is S.QUEUED:
        assert now.writes == 0
        assert not now.unresolved


def test_a_second_write_that_never_left_leaves_the_first_to_be_observed() -> None:
    """The first write stays known, and the meter is looked at before anything else."""
    rewritten = fired(in_state(S.OBSERVING), T.INTEND)
    unsent = rewritten.fire(move(T.REWRITE_NEVER_SENT, because=Because.DEVICE_OFFLINE))
    assert (unsent.state, unsent.writes) == (S.OBSERVING, 1)
    with pytest.raises(IllegalTransition):
        unsent.fire(move(T.INTEND))
    with pytest.raises(IllegalTransition):
        rewritten.fire(move(T.WRITE_NEVER_SENT))


def test_a_first_write_that_never_left_leaves_no_trace_of_an_intent() -> None:
    """Nothing was written, and the operation says so."""
    unsent = fired(in_state(S.INTENDED), T.WRITE_NEVER_SENT)
    assert (unsent.state, unsent.writes, unsent.intent) == (S.QUEUED, 0, None)
    assert (unsent.written_at, unsent.written_by) == (None, None)
    with pytest.raises(IllegalTransition):
        fired(in_state(S.INTENDED), T.REWRITE_NEVER_SENT)


def test_a_refused_write_is_looked_at_before_another_one() -> None:
    """A device's no is not evidence of where the contacts are."""
    refused = fired(in_state(S.INTENDED), move(T.WRITE_REFUSED, because=Because.LOCAL_CONTROL))
    assert refused.refused is Because.LOCAL_CONTROL
    with pytest.raises(IllegalTransition, match="without a look"):
        refused.fire(move(T.INTEND))


def test_a_look_before_the_write_never_verifies_what_the_write_did() -> None:
    """A confirming look that is older than the intent has lost its worth."""
    seen = fired(operation(), move(T.LOOKED, grade=CONFIRMS), T.INTEND, T.WRITE_REFUSED)
    with pytest.raises(IllegalTransition):
        seen.fire(end(Outcome.VERIFIED))


def test_an_end_needs_an_outcome() -> None:
    """Nothing ends without saying how."""
    with pytest.raises(IllegalTransition):
        operation().fire(Move(T.END, after(0)))


def test_load_that_was_seen_long_before_the_write_does_not_count() -> None:
    """The last look before the write decides: a house that went quiet meanwhile proves nothing by being quiet."""
    draws = move(T.LOOKED, observation=look(load=True))
    quiet = move(T.LOOKED, observation=look(load=False))
    assert fired(operation(), draws, T.INTEND).load_seen
    assert not fired(operation(), draws, quiet, T.INTEND).load_seen


def test_load_that_was_seen_while_a_valve_still_closed_counts() -> None:
    """Flow after the write that then stops is as good as flow before it."""
    quiet = move(T.LOOKED, observation=look(load=False))
    flows = move(T.LOOKED, observation=look(load=True))
    assert fired(operation(), quiet, T.INTEND, T.ACKNOWLEDGED, flows, quiet).load_seen


def test_load_that_was_gone_before_the_second_write_does_not_count_for_it() -> None:
    """The look that showed the first write without effect is the one before the second: what it saw decides."""
    draws = move(T.LOOKED, observation=look(load=True))
    quiet = move(T.LOOKED, observation=look(load=False))
    first = fired(operation(), draws, T.INTEND, T.ACKNOWLEDGED)
    assert not fired(first, quiet, T.INTEND).load_seen
    assert fired(first, draws, T.INTEND).load_seen


def test_the_travel_time_counts_from_the_latest_moment_of_the_write() -> None:
    """A write whose answer never came may have left up to the moment at which it was given up."""
    intended = fired(operation(), T.LOOKED, move(T.INTEND, after(1)))
    lost = intended.fire(move(T.OUTCOME_LOST, after(6)))
    assert (lost.written_at, lost.written_by) == (after(1), after(6))
    blind = fired(intended, move(T.WRITE_SENT, after(2)), move(T.OUTCOME_LOST, after(9)))
    assert (blind.written_at, blind.written_by) == (after(1), after(2))
    heard = intended.fire(move(T.ACKNOWLEDGED, after(3)))
    assert (heard.written_at, heard.written_by) == (after(3), after(3))


def test_failed_looks_are_counted_until_one_succeeds() -> None:
    """The back-off grows with each failure in a row."""
    blind = fired(operation(), T.LOOK_FAILED, T.LOOK_FAILED)
    assert blind.failed_looks == 2
    assert blind.fire(move(T.LOOKED)).failed_looks == 0


def test_the_next_turn_is_due_when_the_move_says_so() -> None:
    """Without a moment of its own a move leaves the old one."""
    assert operation().fire(move(T.LOOK_FAILED, look_again_at=after(5))).due_at == after(5)
    assert operation().fire(move(T.LOOK_FAILED)).due_at == after(0)


def test_connecting_and_arming_bring_supply_back() -> None:
    """Everything else takes it away, and falls under the inhibit."""
    assert {target for target in SupplyState if operation(target).connects} == {
        SupplyState.CONNECTED,
        SupplyState.ARMED,
    }


def test_the_write_budget_is_the_first_and_one_more() -> None:
    """What is said of two writes elsewhere rests on this number."""
    assert WRITE_BUDGET == 2


def test_a_grade_that_only_reads_a_state_is_below_one_that_saw_load() -> None:
    """The scale of proof is in its order."""
    assert [level.rank for level in Proof] == list(range(5))
    assert Grade(Proof.LOAD_PROVEN, OFF, confirms=True, shows_old_state=False) == CONFIRMS
