"""Who stands at the simulated meters: notes each write, how far the journal was then committed, and what was so."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from meterhold_simulators import Fate, Fleet
from tests.support.journal_file import last_seq


@dataclass(frozen=True, slots=True)
class WriteSeen:
    """A write that reached a meter's wire, also one that was lost or refused there."""

    meter_id: str
    at: datetime
    target: str
    """``connected`` or ``disconnected``; for one that the meter did not take, whatever the simulator knows of it."""
    fate: Fate
    reads_before: int
    """How often the meter had been read by then."""
    committed: int
    """The last event that was committed by then."""
    serial: str
    """Of the meter that was there."""

    @property
    def accepted(self) -> bool:
        """The meter took it."""
        return self.fate in {Fate.APPLIED, Fate.NOT_APPLIED}


@dataclass(frozen=True, slots=True)
class TruthSeen:
    """From when on a meter's supply was so."""

    meter_id: str
    at: datetime
    supply: str


@dataclass(slots=True)
class Witness:
    """What was seen so far."""

    now: Callable[[], datetime]
    writes: list[WriteSeen] = field(default_factory=list)
    truths: list[TruthSeen] = field(default_factory=list)

    def again(self) -> "Witness":
        """Another one, who knows what this one saw."""
        return Witness(self.now, list(self.writes), list(self.truths))

    @contextmanager
    def at(self, fleet: Fleet, store: Path) -> Iterator["Witness"]:
        """Watch a fleet whose gateway keeps its journal in a file."""
        record = fleet.journal.record

        def noted(meter_id: str, at_s: float, at: datetime, wire: bytes | str, target: str, fate: Fate) -> None:
            reads, serial = fleet.journal.reads[meter_id], fleet.meter(meter_id).serial
            self.writes.append(WriteSeen(meter_id, self.now(), target, fate, reads, last_seq(store), serial))
            record(meter_id, at_s, at, wire, target, fate)

        watchers = [(fleet.meter(meter_id), self._watcher(fleet, meter_id)) for meter_id in fleet.ids]
        fleet.journal.record = noted  # type: ignore[method-assign]  # stands in between, and hands on
        for meter, watcher in watchers:
            watcher()
            meter.watchers.append(watcher)
        try:
            yield self
        finally:
            fleet.journal.record = record  # type: ignore[method-assign]
            for meter, watcher in watchers:
                meter.watchers.remove(watcher)

    def _watcher(self, fleet: Fleet, meter_id: str) -> Callable[[], None]:
        last: str | None = None

        def look() -> None:
            nonlocal last
            supply = str(fleet.truth(meter_id).supply)
            if supply != last:
                last = supply
                self.truths.append(TruthSeen(meter_id, self.now(), supply))

        return look
