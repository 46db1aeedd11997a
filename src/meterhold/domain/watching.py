"""What one look at a held meter says against its hold. Pure: nothing is decided and nothing is done about it here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import assert_never

from meterhold.domain.consumption import baseline, measured, used_since, went_back
from meterhold.domain.hold import Leg
from meterhold.domain.identity import IdentityVerdict
from meterhold.domain.meter import Meter
from meterhold.domain.observation import Observation, RegisterReading
from meterhold.domain.operation import Grade
from meterhold.domain.proof import grade, resting
from meterhold.domain.sentences import sentence
from meterhold.domain.watch import WatchRules
from meterhold.domain.watched import was_off
from meterhold.domain.words import OFF_STATES, Because, Mode, Outcome, Quantity, SupplyState

_STUCK = frozenset({Because.WELDED, Because.LEAKING})
_ASTRAY = frozenset({Because.INTERMEDIATE_POSITION, Because.NO_MOVEMENT, Because.VERIFY_MISMATCH})


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a person should know of."""

    code: Because
    detail: str
    evidence: Mapping[str, str] = field(default_factory=dict)
    level: Decimal | None = None
    """How much it is, where it can grow."""


def grade_of(leg: Leg, look: Observation) -> Grade:
    """What a look is worth for what a leg is meant to be; for one that is only watched, what it simply shows."""
    match leg.mode:
        case Mode.PHYSICAL:
            return grade(SupplyState.DISCONNECTED, leg.service, None, look)
        case Mode.RESTRICT:
            return grade(SupplyState.RESTRICTED, leg.service, None, look)
        case Mode.MONITOR_ONLY:
            state, proof = resting(look)
            return Grade(proof, state, confirms=state is leg.actual, shows_old_state=False)
        case _:
            assert_never(leg.mode)


def supply_is_on(worth: Grade) -> bool:
    """Whether a look shows supply at a leg that is meant to be off: by position, by an echo, or by what flows."""
    if worth.actual is SupplyState.ARMED:
        return False  # its contacts are apart, though the customer may press the button
    return worth.shows_old_state or worth.because in _STUCK


def off_again(leg: Leg, worth: Grade) -> bool:
    """Whether a leg whose supply had come back is known to be off once more.

    A switch that said off while something flowed is not believed because nothing flows at the moment.
    """
    return worth.confirms and leg.because not in _STUCK


def looks_off(leg: Leg, look: Observation, worth: Grade) -> bool:
    """Whether a look shows nothing of the supply that had come back, be it by an echo only: enough to say it anew."""
    quiet = look.shown_state in OFF_STATES and look.load is not True
    return (worth.confirms or quiet) and leg.because not in _STUCK


def foreign(meter: Meter, verdict: IdentityVerdict, look: Observation) -> Finding:
    """What to say when another meter answered than the one that is meant, or one that cannot be it."""
    last = meter.last_register
    back = _backwards(look, () if last is None else (last,))
    if back is not None:
        return back
    answered = f"{look.identity.value or 'a meter without a name'} ({look.identity.strength})"
    expected = meter.installation.serial or "the meter that was confirmed at this address"
    evidence = {"expected": expected, "answered": answered, **evidence_of(look)}
    return Finding(Because.METER_REPLACED, verdict.detail, evidence)


def compare(leg: Leg, meter: Meter, look: Observation, rules: WatchRules) -> tuple[Finding, ...]:
    """Everything that a look at the right meter says against its hold."""
    worth = grade_of(leg, look)
    last = meter.last_register
    before = (*baseline(leg).values(), *(() if last is None else (last,)))
    found = [_state(leg, look, worth), _backwards(look, before)]
    if leg.mode is Mode.MONITOR_ONLY or not supply_is_on(worth):
        # Where supply has come back, that it is used is the same matter.
        found.append(_usage(leg, look, rules))
    return tuple(finding for finding in found if finding is not None)


def _state(leg: Leg, look: Observation, worth: Grade) -> Finding | None:
    if leg.mode is Mode.MONITOR_ONLY:
        if worth.confirms or SupplyState.UNKNOWN in {leg.actual, worth.actual}:
            return None
        detail = f"it was {leg.actual} and is {worth.actual}, without an order"
        return Finding(Because.STATE_DRIFT, detail, _evidence(leg.actual, look, worth))
    evidence = _evidence(_meant(leg), look, worth)
    if supply_is_on(worth):
        return _supply(leg, look, worth, evidence)
    if worth.actual is SupplyState.ARMED and leg.actual is SupplyState.DISCONNECTED:
        detail = "it was disconnected and is armed: the customer's button brings supply back"
        return Finding(Because.STATE_DRIFT, detail, evidence)
    if worth.because in _ASTRAY:
        detail = f"it is meant to be {_meant(leg)} and is {worth.actual}: {sentence(worth.because)}"
        return Finding(Because.STATE_DRIFT, detail, evidence)
    return None


def _supply(leg: Leg, look: Observation, worth: Grade, evidence: Mapping[str, str]) -> Finding | None:
    """Supply where there should be none: back by itself, or never known to be gone, or known all along."""
    if was_off(leg) or leg.outcome is Outcome.REVERTED:
        how = f"it shows {_shown(look, worth)}" if worth.because is None else sentence(worth.because)
        return Finding(Because.SUPPLY_BACK, f"supply is back without an order: {how}", evidence)
    if leg.actual is SupplyState.CONNECTED:
        return None
    detail = f"it is meant to be {_meant(leg)}, nobody knew whether it is, and it shows {_shown(look, worth)}"
    return Finding(Because.STATE_DRIFT, detail, evidence)


def _meant(leg: Leg) -> SupplyState:
    return SupplyState.RESTRICTED if leg.mode is Mode.RESTRICT else SupplyState.DISCONNECTED


def _shown(look: Observation, worth: Grade) -> str:
    state = look.shown_state if worth.actual is SupplyState.UNKNOWN else worth.actual
    return f"{state}, and the customer's side draws" if look.load is True else str(state)


def _backwards(look: Observation, before: tuple[RegisterReading, ...]) -> Finding | None:
    pair = went_back(look.registers, before)
    if pair is None:
        return None
    old, now = pair
    unit = now.quantity.unit
    detail = f"{now.quantity} went back from {old.value} {unit} to {now.value} {unit}"
    return Finding(Because.REGISTER_BACKWARDS, detail, {"before": measured(old), "now": measured(now)})


def _usage(leg: Leg, look: Observation, rules: WatchRules) -> Finding | None:
    """More than a little went through a meter where supply is off, or where nobody should be drawing."""
    if leg.mode is Mode.RESTRICT or (leg.mode is Mode.PHYSICAL and leg.actual not in OFF_STATES):
        return None
    if leg.outcome is Outcome.REVERTED:
        return None  # supply has been back: that it was used is no other matter
    for old, now in used_since(leg, look):
        used, unit = now.value - old.value, now.quantity.unit
        limit = rules.usage_threshold_m3 if now.quantity is Quantity.VOLUME_M3 else rules.usage_threshold_kwh
        if used > limit:
            detail = f"{used} {unit} used since {old.at.isoformat()}, and more than {limit} {unit} is worth an alarm"
            return Finding(Because.USAGE_WHILE_HELD, detail, {"since": measured(old), "now": measured(now)}, used)
    return None


def _evidence(expected: SupplyState, look: Observation, worth: Grade) -> Mapping[str, str]:
    return {"expected": str(expected), "seen": _shown(look, worth), "proof": str(worth.proof), **evidence_of(look)}


def evidence_of(look: Observation) -> Mapping[str, str]:
    """What a look measured, for people: each value with its unit and, where it is known, its time."""
    told = {"seen_at": look.at.isoformat(), "points": look.source}
    for one in look.measured:
        age = "" if one.produced_at is None else f" at {one.produced_at.isoformat()}"
        told[str(one.quantity)] = f"{one.value} {one.quantity.unit}{age}"
    return told
