"""Every step that may follow a look is one that the table has."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from meterhold.domain.next_step import End, LookAgain, WriteNow
from meterhold.domain.observation import Observation
from meterhold.domain.operation import Grade, Move
from meterhold.domain.operation_table import OUTCOMES, OperationState, Trigger
from meterhold.domain.protocol import (
    WRITE_BUDGET,
    after_failed_look,
    after_look,
    after_stranger,
)
from meterhold.domain.words import Because, SupplyState
from tests.unit.domain.build import BLOCKS_OFF, BLOCKS_ON, OFF, ON, STRANGER, TIMING, after, in_state, look, move, seen

S, T = OperationState, Trigger
ARMED, MOVING, FAULT, UNKNOWN = SupplyState.ARMED, SupplyState.MOVING, SupplyState.FAULT, SupplyState.UNKNOWN
DREW, QUIET = look(ON, load=True), look(ON, load=False)
# Every situation

LOADS = st.sampled_from([True, False, None])
LOCKS = st.lists(st.sampled_from([BLOCKS_ON, BLOCKS_OFF]), max_size=2)
SIGHTS = st.builds(
    lambda state, shown, load, voltage, locks: look(
        state, echo_state=shown, load=load, load_side_voltage=voltage, interlocks=tuple(locks)
    ),
    st.sampled_from(SupplyState),
    st.sampled_from(SupplyState),
    LOADS,
    LOADS,
    LOCKS,
)
TARGETS = st.sampled_from([ON, OFF, ARMED, SupplyState.RESTRICTED])


@given(
    TARGETS, st.sampled_from([S.QUEUED, S.SENT, S.DELIVERED, S.OBSERVING, S.IN_DOUBT]), SIGHTS, st.integers(0, 10**5)
)
def test_every_step_that_follows_a_look_is_one_that_the_table_has(
    target: SupplyState, state: OperationState, what: Observation, seconds: int
) -> None:
    """The protocol never asks for what the table forbids, and looks again only in the future."""
    now = seen(in_state(state, target), what, after(seconds))
    match after_look(now, after(seconds), TIMING):
        case WriteNow():
            intended = now.fire(move(T.INTEND, after(seconds)))
            assert intended.writes <= WRITE_BUDGET
            shown = Grade(*(getattr(now.last_grade, name) for name in Grade.__slots__))
            assert now.state is S.QUEUED or shown.shows_old_state
        case LookAgain(at=at):
            assert at > after(seconds)
        case End(outcome=outcome, because=because):
            assert outcome in OUTCOMES[now.state]
            assert now.fire(Move(T.END, after(seconds), outcome=outcome, because=because)).ended


@given(
    TARGETS,
    st.sampled_from([S.QUEUED, S.AT_CARRIER, S.OBSERVING, S.IN_DOUBT]),
    st.integers(0, 10**6),
    st.booleans(),
)
def test_every_step_that_follows_a_failed_look_is_one_that_the_table_has(
    target: SupplyState, state: OperationState, seconds: int, strange: bool
) -> None:
    """Nothing is ever written blindly, and doubt ends only as doubt."""
    now = in_state(state, target).fire(move(T.LOOK_FAILED, because=Because.COMM_TIMEOUT))
    step = (
        after_stranger(now, STRANGER, after(seconds), TIMING)
        if strange and state is not S.AT_CARRIER
        else after_failed_look(now, after(seconds), TIMING)
    )
    assert not isinstance(step, WriteNow)
    if isinstance(step, End):
        assert step.outcome in OUTCOMES[now.state]
    else:
        assert step.at > after(seconds)
        assert step.at - after(seconds) <= timedelta(minutes=5)
