"""The instruments follow an operation from intent to outcome."""

from dataclasses import replace

from prometheus_client import CollectorRegistry

from meterhold.domain.draft import Draft, World
from meterhold.domain.events import OperationMoved
from meterhold.domain.hold import Hold
from meterhold.domain.operation import Move, Operation
from meterhold.domain.operation_table import OperationState, Trigger
from meterhold.domain.words import Outcome, SupplyState
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
