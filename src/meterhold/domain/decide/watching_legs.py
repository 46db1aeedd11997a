"""What a look of the watch changes at the legs of a meter's holds: registers, supply that came back, stronger proof."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from meterhold.domain.commands import WatchMeter
from meterhold.domain.consumption import used_since
from meterhold.domain.decide.attention import raise_once
from meterhold.domain.decide.checks import decisions_on
from meterhold.domain.draft import Draft
from meterhold.domain.events import LegRead, LegWatched
from meterhold.domain.evolve import emit
from meterhold.domain.hold import Hold, Leg, Register, Window
from meterhold.domain.observation import Observation
from meterhold.domain.operation import Grade
from meterhold.domain.proof import resting
from meterhold.domain.sentences import sentence
from meterhold.domain.watch import Watch
from meterhold.domain.watched import Watched, was_off
from meterhold.domain.watching import grade_of, off_again, supply_is_on
from meterhold.domain.words import Because, Mode, Outcome, Proof, SupplyState


def read_owed(draft: Draft, command: WatchMeter, look: Observation) -> None:
    """Record the registers for holds that only watch: nothing was switched that would have brought a look along."""
    for owed in draft.meter(command.meter_id).watch.owed:
        if draft.find_hold(owed.hold_id) is None:
            continue
        state, proof = resting(look)
        registers = tuple(
            Register(one.quantity, one.value, one.quantity.unit, one.quality, owed.moment, one.at)
            for one in look.registers + look.paired
        )
        identity = look.identity.strength
        emit(
            draft,
            LegRead(command.at, owed.hold_id, command.meter_id, owed.moment, state, proof, identity, registers),
        )


def frozen_since(before: Watch, legs: Sequence[Watched], look: Observation, command: WatchMeter) -> datetime | None:
    """Since when the register stands still while the supply side is alive, as far as looks have shown it."""
    waiting = any(_may_be_proven(leg) for _, leg in legs)
    if command.proof_window_s is None or not waiting or look.supply_healthy is not True:
        return None
    used = list(used_since(legs[0][1], look))
    if not used or any(now.value != old.value for old, now in used):
        return None
    unseen_too_long = timedelta(seconds=2 * command.rules.keep_every_s)
    if before.frozen_since is None or before.looked_at is None or look.at - before.looked_at > unseen_too_long:
        return look.at
    return before.frozen_since


def correct(draft: Draft, command: WatchMeter, legs: Sequence[Watched], look: Observation, after: Watch) -> None:
    """Let the legs say what is now known of supply."""
    for hold, leg in legs:
        if leg.mode is Mode.MONITOR_ONLY:
            _show(draft, command, hold, leg, *resting(look))
            continue
        worth = grade_of(leg, look)
        if supply_is_on(worth):
            _on(draft, command, hold, leg, worth)
        elif _is_astray(worth) or _is_back_in_place(leg, worth):
            _show(draft, command, hold, leg, worth.actual, worth.proof)
        elif _may_be_proven(leg) and (worth.proof is Proof.LOAD_PROVEN or _frozen(after, look, command)):
            detail = "nothing was drawn for as long as its profile asks, while the supply side was alive"
            emit(
                draft,
                LegWatched(command.at, hold.hold_id, leg.meter_id, leg.actual, Proof.LOAD_PROVEN, detail=detail),
            )


def _is_astray(worth: Grade) -> bool:
    return worth.because in {Because.INTERMEDIATE_POSITION, Because.NO_MOVEMENT, Because.ARMED}


def _is_back_in_place(leg: Leg, worth: Grade) -> bool:
    """A leg that was off, then was not, and is off once more by itself: what a person has to decide stays open."""
    astray = not leg.off or leg.actual is SupplyState.ARMED
    return leg.outcome in {Outcome.VERIFIED, Outcome.REVERTED} and astray and off_again(leg, worth)


def _may_be_proven(leg: Leg) -> bool:
    """A leg that was switched well in an empty house, of which only the switch's own position is known."""
    verified = leg.outcome is Outcome.VERIFIED and leg.mode is Mode.PHYSICAL
    return verified and leg.proof is Proof.STATE_READ and leg.actual is SupplyState.DISCONNECTED


def _frozen(after: Watch, look: Observation, command: WatchMeter) -> bool:
    if command.proof_window_s is None or after.frozen_since is None:
        return False
    return look.at - after.frozen_since >= timedelta(seconds=command.proof_window_s)


def _show(draft: Draft, command: WatchMeter, hold: Hold, leg: Leg, state: SupplyState, proof: Proof) -> None:
    if state not in {SupplyState.UNKNOWN, leg.actual}:
        emit(draft, LegWatched(command.at, hold.hold_id, leg.meter_id, state, proof))


def _on(draft: Draft, command: WatchMeter, hold: Hold, leg: Leg, worth: Grade) -> None:
    """Supply is on at a leg that is meant to be off. Where it was off, it came back by itself: a person decides."""
    if not was_off(leg):
        _show(draft, command, hold, leg, worth.actual, worth.proof)
        return
    meter, because = draft.meter(leg.meter_id), worth.because or Because.SUPPLY_BACK
    known_off = (
        command.well_at,
        meter.watch.looked_at,
        None if leg.suspended_at is None else leg.suspended_at.not_after,
    )
    since = max((moment for moment in known_off if moment is not None), default=command.at)
    detail = f"supply came back without an order: {sentence(because)}"
    emit(
        draft,
        LegWatched(
            command.at,
            hold.hold_id,
            leg.meter_id,
            worth.actual,
            worth.proof,
            Outcome.REVERTED,
            because,
            Window(min(since, command.at), command.at),
            detail,
        ),
    )
    raise_once(
        draft,
        hold.hold_id,
        command.at,
        because,
        leg.meter_id,
        decisions=decisions_on(hold),
        detail=f"{Outcome.REVERTED}: {detail}",
    )
