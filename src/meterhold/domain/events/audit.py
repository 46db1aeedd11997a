"""What happened to the journal itself, and what was refused at its door."""

from dataclasses import dataclass
from datetime import datetime

from meterhold.domain.refusals import RefusedCalls
from meterhold.domain.words import Because


@dataclass(frozen=True, slots=True)
class StoreFounded:
    """The first thing that a store says. The hash of this event is its identity."""

    at: datetime
    store_id: str


@dataclass(frozen=True, slots=True)
class CheckpointNoted:
    """The ends of all chains were noted elsewhere, and this is how far those notes went."""

    at: datetime
    lines: int
    link: str
    """Hash over the last line and all before it."""


@dataclass(frozen=True, slots=True)
class CommandRefused:
    """Somebody asked for something and was refused, whether or not we know who it was."""

    at: datetime
    by: str | None
    """The authenticated caller; ``None``: nobody that we know."""
    source: str
    """The address that the call came from."""
    what: str
    """What was asked for, as the interface names it."""
    code: Because
    detail: str


@dataclass(frozen=True, slots=True)
class CallsRefused:
    """What else was refused in a while: too much to keep one by one."""

    at: datetime
    since: datetime
    calls: tuple[RefusedCalls, ...]


@dataclass(frozen=True, slots=True)
class ConfigurationReloaded:
    """Profiles, terms and policy were read again, and are what counts from now on."""

    at: datetime
    profiles: tuple[str, ...]
    """Those that are new or another version than before."""
    gone: tuple[str, ...]
    """Those that are no longer there."""
    terms_changed: bool


@dataclass(frozen=True, slots=True)
class ReloadRefused:
    """Something that was to be read again is faulty: all of it was left as it was."""

    at: datetime
    faults: tuple[str, ...]
