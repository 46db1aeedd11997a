"""The referee: compares what the gateway's journal says with what was seen at the meters. Shares no code with either.

Each rule yields what is wrong, as a sentence. No sentence: the promise was kept.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.support.journal_file import Happened, moment, read_events
from tests.support.witness import TruthSeen, Witness, WriteSeen

SUPPLY = frozenset({"connected", "disconnected"})


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an operation, as the journal has it."""

    seq: int
    meter_id: str
    operation_id: str
    trigger: str
    target: str
    move: Mapping[str, Any]

    @property
    def writes(self) -> int:
        """How many writes an intent names: the steps of one command."""
        return len(self.move["intent"]["writes"])


@dataclass(frozen=True)
class Case:
    """Everything that there is to judge."""

    events: Sequence[Happened]
    writes: Sequence[WriteSeen]
    truths: Sequence[TruthSeen]
    serials: Mapping[str, str] = field(default_factory=dict)
    """Which device is meant, for the meters that can tell."""

    def meant_for(self, write: WriteSeen) -> str | None:
        """Which device a write is for: the one that was put there by the last exchange that was recorded before it."""
        exchanges = [
            event.body["exchange"]["new_serial"]
            for event in self.events
            if event.kind == "meter_exchanged"
            and event.body["meter_id"] == write.meter_id
            and event.seq <= write.committed
        ]
        # The one model that is exchanged in tests tells its serial number with leading zeros.
        return exchanges[-1].lstrip("0") if exchanges else self.serials.get(write.meter_id)

    @cached_property
    def steps(self) -> list[Step]:
        """The steps of all operations."""
        targets = {
            event.body["operation"]["operation_id"]: event.body["operation"]["target"]
            for event in self.events
            if event.kind == "operation_queued"
        }
        return [
            Step(
                event.seq,
                event.body["meter_id"],
                event.body["operation_id"],
                event.body["move"]["trigger"],
                targets[event.body["operation_id"]],
                event.body["move"],
            )
            for event in self.events
            if event.kind == "operation_moved"
        ]

    def intent_of(self, write: WriteSeen) -> Step | None:
        """The last intent for its meter that was committed when a write came."""
        intents = (
            step
            for step in self.steps
            if step.meter_id == write.meter_id and step.trigger == "intend" and step.seq <= write.committed
        )
        return max(intents, key=lambda step: step.seq, default=None)

    def supply(self, meter_id: str, at: datetime) -> str:
        """What was physically so at a moment."""
        seen = [truth.supply for truth in self.truths if truth.meter_id == meter_id and truth.at <= at]
        return seen[-1] if seen else "never seen"


def judge(store: Path, witness: Witness, serials: Mapping[str, str]) -> list[str]:
    """Say everything that is wrong."""
    return list(objections(Case(read_events(store), witness.writes, witness.truths, serials)))


def objections(case: Case) -> Iterator[str]:
    """Apply every rule."""
    yield from _written_without_permission(case)
    yield from _permitted_without_looking(case)
    yield from _permitted_while_stopped(case)
    yield from _two_unresolved(case)
    yield from _verified_in_error(case)
    yield from _called_so_in_error(case)


def _written_without_permission(case: Case) -> Iterator[str]:
    """Each write is one that an intent names, committed before it, with its target, for the device that was there."""
    used: Counter[int] = Counter()
    for write in case.writes:
        where = f"{write.meter_id}: a write at {write.at:%H:%M:%S.%f}"
        intent = case.intent_of(write)
        if intent is None or used[intent.seq] == intent.writes:
            yield f"{where} has no committed intent of its own"
            continue
        used[intent.seq] += 1
        if write.accepted and write.target in SUPPLY and write.target != intent.target:
            yield f"{where} says {write.target}, its intent {intent.target}"
        expected = case.meant_for(write)
        if expected is not None and write.serial != expected:
            yield f"{where} went to {write.serial}, where {expected} is meant"


def _permitted_without_looking(case: Case) -> Iterator[str]:
    """Between two intents at a meter there is a look: in the journal, and at the meter between their writes."""
    for meter_id in {write.meter_id for write in case.writes}:
        steps = [step for step in case.steps if step.meter_id == meter_id]
        for former, latter in pairwise(step for step in steps if step.trigger == "intend"):
            if not any(step.trigger == "looked" and former.seq < step.seq < latter.seq for step in steps):
                yield f"{meter_id}: intents {former.seq} and {latter.seq} without a look between them"
        for first, second in pairwise(write for write in case.writes if write.meter_id == meter_id):
            same_intent = case.intent_of(first) == case.intent_of(second)
            if second.reads_before <= first.reads_before and not same_intent:
                yield f"{meter_id}: two writes, the second at {second.at:%H:%M:%S.%f}, and no read between them"


def _permitted_while_stopped(case: Case) -> Iterator[str]:
    """No intent under a lock; no intent to disconnect under the inhibit."""
    locked: set[str] = set()
    inhibited = False
    steps = {step.seq: step for step in case.steps}
    for event in case.events:
        match event.kind:
            case "meter_locked":
                locked.add(event.body["meter_id"])
            case "meter_unlocked":
                locked.discard(event.body["meter_id"])
            case "inhibit_set" | "inhibit_lifted":
                inhibited = event.kind == "inhibit_set"
            case "operation_moved" if steps[event.seq].trigger == "intend":
                step = steps[event.seq]
                if step.meter_id in locked:
                    yield f"{step.meter_id}: intent {step.seq} under a lock"
                if inhibited and step.target == "disconnected":
                    yield f"{step.meter_id}: intent {step.seq} to disconnect under the inhibit"
            case _:
                pass


def _two_unresolved(case: Case) -> Iterator[str]:
    """A meter has at most one operation whose write is not resolved."""
    unresolved: dict[str, set[str]] = {}
    for step in case.steps:
        open_ones = unresolved.setdefault(step.meter_id, set())
        match step.trigger:
            case "intend":
                open_ones.add(step.operation_id)
                if len(open_ones) > 1:
                    yield f"{step.meter_id}: {sorted(open_ones)} are unresolved at once"
            case "end" | "write_never_sent":
                open_ones.discard(step.operation_id)
            case _:
                pass


def _verified_in_error(case: Case) -> Iterator[str]:
    """``verified`` rests on a look that confirmed, and at that look's time it was physically so."""
    looks: dict[str, Mapping[str, Any]] = {}
    for step in case.steps:
        if step.trigger == "intend":
            looks.pop(step.operation_id, None)
        if step.trigger == "looked":
            looks[step.operation_id] = step.move
        if step.trigger != "end" or step.move["outcome"] != "verified":
            continue
        look = looks.get(step.operation_id)
        grade, seen = (None, None) if look is None else (look.get("grade"), look.get("observation"))
        if not isinstance(grade, dict) or not isinstance(seen, dict) or not grade["confirms"]:
            yield f"{step.meter_id}: {step.operation_id} is verified without a look that confirms it"
            continue
        truth = case.supply(step.meter_id, moment(seen["at"]))
        if truth != step.target:
            yield f"FALSE SUCCESS at {step.meter_id}: {step.operation_id} is verified {step.target}, it was {truth}"


def _called_so_in_error(case: Case) -> Iterator[str]:
    """A hold is suspended when something is off, and restored when nothing is, unless a person accepted it as it is."""
    meters: dict[str, list[str]] = {}
    accepted: dict[str, set[str]] = {}
    for event in case.events:
        match event.kind:
            case "hold_opened":
                hold = event.body["hold"]
                meters[hold["hold_id"]] = [leg["meter_id"] for leg in hold["legs"] if leg["mode"] != "monitor_only"]
            case "leg_accepted":
                accepted.setdefault(event.body["hold_id"], set()).add(event.body["meter_id"])
            case "hold_moved" if event.body["trigger"] in {"suspended", "restored"}:
                hold_id = event.body["hold_id"]
                told = [meter_id for meter_id in meters[hold_id] if meter_id not in accepted.get(hold_id, set())]
                truths = {meter_id: case.supply(meter_id, event.at) for meter_id in told}
                yield from _wrongly_called(event.body["trigger"], truths)
            case _:
                pass


def _wrongly_called(status: str, truths: Mapping[str, str]) -> Iterator[str]:
    if status == "suspended" and truths and "disconnected" not in truths.values():
        yield f"a hold is called suspended, and its meters are {truths}"
    if status == "restored" and set(truths.values()) - {"connected"}:
        yield f"a hold is called restored, and its meters are {truths}"
