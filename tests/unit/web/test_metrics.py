"""The instruments follow an operation from intent to outcome."""

from dataclasses import replace

from prometheus_client import CollectorRegistry

from meterhold.domain.draft import Draft, World
from meterhold.domain.events import CallsRefused, CheckpointNoted, CommandRefused, Event, OperationMoved
from meterhold.domain.hold import Hold
from meterhold.domain.operation import Move, Operation
from meterhold.domain.operation_table import OperationState, Trigger
from meterhold.domain.refusals import RefusedCalls
from meterhold.domain.words import Because, Outcome, SupplyState
from meterhold.engine.room import WatchedRoom
from meterhold.usecases.room import ELSEWHERE, RoomLimits, Space
from meterhold.web import Instruments
from tests.fakes.suspended_hold import HOLD, NOON, operation


def draft_of(move: Move, now: Operation) -> Draft:
    """A decision that moved the first leg's operation."""
    legs = (replace(HOLD.legs[0], operation=now), *HOLD.legs[1:])
    hold: Hold = replace(HOLD, legs=legs)
    draft = Draft(World(), events=[OperationMoved(NOON, "H-1", "E-1001", now.operation_id, move)])
    draft.holds["H-1"] = hold
    return draft


def test_an_operation_leaves_its_traces() -> None:
    """Intents, answers, looks and outcomes are counted, and doubt comes and goes."""
    registry = CollectorRegistry()
    instruments = Instruments(registry)
    work = operation("O-1", "E-1001", SupplyState.DISCONNECTED, NOON)

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(name, labels)

    for trigger, state in (
        (Trigger.LOOKED, OperationState.QUEUED),
        (Trigger.INTEND, OperationState.INTENDED),
        (Trigger.OUTCOME_LOST, OperationState.IN_DOUBT),
    ):
        instruments.committed([draft_of(Move(trigger, NOON), replace(work, state=state))])
    assert value("meterhold_in_doubt") == 1
    assert value("meterhold_writes_total", stage="intended") == 1
    assert value("meterhold_writes_total", stage="outcome_lost") == 1
    assert value("meterhold_looks_total", result="seen") == 1
    end = Move(Trigger.END, NOON, outcome=Outcome.UNRESOLVED)
    instruments.committed([draft_of(end, replace(work, state=OperationState.ENDED))])
    assert value("meterhold_in_doubt") == 0
    assert value("meterhold_operations_total", target="disconnected", outcome="unresolved") == 1
    assert value("meterhold_commits_total") == 4


def test_doubt_is_taken_over_at_start() -> None:
    """What was in doubt before a restart is shown from the first scrape on."""
    registry = CollectorRegistry()
    work = replace(operation("O-1", "E-1001", SupplyState.CONNECTED, NOON), state=OperationState.IN_DOUBT)
    Instruments(registry).resume([replace(HOLD, legs=(replace(HOLD.legs[0], operation=work),))])
    assert registry.get_sample_value("meterhold_in_doubt") == 1


def test_refusals_and_checkpoints_are_seen() -> None:
    """Single ones, those that were only counted, and when the heads were last noted."""
    registry = CollectorRegistry()
    instruments = Instruments(registry)
    flood = (RefusedCalls(None, Because.UNAUTHENTICATED, 480), RefusedCalls("cis", Because.FORBIDDEN, 7))
    events: list[Event] = [
        CommandRefused(NOON, None, "192.0.2.7", "GET /api/v1/keys", Because.UNAUTHENTICATED, "unknown key"),
        CallsRefused(NOON, NOON, flood),
        CheckpointNoted(NOON, 3, "abc"),
    ]
    instruments.committed([Draft(World(), events=events)])
    assert registry.get_sample_value("meterhold_refused_calls_total", {"code": "UNAUTHENTICATED"}) == 481
    assert registry.get_sample_value("meterhold_refused_calls_total", {"code": "FORBIDDEN"}) == 7
    assert registry.get_sample_value("meterhold_checkpoint_timestamp_seconds") == NOON.timestamp()


def test_the_room_of_the_store_is_read_when_it_is_asked_for() -> None:
    """Where the disk is ours to see; elsewhere there is no such number."""
    disk = [5000]
    registry = CollectorRegistry()
    instruments = Instruments(registry)
    instruments.watch_room(ELSEWHERE)
    assert registry.get_sample_value("meterhold_store_free_bytes") is None
    instruments.watch_room(WatchedRoom(lambda: Space(disk[0], 10_000), RoomLimits()))
    disk[0] = 300
    assert registry.get_sample_value("meterhold_store_free_bytes") == 300
