"""What follows from a look of the watch: what is known better, what is wrong and who is told. Never a switching."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from meterhold.domain.commands import WatchMeter
from meterhold.domain.decide import watching_legs
from meterhold.domain.decide.matters import is_news, raise_alarms, with_matters
from meterhold.domain.draft import Draft
from meterhold.domain.events import MeterWatched
from meterhold.domain.evolve import emit
from meterhold.domain.hold import Hold, Leg
from meterhold.domain.identity import check_identity
from meterhold.domain.meter import Actual, Meter
from meterhold.domain.observation import Observation
from meterhold.domain.proof import resting
from meterhold.domain.replacing import replace
from meterhold.domain.watch import Watch
from meterhold.domain.watched import Watched, watched_legs, worked_at
from meterhold.domain.watching import Finding, compare, foreign, grade_of, looks_off, supply_is_on
from meterhold.domain.words import Because, Mode, SupplyState

_OF_SUPPLY = frozenset({Because.SUPPLY_BACK, Because.STATE_DRIFT})


def watch(draft: Draft, command: WatchMeter) -> None:
    """Compare a look with what is held, and keep what is new; what was seen before leaves no trace."""
    meter = draft.meter(command.meter_id)
    holds = _holds(draft, command.hold_ids)
    if meter.retired or worked_at(meter, holds):
        return
    legs = watched_legs(meter, holds)
    owed = [hold for hold in holds if any(one.hold_id == hold.hold_id for one in meter.watch.owed)]
    if not legs and not owed:
        return
    look = command.look
    if look is None or look.identity.strength.rank < command.profile_gives.rank:
        _unseen(draft, command, meter, legs)
        return
    expected = (legs[0][0] if legs else owed[0]).leg(meter.meter_id).expected_serial
    verdict = check_identity(meter, expected, command.profile_gives, look, disconnects=False)
    if not verdict.ok:
        _say(draft, command, meter, legs, [foreign(meter, verdict, look)], replace(meter.watch, silent_since=None))
        return
    _seen(draft, command, meter, look)


def _holds(draft: Draft, hold_ids: Iterable[str]) -> list[Hold]:
    return [hold for hold_id in hold_ids if (hold := draft.find_hold(hold_id)) is not None]


def _unseen(draft: Draft, command: WatchMeter, meter: Meter, legs: Sequence[Watched]) -> None:
    """It did not answer, or did not say who it is. Only a long silence is worth an alarm."""
    if not legs:
        return
    known = (meter.watch.silent_since, command.well_at, meter.watch.looked_at, meter.actual.at)
    since = known[0] or max((moment for moment in known if moment is not None), default=command.at)
    findings = []
    if command.at - since > timedelta(seconds=command.silent_after_s):
        detail = f"it has not answered since {since.isoformat()}: {command.detail or 'it does not say who it is'}"
        evidence = {"last_seen": since.isoformat(), "because": str(command.because or Because.NO_EVIDENCE)}
        findings = [Finding(Because.DEVICE_SILENT, detail, evidence)]
    _say(draft, command, meter, legs, findings, replace(meter.watch, silent_since=since))


def _say(
    draft: Draft,
    command: WatchMeter,
    meter: Meter,
    legs: Sequence[Watched],
    findings: Sequence[Finding],
    after: Watch,
) -> None:
    """Keep what is found of a meter that was not seen itself. Nothing that was said before is taken back."""
    hold_id = legs[0][0].hold_id if legs else None
    news = [finding for finding in findings if is_news(after, finding, hold_id)]
    after = with_matters(after, news, hold_id)
    if after != meter.watch:
        emit(draft, MeterWatched(command.at, meter.meter_id, after))
    raise_alarms(draft, command.at, meter.meter_id, hold_id, news)


def _seen(draft: Draft, command: WatchMeter, meter: Meter, look: Observation) -> None:
    """The right meter answered: compare, and correct what is known of it and of its legs."""
    said = len(draft.events)
    watching_legs.read_owed(draft, command, look)
    meter = draft.meter(command.meter_id)
    legs = watched_legs(meter, _holds(draft, command.hold_ids))
    findings = compare(legs[0][1], meter, look, command.rules) if legs else ()
    after = _remembered(meter, legs, look, findings, command)
    hold_id = legs[0][0].hold_id if legs else None
    news = [finding for finding in findings if is_news(after, finding, hold_id)]
    after = with_matters(after, news, hold_id)
    watching_legs.correct(draft, command, legs, look, after)
    actual = _actual(meter, legs, look)
    changed = replace(after, looked_at=None) != replace(meter.watch, looked_at=None)
    moved = actual is not None and (actual.state, actual.proof) != (meter.actual.state, meter.actual.proof)
    if changed or moved or len(draft.events) > said or _is_old(meter.watch.looked_at, command):
        register = look.registers[0] if look.registers else None
        emit(draft, MeterWatched(command.at, meter.meter_id, after, actual, look.identity.strength, register))
    raise_alarms(draft, command.at, meter.meter_id, hold_id, news)


def _is_old(kept_at: datetime | None, command: WatchMeter) -> bool:
    """Whether it is time to keep a look again, although it found nothing new."""
    return kept_at is None or command.at - kept_at >= timedelta(seconds=command.rules.keep_every_s)


def _remembered(
    meter: Meter, legs: Sequence[Watched], look: Observation, findings: Sequence[Finding], command: WatchMeter
) -> Watch:
    """What is remembered after a look: what was said and is well again is forgotten, so that it may be said again."""
    before = meter.watch
    standing = before.standing
    if legs:
        hold, leg = legs[0]
        found = {finding.code for finding in findings}
        standing = tuple(
            one
            for one in standing
            if one.hold_id != hold.hold_id or one.code in found or not _is_well(leg, look, one.code)
        )
    frozen_since = watching_legs.frozen_since(before, legs, look, command)
    return replace(before, looked_at=look.at, silent_since=None, standing=standing, frozen_since=frozen_since)


def _is_well(leg: Leg, look: Observation, code: Because) -> bool:
    """Whether a look shows that something which was said is over; not to see it is not enough."""
    worth = grade_of(leg, look)
    if code in _OF_SUPPLY:
        return looks_off(leg, look, worth)
    return code is not Because.USAGE_WHILE_HELD or not supply_is_on(worth)


def _actual(meter: Meter, legs: Sequence[Watched], look: Observation) -> Actual | None:
    """What was observed of supply; nothing where a look tells nothing. The same state as before keeps its proof."""
    state, proof = resting(look)
    if legs and legs[0][1].mode is not Mode.MONITOR_ONLY:
        worth = grade_of(legs[0][1], look)
        state, proof = worth.actual, worth.proof
        if state is SupplyState.UNKNOWN and not supply_is_on(worth):
            return None
    elif state is SupplyState.UNKNOWN:
        return None
    if state is meter.actual.state and meter.actual.proof.rank > proof.rank:
        proof = meter.actual.proof
    return Actual(state, proof, look.source, look.at)
