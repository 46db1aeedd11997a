"""What changes around holds: forecasts come in, operators raise and lift moratoria, and deferred holds are reviewed."""

from datetime import timedelta

from meterhold.domain import commands as c
from meterhold.domain import events as e
from meterhold.domain.decide import admission
from meterhold.domain.draft import Draft
from meterhold.domain.errors import Refused, UnknownThing
from meterhold.domain.evolve import emit
from meterhold.domain.hold_table import HoldStatus
from meterhold.domain.policy import Effect
from meterhold.domain.words import Because

LONGEST_MORATORIUM = timedelta(days=31)
"""It is for emergencies: what lasts longer is raised anew, by somebody who looked again."""
_AHEAD_AT_MOST = timedelta(minutes=5)
"""By how much the clock of who issues a forecast may be ahead of ours."""


def receive_forecasts(draft: Draft, command: c.ReceiveForecasts) -> None:
    """Keep the newest forecast of each area; an older one that comes late changes nothing."""
    for forecast in command.forecasts:
        if forecast.issued_at > command.at + _AHEAD_AT_MOST:
            detail = f"the forecast of {forecast.area!r} was issued at {forecast.issued_at}, which is yet to come"
            raise Refused(Because.MALFORMED, detail)
    for forecast in command.forecasts:
        known = draft.site.forecasts.get(forecast.area)
        if known is None or known.issued_at < forecast.issued_at:
            emit(draft, e.ForecastReceived(command.at, forecast))


def raise_moratorium(draft: Draft, command: c.RaiseMoratorium) -> None:
    """Raise it; those that are over go away with it."""
    raised = command.moratorium
    if raised.until_at <= max(command.at, raised.from_at):
        raise Refused(Because.MALFORMED, "until_at must lie in the future and after from_at")
    if raised.until_at - max(command.at, raised.from_at) > LONGEST_MORATORIUM:
        raise Refused(
            Because.MALFORMED, f"a moratorium lasts {LONGEST_MORATORIUM.days} days at most: raise it anew then"
        )
    for one in draft.site.moratoria:
        if one.until_at <= command.at:
            emit(draft, e.MoratoriumLifted(command.at, one.moratorium_id, "meterhold", "it was over"))
    emit(draft, e.MoratoriumRaised(command.at, raised))


def lift_moratorium(draft: Draft, command: c.LiftMoratorium) -> None:
    """End it now."""
    if all(one.moratorium_id != command.moratorium_id for one in draft.site.moratoria):
        raise UnknownThing(Because.NOT_FOUND, f"there is no moratorium {command.moratorium_id!r}")
    emit(draft, e.MoratoriumLifted(command.at, command.moratorium_id, command.by, command.reason))


def review(draft: Draft, command: c.ReviewHold) -> None:
    """Move a deferral to where the rules now put it; whatever else they say is said when the hold is due."""
    hold, at = draft.hold(command.hold_id), command.at
    if hold.status is not HoldStatus.SCHEDULED or hold.deferred_until is None or hold.deferred_until <= at:
        return
    verdicts = admission.judge(draft, hold, at, command.terms)
    moments = [verdict.until for verdict in verdicts if verdict.effect is Effect.DEFER and verdict.until is not None]
    until = max(moments, default=max(at, hold.starts_at))
    if until == hold.deferred_until:
        return
    admission.keep(draft, hold.hold_id, at, verdicts)
    emit(draft, e.HoldDeferred(at, hold.hold_id, until))
