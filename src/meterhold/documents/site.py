"""What is true of the whole site and its registry, as every face shows it."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.site import Site


@dataclass(frozen=True, slots=True)
class InhibitView:
    """Whether the kill switch is on, by whom, why and since when."""

    on: bool
    by: str | None
    reason: str | None
    since: datetime | None


@dataclass(frozen=True, slots=True)
class RegisteredView:
    """What an import changed."""

    named: int
    changed: int
    retired: int


def view_inhibit(site: Site) -> InhibitView:
    """Show whether disconnects may leave."""
    inhibit = site.inhibit
    if inhibit is None:
        return InhibitView(on=False, by=None, reason=None, since=None)
    return InhibitView(on=True, by=inhibit.by, reason=inhibit.reason, since=inhibit.since)
