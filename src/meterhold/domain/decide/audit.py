"""What is kept for the record: nothing is refused here, and nothing but the record follows."""

from meterhold.domain import commands as c
from meterhold.domain import events as e
from meterhold.domain.decide.alarming import raise_alarm
from meterhold.domain.draft import Draft
from meterhold.domain.evolve import emit


def found_store(draft: Draft, command: c.FoundStore) -> None:
    """Give the store its identity, once."""
    if draft.site.store_id is None:
        emit(draft, e.StoreFounded(command.at, command.store_id))


def keep_checkpoint(draft: Draft, command: c.KeepCheckpoint) -> None:
    """Keep how far the checkpoints went."""
    emit(draft, e.CheckpointNoted(command.at, command.lines, command.link))


def keep_refusal(draft: Draft, command: c.KeepRefusal) -> None:
    """Keep that somebody was refused."""
    emit(
        draft,
        e.CommandRefused(command.at, command.by, command.source, command.what, command.code, command.detail),
    )


def keep_refused_calls(draft: Draft, command: c.KeepRefusedCalls) -> None:
    """Keep how many others were."""
    emit(draft, e.CallsRefused(command.at, command.since, command.calls))


def keep_reload(draft: Draft, command: c.KeepReload) -> None:
    """Keep what came of reading the configuration again."""
    if command.faults:
        emit(draft, e.ReloadRefused(command.at, command.faults))
    else:
        emit(draft, e.ConfigurationReloaded(command.at, command.profiles, command.gone, command.terms_changed))


def report_site_alarm(draft: Draft, command: c.ReportSiteAlarm) -> None:
    """Raise an alarm of the site as a whole, unless the same one is open already."""
    raise_alarm(draft, command.at, command.code, command.detail, subject=command.subject, evidence=command.evidence)
