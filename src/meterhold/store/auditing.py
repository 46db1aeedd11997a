"""Whether a whole store is what was written: its chains, held against what was noted of them elsewhere."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, select

from meterhold.store.chain import Head
from meterhold.store.checking import ChainReport, verify_chain
from meterhold.store.checkpoints import Anchor, Noted, read_heads, read_noted
from meterhold.store.schema import reading
from meterhold.store.tables import EVENTS

FOUNDED = "store_founded"
"""The kind of the event whose hash is the store's identity: its time and its random name make it the only one."""
NOTED = "checkpoint_noted"


Verify = Callable[[Iterable[Head]], tuple[ChainReport, ...]]
"""Checks the chains against heads."""


class AuditState(StrEnum):
    """What an audit of a store finds. Where several things are wrong, the one that explains most."""

    REPLACED = "replaced"
    """Another store stands in its place, or one whose chain was made anew from the very first event."""
    REWRITTEN = "rewritten"
    """It is the store that was founded, and a part of what was noted is no longer what it says."""
    EDITED = "edited"
    """An event is not what was written."""
    MISSING = "missing"
    """An event was taken out, before others."""
    TRUNCATED = "truncated"
    """What was written last, or a whole writer, is gone."""
    UNANCHORED = "unanchored"
    """The chains are sound, and the checkpoints are not those that the journal says were noted."""
    INTACT = "intact"


class CheckpointState(StrEnum):
    """What became of the checkpoints themselves."""

    NONE = "none"
    """Nothing was ever noted: a chain that was cut off or replaced would not show."""
    SOUND = "sound"
    EDITED = "edited"
    """A line does not follow from those before it."""
    SHORT = "short"
    """They end before the line that the journal says was noted, or are gone."""


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What an audit found."""

    state: AuditState
    store: str | None
    """The store's identity: the hash of the event that founded it."""
    checkpoints: CheckpointState
    chains: tuple[ChainReport, ...]


def audit_store(url: str, checkpoints: Path | None) -> AuditReport:
    """Hold the store at ``url`` against its checkpoints. May run while the store is being written."""
    # In this order: what the journal says was noted is in the file by now, and what the file says is in the store.
    with reading(url) as connection:
        store, anchor = read_identity(connection), last_anchor(connection)
    return judge(store, anchor, read_noted(checkpoints), lambda heads: verify_chain(url, heads))


def judge(store: str | None, anchor: Anchor | None, noted: Noted, verify: Verify) -> AuditReport:
    """Say what is so of a store, given what was noted of it and what a check of its chains finds."""
    kept = _state_of(noted, anchor)
    if noted.stores not in {(), (store,)} and _is_another(store, noted, verify):
        return AuditReport(AuditState.REPLACED, store, kept, verify(()))
    chains = verify(noted.heads)
    states = {AuditState(chain.state) for chain in chains} | {AuditState.INTACT}
    if kept in {CheckpointState.EDITED, CheckpointState.SHORT}:
        states.add(AuditState.UNANCHORED)
    return AuditReport(next(state for state in AuditState if state in states), store, kept, chains)


def _is_another(store: str | None, noted: Noted, verify: Verify) -> bool:
    """Whether it is another store, and not the noted one that lost the event by which it is known."""
    if store is not None:
        return True
    chains = verify(())
    return bool(chains) and not {chain.writer for chain in chains} & {head.writer for head in noted.heads}


def read_identity(connection: Connection) -> str | None:
    """Read which store this is; ``None``: it was never founded, or has lost its first event."""
    founding = select(EVENTS.c.hash).where(EVENTS.c.stream == "site", EVENTS.c.kind == FOUNDED)
    found: str | None = connection.scalar(founding.order_by(EVENTS.c.seq).limit(1))
    return found


@dataclass(frozen=True, slots=True)
class JournalState:
    """What the journal says of itself, for whoever notes it elsewhere."""

    store: str | None
    anchor: Anchor | None
    """How far the checkpoints went, as the journal has it."""
    anchored: bool
    """Nothing has happened since."""
    heads: tuple[Head, ...]


def read_state(connection: Connection) -> JournalState:
    """Read it; what is written meanwhile is noted the next time."""
    last = connection.scalar(select(EVENTS.c.kind).order_by(EVENTS.c.seq.desc()).limit(1))
    return JournalState(read_identity(connection), last_anchor(connection), last == NOTED, read_heads(connection))


def last_anchor(connection: Connection) -> Anchor | None:
    """Read how far the checkpoints went, as the journal has it. A body that was edited shows in its chain."""
    last = select(EVENTS.c.body).where(EVENTS.c.stream == "site", EVENTS.c.kind == NOTED)
    body = connection.scalar(last.order_by(EVENTS.c.seq.desc()).limit(1))
    return None if body is None else anchor_in(body)


def anchor_in(body: str) -> Anchor | None:
    """Find the anchor in an event's body, where there is one."""
    try:
        said = json.loads(body)
        return Anchor(int(said["lines"]), str(said["link"]))
    except (ValueError, KeyError, TypeError):
        return None


def _state_of(noted: Noted, anchor: Anchor | None) -> CheckpointState:
    if noted.broken_at is not None:
        return CheckpointState.EDITED
    if anchor is not None and not noted.holds(anchor):
        return CheckpointState.SHORT
    return CheckpointState.SOUND if noted.links else CheckpointState.NONE
