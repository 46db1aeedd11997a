"""What an observation is worth: proof is graded here and nowhere else.

Three rules carry it. A point that may echo the command never proves a state. Load is compared with what was seen
before the write: an empty house that drew nothing proves nothing by drawing nothing. Where two points disagree,
nothing is confirmed.
"""

from dataclasses import replace

from meterhold.domain.observation import Observation
from meterhold.domain.operation import Grade
from meterhold.domain.words import OFF_STATES, Because, Proof, Service, SupplyState

_S = SupplyState


def grade(
    target: SupplyState,
    service: Service,
    before: Observation | None,
    look: Observation,
    *,
    acknowledged: bool = False,
    written: bool = False,
    load_seen: bool = False,
    required: Proof | None = None,
) -> Grade:
    """Grade one look for a target. ``before`` is the look that preceded the write, ``None`` while nothing is written.

    ``load_seen`` says that another fresh look of the same operation saw load: a valve that was still closing, say.
    ``required`` is the level that the site wants of this profile; without it the best that the situation can give.
    """
    claim = _echo_level(acknowledged=acknowledged, written=written)
    if target is _S.CONNECTED or target is _S.ARMED:
        connected = _grade_connected(look, claim, required or Proof.STATE_READ)
        # Supply that is back already is more than an arming asks for.
        if target is _S.CONNECTED or connected.confirms:
            return connected
    if target is _S.DISCONNECTED:
        # A load that vanished with the supply itself, or with the water in the pipe, tells nothing of the switch.
        fed = look.supply_healthy is not False and not look.empty_pipe
        load_was_seen = (load_seen or (before is not None and before.load is True)) and fed
        best = Proof.LOAD_PROVEN if load_was_seen else Proof.STATE_READ
        worth = _grade_disconnected(service, look, claim, load_was_seen=load_was_seen, required=required or best)
        return _less_when_armed(before, _blame_empty_pipe(look, worth))
    if target is _S.RESTRICTED and before is None and look.state is _S.DISCONNECTED:
        # Off is more than a restriction asks for; to restrict it now would let supply through.
        return _grade_disconnected(service, look, claim, load_was_seen=False, required=required or Proof.STATE_READ)
    if target is _S.RESTRICTED and look.state is _S.DISCONNECTED and before and before.state is not _S.DISCONNECTED:
        return _open_question(_S.DISCONNECTED, Proof.STATE_READ, Because.VERIFY_MISMATCH)
    return _grade_shown(target, look, claim)


def resting(look: Observation) -> tuple[SupplyState, Proof]:
    """Say what a look outside any operation tells of supply."""
    if look.load is True or (look.load_side_voltage is True and look.state is _S.CONNECTED):
        return _S.CONNECTED, Proof.LOAD_PROVEN
    if look.load_side_voltage is False and look.state is _S.DISCONNECTED:
        return _S.DISCONNECTED, Proof.LOAD_PROVEN
    return look.state, Proof.NONE if look.state is _S.UNKNOWN else Proof.STATE_READ


def _echo_level(*, acknowledged: bool, written: bool) -> Proof:
    if acknowledged:
        return Proof.ACKNOWLEDGED
    return Proof.SENT if written else Proof.NONE


def _confirm(state: SupplyState, proof: Proof, required: Proof) -> Grade:
    enough = proof.rank >= required.rank
    return Grade(proof, state, confirms=enough, shows_old_state=False, because=None if enough else Because.NO_EVIDENCE)


def _blame_empty_pipe(look: Observation, grade: Grade) -> Grade:
    """Say why water that does not flow proves nothing."""
    if look.empty_pipe and grade.because is Because.NO_EVIDENCE:
        return replace(grade, because=Because.EMPTY_PIPE)
    return grade


def _less_when_armed(before: Observation | None, grade: Grade) -> Grade:
    """Armed is off, and is no disconnection: the customer brings supply back by pressing a button."""
    if grade.actual is not _S.ARMED:
        return grade
    was_so = before is None or before.state is _S.ARMED
    return replace(grade, confirms=False, shows_old_state=was_so, because=Because.ARMED)


def _old(state: SupplyState, proof: Proof) -> Grade:
    return Grade(proof, state, confirms=False, shows_old_state=True)


def _open_question(state: SupplyState, proof: Proof, because: Because) -> Grade:
    return Grade(proof, state, confirms=False, shows_old_state=False, because=because)


def _grade_disconnected(
    service: Service, look: Observation, claim: Proof, *, load_was_seen: bool, required: Proof
) -> Grade:
    if look.load is True or look.load_side_voltage is True:
        if look.shown_state is _S.RESTRICTED:
            return _open_question(_S.RESTRICTED, Proof.STATE_READ, Because.INTERMEDIATE_POSITION)
        if look.shown_state in OFF_STATES:
            stuck = Because.WELDED if service is Service.ELECTRICITY else Because.LEAKING
            return _open_question(_S.CONNECTED, Proof.LOAD_PROVEN, stuck)
        if look.shown_state is _S.MOVING:
            return _open_question(_S.MOVING, Proof.STATE_READ, Because.INTERMEDIATE_POSITION)
        return _old(_S.CONNECTED, Proof.LOAD_PROVEN)
    load_gone = load_was_seen and look.load is False
    match look.state:
        case _S.DISCONNECTED | _S.ARMED | _S.RESTRICTED:
            dead = load_gone or look.load_side_voltage is False
            state = _S.ARMED if look.state is _S.ARMED else _S.DISCONNECTED
            if look.state is _S.RESTRICTED:
                return _open_question(_S.RESTRICTED, Proof.STATE_READ, Because.INTERMEDIATE_POSITION)
            return _confirm(state, Proof.LOAD_PROVEN if dead else Proof.STATE_READ, required)
        case _S.CONNECTED:
            return _old(_S.CONNECTED, Proof.STATE_READ)
        case _S.MOVING:
            return _open_question(_S.MOVING, Proof.STATE_READ, Because.INTERMEDIATE_POSITION)
        case _S.FAULT:
            return _open_question(_S.FAULT, Proof.STATE_READ, Because.NO_MOVEMENT)
        case _S.UNKNOWN:
            return _grade_disconnected_by_echo(look, claim, load_gone=load_gone, required=required)


def _grade_disconnected_by_echo(look: Observation, claim: Proof, *, load_gone: bool, required: Proof) -> Grade:
    if look.echo_state is _S.DISCONNECTED:
        if load_gone or look.load_side_voltage is False:
            return _confirm(_S.DISCONNECTED, Proof.LOAD_PROVEN, required)
        return _open_question(_S.UNKNOWN, claim, Because.NO_EVIDENCE)
    if look.echo_state is _S.CONNECTED:
        return _old(_S.UNKNOWN, claim)
    return _open_question(_S.UNKNOWN, claim, Because.NO_EVIDENCE)


def _grade_connected(look: Observation, claim: Proof, required: Proof) -> Grade:
    if look.load is True or look.load_side_voltage is True:
        return _grade_live(look, claim, required)
    match look.state:
        case _S.CONNECTED:
            return _confirm(_S.CONNECTED, Proof.STATE_READ, required)
        case _S.DISCONNECTED | _S.ARMED | _S.RESTRICTED:
            return _old(look.state, Proof.STATE_READ)
        case _S.MOVING:
            return _open_question(_S.MOVING, Proof.STATE_READ, Because.INTERMEDIATE_POSITION)
        case _S.FAULT:
            return _open_question(_S.FAULT, Proof.STATE_READ, Because.NO_MOVEMENT)
        case _S.UNKNOWN:
            if look.echo_state in OFF_STATES:
                return _old(_S.UNKNOWN, claim)
            return _open_question(_S.UNKNOWN, claim, Because.NO_EVIDENCE)


def _grade_live(look: Observation, claim: Proof, required: Proof) -> Grade:
    """Grade for ``connected`` what is alive on the customer's side."""
    shown = look.shown_state
    if shown is _S.RESTRICTED:
        return _old(_S.RESTRICTED, Proof.STATE_READ)
    if shown in OFF_STATES and look.load is not True:
        # Nothing is drawn through a switch that says off: somebody feeds the house from behind.
        known = Proof.STATE_READ if look.state is not _S.UNKNOWN else claim
        return _open_question(look.state, known, Because.LOAD_SIDE_VOLTAGE)
    if shown in OFF_STATES:
        return _open_question(_S.CONNECTED, Proof.LOAD_PROVEN, Because.VERIFY_MISMATCH)
    if shown is _S.MOVING:
        return _open_question(_S.MOVING, Proof.STATE_READ, Because.INTERMEDIATE_POSITION)
    if shown is _S.FAULT:
        return _open_question(_S.FAULT, Proof.STATE_READ, Because.NO_MOVEMENT)
    if look.load is not True and look.state is not _S.CONNECTED:
        # Voltage behind a switch whose own position nobody knows may be the house's own generator.
        return _open_question(_S.UNKNOWN, claim, Because.NO_EVIDENCE)
    return _confirm(_S.CONNECTED, Proof.LOAD_PROVEN, required)


def _grade_shown(target: SupplyState, look: Observation, claim: Proof) -> Grade:
    """Grade for ``armed`` and ``restricted``: the device's own position is the best there is."""
    if look.state is target:
        return _confirm(target, Proof.STATE_READ, Proof.STATE_READ)
    if look.state is _S.UNKNOWN:
        return _open_question(_S.UNKNOWN, claim, Because.NO_EVIDENCE)
    if look.state is _S.MOVING:
        return _open_question(_S.MOVING, Proof.STATE_READ, Because.INTERMEDIATE_POSITION)
    if look.state is _S.FAULT:
        return _open_question(_S.FAULT, Proof.STATE_READ, Because.NO_MOVEMENT)
    return _old(look.state, Proof.STATE_READ)
