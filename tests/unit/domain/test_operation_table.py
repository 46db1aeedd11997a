"""The operation table: every pair of state and trigger is a step or a typed refusal that changes nothing."""

import copy
from itertools import product

import pytest

from meterhold.domain.errors import IllegalTransition
from meterhold.domain.operation import OperationKind
from meterhold.domain.operation_table import (
    OUTCOMES,
    TRANSITIONS,
    UNRESOLVED_STATES,
    OperationState,
    Trigger,
    next_state,
)
from meterhold.domain.words import Outcome
from tests.unit.domain.build import CONFIRMS, end, fired, in_state, look, move

S, T = OperationState, Trigger
PAIRS = list(product(OperationState, Trigger))


@pytest.mark.parametrize(("state", "trigger"), PAIRS)
def test_every_pair_is_a_step_or_a_typed_refusal(state: OperationState, trigger: Trigger) -> None:
    """The table knows the pair, or says which state has no such step."""
    if trigger in TRANSITIONS[state]:
        assert next_state(state, trigger) is TRANSITIONS[state][trigger]
    else:
        with pytest.raises(IllegalTransition, match=f"state {state} has no step for {trigger}"):
            next_state(state, trigger)


@pytest.mark.parametrize(("state", "trigger"), PAIRS)
def test_firing_takes_the_step_or_changes_nothing(state: OperationState, trigger: Trigger) -> None:
    """An operation follows the table; what it refuses leaves it as it was, revision and all."""
    before = fired(in_state(state), T.LOOKED) if state is S.QUEUED else in_state(state)
    kept = copy.deepcopy(before)
    step = end(min(OUTCOMES[state], default=Outcome.BLOCKED)) if trigger is T.END else move(trigger)
    try:
        after = before.fire(step)
    except IllegalTransition:
        assert trigger not in TRANSITIONS[state] or trigger is T.REWRITE_NEVER_SENT
    else:
        assert after.state is TRANSITIONS[state][trigger]
        assert after.revision == before.revision + 1
    assert before == kept


@pytest.mark.parametrize(("state", "outcome"), list(product(OperationState, Outcome)))
def test_an_outcome_ends_an_operation_only_from_the_states_that_permit_it(
    state: OperationState, outcome: Outcome
) -> None:
    """Each pair of state and outcome ends the operation or is refused."""
    before = in_state(state, kind=OperationKind.CHECK) if outcome is Outcome.REVERTED else in_state(state)
    if state in {S.QUEUED, S.AT_CARRIER, S.OBSERVING}:
        before = fired(before, move(T.LOOKED, observation=look(), grade=CONFIRMS))
    if outcome in OUTCOMES[state]:
        assert before.fire(end(outcome)).outcome is outcome
    else:
        with pytest.raises(IllegalTransition):
            before.fire(end(outcome))


def test_only_the_last_state_has_no_exit() -> None:
    """Every state is in the table, and only what ended has no steps."""
    assert set(TRANSITIONS) == set(OperationState)
    assert [state for state, steps in TRANSITIONS.items() if not steps] == [S.ENDED]
    assert OUTCOMES[S.ENDED] == frozenset()


def test_an_operation_can_end_from_every_state() -> None:
    """No state is a trap."""
    reach = {S.ENDED}
    while True:
        more = {state for state, steps in TRANSITIONS.items() if reach & set(steps.values())} | reach
        if more == reach:
            break
        reach = more
    assert reach == set(OperationState)


def test_every_state_is_reached_from_the_first() -> None:
    """No row of the table is dead."""
    reach = {S.QUEUED}
    while True:
        more = reach | {to for state in reach for to in TRANSITIONS[state].values()}
        if more == reach:
            break
        reach = more
    assert reach == set(OperationState)


def test_ending_is_a_step_exactly_where_an_outcome_is_permitted() -> None:
    """The two tables of the file say the same."""
    assert {state for state, steps in TRANSITIONS.items() if T.END in steps} == {s for s in OUTCOMES if OUTCOMES[s]}


def test_every_outcome_that_is_about_this_release_is_permitted_somewhere() -> None:
    """No outcome is a word only."""
    assert frozenset().union(*OUTCOMES.values()) == set(Outcome)


def test_doubt_can_follow_every_state_with_a_write_on_its_way() -> None:
    """From the intent on, the outcome may be lost at any moment."""
    for state in UNRESOLVED_STATES - {S.IN_DOUBT}:
        assert TRANSITIONS[state][T.OUTCOME_LOST] is S.IN_DOUBT


def test_doubt_is_left_only_by_a_look_or_by_handing_it_to_a_person() -> None:
    """What was sent and not seen never becomes anything else by itself."""
    assert {to for trigger, to in TRANSITIONS[S.IN_DOUBT].items() if trigger not in {T.LOOKED, T.END}} == {S.IN_DOUBT}
    assert OUTCOMES[S.IN_DOUBT] == {Outcome.UNRESOLVED, Outcome.IDENTITY_MISMATCH}


def test_every_state_with_a_write_in_it_counts_as_unresolved() -> None:
    """The meter's one write is counted from the intent to the end."""
    assert set(OperationState) - {S.QUEUED, S.ENDED} == UNRESOLVED_STATES
