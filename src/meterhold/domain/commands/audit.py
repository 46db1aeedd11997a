"""What is kept about the journal itself, and about what was refused at its door."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from meterhold.domain.commands.needs import Needs
from meterhold.domain.refusals import RefusedCalls
from meterhold.domain.words import Because


class _OfSite:
    """Decided on the site's row alone."""

    __slots__ = ()

    @property
    def needs(self) -> Needs:
        """The site."""
        return Needs()


@dataclass(frozen=True, slots=True)
class FoundStore(_OfSite):
    """Give a store its identity; one that has one keeps it."""

    at: datetime
    store_id: str


@dataclass(frozen=True, slots=True)
class KeepCheckpoint(_OfSite):
    """Keep how far the checkpoints went."""

    at: datetime
    lines: int
    link: str


@dataclass(frozen=True, slots=True)
class KeepRefusal(_OfSite):
    """Keep that somebody was refused."""

    at: datetime
    by: str | None
    source: str
    what: str
    code: Because
    detail: str


@dataclass(frozen=True, slots=True)
class KeepRefusedCalls(_OfSite):
    """Keep how many others were."""

    at: datetime
    since: datetime
    calls: tuple[RefusedCalls, ...]


@dataclass(frozen=True, slots=True)
class KeepReload(_OfSite):
    """Keep that the configuration was read again: taken over, or refused for its faults."""

    at: datetime
    profiles: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    terms_changed: bool = False
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportSiteAlarm(_OfSite):
    """Tell a person of what is wrong with the site as a whole."""

    at: datetime
    code: Because
    detail: str
    subject: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)
