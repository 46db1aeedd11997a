"""What no look may ever prove, whatever it shows."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from meterhold.domain.observation import Observation
from meterhold.domain.operation import Grade
from meterhold.domain.proof import grade
from meterhold.domain.words import OFF_STATES, Proof, Service, SupplyState
from tests.unit.domain.build import NOON, OFF, ON

ARMED, RESTRICTED, MOVING = SupplyState.ARMED, SupplyState.RESTRICTED, SupplyState.MOVING
FAULT, UNKNOWN = SupplyState.FAULT, SupplyState.UNKNOWN
NONE, ACKNOWLEDGED, STATE_READ, LOAD_PROVEN = Proof.NONE, Proof.ACKNOWLEDGED, Proof.STATE_READ, Proof.LOAD_PROVEN
POWER, WATER = Service.ELECTRICITY, Service.WATER

STATES = st.sampled_from(SupplyState)
MAYBE = st.sampled_from([True, False, None])
LOOKS = st.builds(
    Observation,
    at=st.just(NOON),
    state=STATES,
    echo_state=STATES,
    load=MAYBE,
    load_side_voltage=MAYBE,
    supply_healthy=MAYBE,
    empty_pipe=st.booleans(),
)
GRADED = st.fixed_dictionaries(
    {
        "target": st.sampled_from([ON, OFF, ARMED, RESTRICTED]),
        "service": st.sampled_from(Service),
        "before": st.none() | LOOKS,
        "look": LOOKS,
        "acknowledged": st.booleans(),
        "written": st.booleans(),
        "load_seen": st.booleans(),
        "required": st.none() | st.sampled_from(Proof),
    }
)
Facts = dict[str, object]


def graded(facts: Facts) -> Grade:
    """Grade what hypothesis made up."""
    return grade(**facts)  # type: ignore[arg-type]


@given(GRADED)
def test_an_echo_alone_never_reaches_state_read(facts: Facts) -> None:
    """Take away load and voltage, and what may be only the command proves nothing in any situation."""
    alone = replace(_look(facts), state=UNKNOWN, load=None, load_side_voltage=None)
    seen = graded(facts | {"look": alone})
    assert seen.proof.rank < STATE_READ.rank
    assert not seen.confirms
    assert seen.actual is UNKNOWN


@given(GRADED)
def test_load_never_proves_a_disconnection_while_it_flows(facts: Facts) -> None:
    """Whatever the device says, a house that draws is supplied."""
    look_now = _look(facts)
    seen = graded(facts | {"target": OFF})
    if look_now.load is True or look_now.load_side_voltage is True:
        assert not seen.confirms
        assert seen.actual not in OFF_STATES or look_now.shown_state is RESTRICTED


@given(GRADED)
def test_a_state_that_shows_off_never_proves_a_connection(facts: Facts) -> None:
    """Load against the device's own word is a contradiction, not a proof."""
    if _look(facts).shown_state in OFF_STATES:
        assert not graded(facts | {"target": ON}).confirms


@given(GRADED)
def test_what_confirms_is_the_target_at_the_required_level(facts: Facts) -> None:
    """A confirmation names the state that was asked for (or a supply that is back already) and meets the level."""
    seen = graded(facts)
    if not seen.confirms:
        return
    assert seen.because is None
    assert not seen.shows_old_state
    required = facts["required"]
    shown_only = seen.actual is RESTRICTED or (facts["target"] is ARMED and seen.actual is ARMED)
    if isinstance(required, Proof) and not shown_only:
        assert seen.proof.rank >= required.rank
    assert seen.proof.rank >= STATE_READ.rank
    match facts["target"]:
        case SupplyState.CONNECTED:
            assert seen.actual is ON
        case SupplyState.DISCONNECTED:
            assert seen.actual in {OFF, ARMED}
        case SupplyState.ARMED:
            assert seen.actual in {ARMED, ON}
        case _:
            assert seen.actual is RESTRICTED or (seen.actual is OFF and facts["before"] is None)


@given(GRADED)
def test_two_points_that_disagree_confirm_nothing(facts: Facts) -> None:
    """The contacts against the load, in both directions."""
    look_now = replace(_look(facts), state=OFF, load=True)
    assert not graded(facts | {"target": OFF, "look": look_now}).confirms
    assert not graded(facts | {"target": ON, "look": look_now}).confirms


@given(GRADED)
def test_a_disconnection_by_load_needs_load_before(facts: Facts) -> None:
    """An empty house never becomes ``load_proven`` by staying empty."""
    quiet = None if facts["before"] is None else replace(_look(facts, "before"), load=False)
    dark = replace(_look(facts), load_side_voltage=None)
    seen = graded(facts | {"target": OFF, "before": quiet, "load_seen": False, "look": dark})
    if seen.confirms:
        assert seen.proof is STATE_READ


def _look(facts: Facts, name: str = "look") -> Observation:
    seen = facts[name]
    assert isinstance(seen, Observation)
    return seen
