"""Saying what is wrong at a meter once: an alarm when it comes up, none while it lasts, another when it comes again."""

from collections.abc import Sequence
from datetime import datetime

from meterhold.domain.decide.alarming import raise_alarm
from meterhold.domain.draft import Draft
from meterhold.domain.events import MeterWatched
from meterhold.domain.evolve import emit
from meterhold.domain.replacing import replace
from meterhold.domain.watch import Matter, Watch
from meterhold.domain.watching import Finding


def is_news(watch: Watch, finding: Finding, hold_id: str | None) -> bool:
    """Whether something has not been said, or has doubled since it was."""
    known = watch.matter(finding.code, hold_id)
    if known is None:
        return True
    return finding.level is not None and known.level is not None and finding.level >= 2 * known.level


def with_matters(watch: Watch, news: Sequence[Finding], hold_id: str | None) -> Watch:
    """Remember that these were said."""
    codes = {finding.code for finding in news}
    others = tuple(one for one in watch.standing if one.hold_id != hold_id or one.code not in codes)
    return replace(watch, standing=others + tuple(Matter(one.code, hold_id, one.level) for one in news))


def raise_alarms(draft: Draft, at: datetime, meter_id: str, hold_id: str | None, news: Sequence[Finding]) -> None:
    """Tell people."""
    for finding in news:
        raise_alarm(
            draft, at, finding.code, finding.detail, meter_id=meter_id, hold_id=hold_id, evidence=finding.evidence
        )


def say(draft: Draft, at: datetime, meter_id: str, hold_id: str, finding: Finding) -> None:
    """Say what was found outside the watch, so that the watch does not say it again while the hold lasts."""
    watch = draft.meter(meter_id).watch
    if not is_news(watch, finding, hold_id):
        return
    if not draft.hold(hold_id).final:
        emit(draft, MeterWatched(at, meter_id, with_matters(watch, [finding], hold_id)))
    raise_alarms(draft, at, meter_id, hold_id, [finding])
