"""The referee bites: each rule that the other tests lean on has a case here that breaks it, and is named for it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from meterhold_simulators import Fate
from tests.support.journal_file import Happened
from tests.support.referee import Case, objections
from tests.support.witness import TruthSeen, WriteSeen

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """Seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def journal(*events: tuple[str, dict[str, Any]]) -> list[Happened]:
    """Events, numbered from 1, a second apart."""
    return [Happened(n, kind, {"at": at(n).isoformat(), **body}) for n, (kind, body) in enumerate(events, start=1)]


def queued(operation_id: str = "O-1", target: str = "disconnected") -> tuple[str, dict[str, Any]]:
    """An operation was planned."""
    return "operation_queued", {"operation": {"operation_id": operation_id, "target": target}}


def moved(trigger: str, operation_id: str = "O-1", **move: Any) -> tuple[str, dict[str, Any]]:  # noqa: ANN401
    """An operation took a step."""
    body = {"meter_id": "E-1", "operation_id": operation_id, "move": {"trigger": trigger, **move}}
    return "operation_moved", {**body, "hold_id": "H-1"}


def intended(operation_id: str = "O-1", writes: Sequence[str] = ("one",)) -> tuple[str, dict[str, Any]]:
    """A command was permitted."""
    return moved("intend", operation_id, intent={"writes": list(writes)})


def looked(seconds: float, *, confirms: bool) -> tuple[str, dict[str, Any]]:
    """A look was taken, at its own time."""
    return moved("looked", grade={"confirms": confirms}, observation={"at": at(seconds).isoformat()})


def write(committed: int, *, target: str = "disconnected", reads: int = 1, serial: str = "right") -> WriteSeen:
    """A write that the meter took, when so much was committed."""
    return WriteSeen("E-1", at(committed), target, Fate.APPLIED, reads, committed, serial)


SWITCHED = (TruthSeen("E-1", at(0), "connected"), TruthSeen("E-1", at(3.5), "disconnected"))
GOOD = journal(
    queued(),
    looked(2, confirms=False),
    intended(),
    moved("acknowledged"),
    looked(5, confirms=True),
    moved("end", outcome="verified"),
)


def found(
    events: Sequence[Happened], *writes: WriteSeen, truths: Sequence[TruthSeen] = SWITCHED, serial: str | None = None
) -> list[str]:
    """What the referee says; ``serial`` is the device that is meant."""
    return list(objections(Case(events, writes, truths, {} if serial is None else {"E-1": serial})))


def test_a_fair_operation_is_not_objected_to() -> None:
    """One intent, one write, a look that confirms, and the truth as verified."""
    assert found(GOOD, write(3), serial="right") == []


def test_a_write_before_its_intent_is_committed() -> None:
    """The intent is there in the end; when the write came it was not."""
    (objection,) = found(GOOD, write(2))
    assert "no committed intent" in objection


def test_a_second_write_on_one_intent() -> None:
    """Even after a look: an intent is good for one write."""
    assert any("no committed intent of its own" in objection for objection in found(GOOD, write(3), write(5, reads=2)))


def test_a_command_of_several_writes() -> None:
    """One intent names them all; one more than it names is one too many."""
    events = journal(queued(), looked(2, confirms=False), intended(writes=("unlock", "switch")))
    assert found(events, write(3), write(3)) == []
    assert any("no committed intent" in objection for objection in found(events, write(3), write(3), write(3)))


def test_a_write_in_the_other_direction() -> None:
    """The intent said disconnect."""
    assert any("says connected" in objection for objection in found(GOOD, write(3, target="connected")))


def test_a_write_to_another_device() -> None:
    """The right address, the wrong meter."""
    (objection,) = found(GOOD, write(3, serial="wrong"), serial="right")
    assert "where right is meant" in objection


def test_two_intents_without_a_look_between_them() -> None:
    """In the journal no look stands between the two, and at the meter nothing was read."""
    events = journal(queued(), looked(2, confirms=False), intended(), moved("outcome_lost"), intended())
    said = found(events, write(3), write(5))
    assert any("without a look between them" in objection for objection in said)
    assert any("no read between them" in objection for objection in said)


@pytest.mark.parametrize(
    ("kind", "body", "target"),
    [("meter_locked", {"meter_id": "E-1"}, "connected"), ("inhibit_set", {}, "disconnected")],
)
def test_an_intent_against_a_stop(kind: str, body: dict[str, Any], target: str) -> None:
    """Under a lock nothing may be intended; under the inhibit no disconnect."""
    events = journal((kind, body), queued(target=target), looked(3, confirms=False), intended())
    assert any("under" in objection for objection in found(events, write(4, target=target)))


@pytest.mark.parametrize(
    ("kinds", "target"), [(("inhibit_set",), "connected"), (("inhibit_set", "inhibit_lifted"), "disconnected")]
)
def test_an_intent_that_no_stop_forbids(kinds: Sequence[str], target: str) -> None:
    """Reconnects leave under the inhibit, and all does once it is lifted."""
    events = journal(*((kind, {}) for kind in kinds), queued(target=target), looked(4, confirms=False), intended())
    assert found(events, write(len(events), target=target)) == []


def test_two_operations_unresolved_at_once() -> None:
    """The second one's intent came before the first was resolved."""
    events = journal(
        queued("O-1"), looked(2, confirms=False), intended(), queued("O-2", "connected"), looked(5, confirms=False)
    )
    events += [Happened(6, "operation_moved", {**intended("O-2")[1], "at": at(6).isoformat()})]
    assert any("unresolved at once" in objection for objection in found(events, write(3)))


def test_verified_without_a_look_that_confirms() -> None:
    """The last look since the write said otherwise, or there was none."""
    weak = journal(queued(), looked(2, confirms=False), intended(), moved("end", outcome="verified"))
    assert any("without a look that confirms" in objection for objection in found(weak, write(3)))


def test_verified_against_the_truth() -> None:
    """The headline figure: it was not so."""
    (objection,) = found(GOOD, write(3), truths=SWITCHED[:1])
    assert objection.startswith("FALSE SUCCESS at E-1")


@pytest.mark.parametrize(("trigger", "truth"), [("suspended", "connected"), ("restored", "disconnected")])
def test_a_hold_that_is_called_what_its_meters_are_not(trigger: str, truth: str) -> None:
    """Unless a person accepted the leg as it is."""
    hold = {"hold_id": "H-1", "legs": [{"meter_id": "E-1", "mode": "physical"}]}
    opened, moving = ("hold_opened", {"hold": hold}), ("hold_moved", {"hold_id": "H-1", "trigger": trigger})
    accepted = ("leg_accepted", {"hold_id": "H-1", "meter_id": "E-1"})
    truths = (TruthSeen("E-1", at(0), truth),)
    (objection,) = found(journal(opened, moving), truths=truths)
    assert f"called {trigger}" in objection
    assert found(journal(opened, accepted, moving), truths=truths) == []
