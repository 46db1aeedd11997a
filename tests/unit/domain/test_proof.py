"""What a look is worth: the honest traps as a table, and what no look may ever claim."""

import pytest

from meterhold.domain.observation import Observation
from meterhold.domain.operation import Grade
from meterhold.domain.proof import grade, resting
from meterhold.domain.words import Because, Proof, Service, SupplyState
from tests.unit.domain.build import OFF, ON, echo, look

ARMED, RESTRICTED, MOVING = SupplyState.ARMED, SupplyState.RESTRICTED, SupplyState.MOVING
FAULT, UNKNOWN = SupplyState.FAULT, SupplyState.UNKNOWN
NONE, ACKNOWLEDGED, STATE_READ, LOAD_PROVEN = Proof.NONE, Proof.ACKNOWLEDGED, Proof.STATE_READ, Proof.LOAD_PROVEN
POWER, WATER = Service.ELECTRICITY, Service.WATER

DREW = look(ON, load=True)
QUIET = look(ON, load=False)

Expected = tuple[Proof, SupplyState, bool, bool, Because | None]
"""Proof, actual, confirms, shows the old state, because."""

CASES: dict[str, tuple[SupplyState, Service, Observation | None, Observation, Expected]] = {
    # Disconnecting: the contacts tell, and the load tells.
    "load seen before and gone after": (OFF, POWER, DREW, look(OFF, load=False), (LOAD_PROVEN, OFF, True, False, None)),
    "load-side voltage is absent": (
        OFF,
        POWER,
        QUIET,
        look(OFF, load_side_voltage=False),
        (LOAD_PROVEN, OFF, True, False, None),
    ),
    "an empty house proves only the contacts": (
        OFF,
        POWER,
        QUIET,
        look(OFF, load=False),
        (STATE_READ, OFF, True, False, None),
    ),
    "load seen before and not measured after": (
        OFF,
        POWER,
        DREW,
        look(OFF, load=None),
        (STATE_READ, OFF, False, False, Because.NO_EVIDENCE),
    ),
    "found off before anything was written": (
        OFF,
        POWER,
        None,
        look(OFF, load=False),
        (STATE_READ, OFF, True, False, None),
    ),
    "armed is off and no disconnection": (
        OFF,
        POWER,
        DREW,
        look(ARMED, load=False),
        (LOAD_PROVEN, ARMED, False, False, Because.ARMED),
    ),
    "found armed": (OFF, POWER, None, look(ARMED, load=False), (STATE_READ, ARMED, False, True, Because.ARMED)),
    "still armed": (OFF, POWER, look(ARMED), look(ARMED), (STATE_READ, ARMED, False, True, Because.ARMED)),
    "still connected": (OFF, POWER, DREW, look(ON, load=True), (LOAD_PROVEN, ON, False, True, None)),
    "still connected, and quiet": (OFF, POWER, QUIET, look(ON, load=False), (STATE_READ, ON, False, True, None)),
    "welded: the contacts say off and current flows": (
        OFF,
        POWER,
        DREW,
        look(OFF, load=True),
        (LOAD_PROVEN, ON, False, False, Because.WELDED),
    ),
    "leaking: the valve says shut and water flows": (
        OFF,
        WATER,
        DREW,
        look(OFF, load=True),
        (LOAD_PROVEN, ON, False, False, Because.LEAKING),
    ),
    "voltage behind contacts that say off": (
        OFF,
        POWER,
        QUIET,
        look(OFF, load=False, load_side_voltage=True),
        (LOAD_PROVEN, ON, False, False, Because.WELDED),
    ),
    "half way": (OFF, WATER, DREW, look(MOVING), (STATE_READ, MOVING, False, False, Because.INTERMEDIATE_POSITION)),
    "half way with flow": (
        OFF,
        WATER,
        DREW,
        look(MOVING, load=True),
        (STATE_READ, MOVING, False, False, Because.INTERMEDIATE_POSITION),
    ),
    "jammed while closing": (
        OFF,
        WATER,
        DREW,
        look(FAULT, load=False),
        (STATE_READ, FAULT, False, False, Because.NO_MOVEMENT),
    ),
    "a trickle is not off": (
        OFF,
        WATER,
        DREW,
        look(RESTRICTED, load=False),
        (STATE_READ, RESTRICTED, False, False, Because.INTERMEDIATE_POSITION),
    ),
    # The echo repeats the command.
    "an echo in an empty house": (
        OFF,
        POWER,
        QUIET,
        echo(OFF, load=False),
        (ACKNOWLEDGED, UNKNOWN, False, False, Because.NO_EVIDENCE),
    ),
    "an echo and nothing measured": (
        OFF,
        WATER,
        DREW,
        echo(OFF),
        (ACKNOWLEDGED, UNKNOWN, False, False, Because.NO_EVIDENCE),
    ),
    "an echo while current flows": (
        OFF,
        POWER,
        DREW,
        echo(OFF, load=True),
        (LOAD_PROVEN, ON, False, False, Because.WELDED),
    ),
    "an echo, and the load has gone": (OFF, POWER, DREW, echo(OFF, load=False), (LOAD_PROVEN, OFF, True, False, None)),
    "an echo of the old state": (OFF, POWER, DREW, echo(ON, load=False), (ACKNOWLEDGED, UNKNOWN, False, True, None)),
    "nothing shown, and the load has gone": (
        OFF,
        POWER,
        DREW,
        look(UNKNOWN, load=False),
        (ACKNOWLEDGED, UNKNOWN, False, False, Because.NO_EVIDENCE),
    ),
    "nothing shown, and load": (OFF, POWER, DREW, look(UNKNOWN, load=True), (LOAD_PROVEN, ON, False, True, None)),
    # A load that vanished by itself proves nothing.
    "the pipe ran empty": (
        OFF,
        WATER,
        DREW,
        echo(OFF, load=False, empty_pipe=True),
        (ACKNOWLEDGED, UNKNOWN, False, False, Because.EMPTY_PIPE),
    ),
    "the street lost its supply": (
        OFF,
        POWER,
        DREW,
        echo(OFF, load=False, supply_healthy=False),
        (ACKNOWLEDGED, UNKNOWN, False, False, Because.NO_EVIDENCE),
    ),
    "the street lost its supply, and the contacts say off": (
        OFF,
        POWER,
        DREW,
        look(OFF, load=False, supply_healthy=False),
        (STATE_READ, OFF, True, False, None),
    ),
    # Restoring mirrors this.
    "load flows again": (ON, POWER, look(OFF), look(ON, load=True), (LOAD_PROVEN, ON, True, False, None)),
    "connected into an empty house": (ON, POWER, look(OFF), look(ON, load=False), (STATE_READ, ON, True, False, None)),
    "an echo of connected": (
        ON,
        POWER,
        look(OFF),
        echo(ON, load=False),
        (ACKNOWLEDGED, UNKNOWN, False, False, Because.NO_EVIDENCE),
    ),
    "an echo of connected, and load": (ON, POWER, look(OFF), echo(ON, load=True), (LOAD_PROVEN, ON, True, False, None)),
    "still off": (ON, POWER, look(OFF), look(OFF, load=False), (STATE_READ, OFF, False, True, None)),
    "still off by its echo": (ON, POWER, look(OFF), echo(OFF), (ACKNOWLEDGED, UNKNOWN, False, True, None)),
    "load flows and the device says off": (
        ON,
        POWER,
        look(OFF),
        look(OFF, load=True),
        (LOAD_PROVEN, ON, False, False, Because.VERIFY_MISMATCH),
    ),
    "voltage from behind, and the contacts say off": (
        ON,
        POWER,
        look(OFF),
        look(OFF, load=False, load_side_voltage=True),
        (STATE_READ, OFF, False, False, Because.LOAD_SIDE_VOLTAGE),
    ),
    "voltage from behind, and an echo of off": (
        ON,
        POWER,
        look(OFF),
        echo(OFF, load_side_voltage=True),
        (ACKNOWLEDGED, UNKNOWN, False, False, Because.LOAD_SIDE_VOLTAGE),
    ),
    "still restricted, with the trickle that it lets through": (
        ON,
        WATER,
        look(RESTRICTED, load=True),
        look(RESTRICTED, load=True),
        (STATE_READ, RESTRICTED, False, True, None),
    ),
    "a trickle flows where nothing should": (
        OFF,
        WATER,
        DREW,
        look(RESTRICTED, load=True),
        (STATE_READ, RESTRICTED, False, False, Because.INTERMEDIATE_POSITION),
    ),
    "restricted, with what it lets through": (
        RESTRICTED,
        WATER,
        DREW,
        look(RESTRICTED, load=True),
        (STATE_READ, RESTRICTED, True, False, None),
    ),
    "found off where a trickle was asked for": (
        RESTRICTED,
        WATER,
        None,
        look(OFF, load=False),
        (STATE_READ, OFF, True, False, None),
    ),
    "off where a trickle was commanded": (
        RESTRICTED,
        WATER,
        DREW,
        look(OFF, load=False),
        (STATE_READ, OFF, False, False, Because.VERIFY_MISMATCH),
    ),
    "armed is not connected": (ON, POWER, look(OFF), look(ARMED), (STATE_READ, ARMED, False, True, None)),
    "opening": (
        ON,
        WATER,
        look(OFF),
        look(MOVING, load=True),
        (STATE_READ, MOVING, False, False, Because.INTERMEDIATE_POSITION),
    ),
    "jammed with flow": (
        ON,
        WATER,
        look(OFF),
        look(FAULT, load=True),
        (STATE_READ, FAULT, False, False, Because.NO_MOVEMENT),
    ),
    "jammed": (ON, WATER, look(OFF), look(FAULT), (STATE_READ, FAULT, False, False, Because.NO_MOVEMENT)),
    "opening, no flow": (
        ON,
        WATER,
        look(OFF),
        look(MOVING),
        (STATE_READ, MOVING, False, False, Because.INTERMEDIATE_POSITION),
    ),
    "nothing shown": (
        ON,
        POWER,
        look(OFF),
        look(UNKNOWN),
        (ACKNOWLEDGED, UNKNOWN, False, False, Because.NO_EVIDENCE),
    ),
    # Arming and restricting.
    "armed": (ARMED, POWER, look(OFF), look(ARMED), (STATE_READ, ARMED, True, False, None)),
    "the customer pressed the button": (ARMED, POWER, look(OFF), look(ON), (STATE_READ, ON, True, False, None)),
    "not armed yet": (ARMED, POWER, look(OFF), look(OFF), (STATE_READ, OFF, False, True, None)),
    "armed by an echo": (
        ARMED,
        POWER,
        look(OFF),
        echo(ARMED),
        (ACKNOWLEDGED, UNKNOWN, False, False, Because.NO_EVIDENCE),
    ),
    "restricted": (RESTRICTED, WATER, DREW, look(RESTRICTED), (STATE_READ, RESTRICTED, True, False, None)),
    "not restricted": (RESTRICTED, WATER, DREW, look(ON), (STATE_READ, ON, False, True, None)),
    "restricting": (
        RESTRICTED,
        WATER,
        DREW,
        look(MOVING),
        (STATE_READ, MOVING, False, False, Because.INTERMEDIATE_POSITION),
    ),
    "jammed while restricting": (
        RESTRICTED,
        WATER,
        DREW,
        look(FAULT),
        (STATE_READ, FAULT, False, False, Because.NO_MOVEMENT),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_look_is_worth_what_it_shows(case: str) -> None:
    """The table of situations, honest and dishonest ones."""
    target, service, before, after, expected = CASES[case]
    seen = grade(target, service, before, after, acknowledged=before is not None, written=before is not None)
    assert seen == Grade(*expected)


@pytest.mark.parametrize(
    ("acknowledged", "written", "level"),
    [(False, False, NONE), (False, True, Proof.SENT), (True, True, ACKNOWLEDGED)],
)
def test_without_evidence_the_level_is_that_of_the_command(acknowledged: bool, written: bool, level: Proof) -> None:
    """What the carrier or the device said of the command is all there is."""
    seen = grade(OFF, POWER, QUIET, echo(OFF), acknowledged=acknowledged, written=written)
    assert (seen.proof, seen.confirms) == (level, False)


def test_load_falling_later_turns_a_contradiction_into_proof() -> None:
    """Current that still decays right after the write is not a weld: the same operation's next look proves it."""
    decaying = grade(OFF, POWER, DREW, look(OFF, load=True), acknowledged=True, written=True)
    assert not decaying.confirms
    assert not decaying.shows_old_state
    assert grade(OFF, POWER, DREW, look(OFF, load=False), acknowledged=True, written=True).proof is LOAD_PROVEN


def test_flow_seen_while_the_valve_closed_is_flow_before() -> None:
    """``load_seen`` stands in for a look before the write that saw nothing."""
    assert grade(OFF, WATER, QUIET, echo(OFF, load=False), load_seen=True, written=True).confirms
    assert not grade(OFF, WATER, QUIET, echo(OFF, load=False), load_seen=False, written=True).confirms


@pytest.mark.parametrize(
    ("target", "before", "after"),
    [(OFF, QUIET, look(OFF, load=False)), (ON, look(OFF), look(ON, load=False))],
)
def test_a_site_may_ask_for_more_than_the_situation_gives(
    target: SupplyState, before: Observation, after: Observation
) -> None:
    """Then the contacts alone are honest and not enough."""
    seen = grade(target, POWER, before, after, acknowledged=True, written=True, required=LOAD_PROVEN)
    assert (seen.proof, seen.actual, seen.confirms) == (STATE_READ, target, False)
    assert seen.because is Because.NO_EVIDENCE


@pytest.mark.parametrize("shown", [echo(ON, load_side_voltage=True), look(UNKNOWN, load_side_voltage=True)])
def test_voltage_behind_a_switch_of_unknown_position_proves_no_connection(shown: Observation) -> None:
    """It may be the house's own generator; load through the switch, or the contacts' own word, would be proof."""
    seen = grade(ON, POWER, look(OFF), shown, acknowledged=True, written=True)
    assert (seen.proof, seen.actual, seen.confirms) == (Proof.ACKNOWLEDGED, UNKNOWN, False)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (look(OFF, load=True), (ON, LOAD_PROVEN)),
        (look(OFF, load_side_voltage=False), (OFF, LOAD_PROVEN)),
        (look(ON, load_side_voltage=True), (ON, LOAD_PROVEN)),
        (look(OFF, load_side_voltage=True), (OFF, STATE_READ)),
        (echo(ON, load_side_voltage=True), (UNKNOWN, NONE)),
        (look(OFF, load=False), (OFF, STATE_READ)),
        (look(ON), (ON, STATE_READ)),
        (echo(OFF, load=False), (UNKNOWN, NONE)),
        (echo(ON), (UNKNOWN, NONE)),
    ],
)
def test_a_look_outside_any_work_tells_no_more_than_it_shows(
    seen: Observation, expected: tuple[SupplyState, Proof]
) -> None:
    """A live read knows nothing of a before, and an echo tells it nothing."""
    assert resting(seen) == expected
