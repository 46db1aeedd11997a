"""A device that speaks by itself is looked at at once, and not more often than makes sense."""

from dataclasses import replace
from datetime import timedelta

import pytest

from meterhold.domain.draft import Draft, World
from meterhold.domain.events import Event, HoldMoved, InhibitLifted, MeterUnlocked
from meterhold.domain.hold_table import HoldStatus, HoldTrigger
from meterhold.domain.meter import Installation, Meter
from meterhold.domain.observation import Observation
from meterhold.domain.operation import Operation, OperationKind
from meterhold.domain.operation_table import OperationState
from meterhold.domain.words import Because, Service, SupplyState
from meterhold.engine.board import Board
from meterhold.engine.hearing import Hearing
from meterhold.engine.releasing import ended_stops
from tests.fakes.suspended_hold import HOLD, NOON, operation

METER = Meter(Installation("E-1001", "SP-1", Service.ELECTRICITY, "model", "broker", "site/e"), open_holds=("H-1",))
HOUR = timedelta(hours=1)
KEY = ("H-1", "E-1001")


def waiting(**fields: object) -> Operation:
    """An operation whose next turn is an hour away."""
    plain = operation("H-1:E-1001:2", "E-1001", SupplyState.CONNECTED, NOON)
    return replace(plain, link="broker", due_at=NOON + HOUR, **fields)  # type: ignore[arg-type]


def board_with(one: Operation) -> Board:
    """A board that knows it."""
    board = Board(meters={"E-1001": METER})
    leg = replace(HOLD.legs[0], operation=one, check=None)
    if one.watches:
        leg = replace(leg, operation=None, check=one)
    board.put(replace(HOLD, status=HoldStatus.RESTORING, legs=(leg,)))
    return board


AT_CARRIER = waiting(state=OperationState.AT_CARRIER, writes=1)


def test_what_waits_for_its_device_is_handed_out_when_the_device_speaks() -> None:
    """An hour before its turn, and said to be so."""
    board = board_with(AT_CARRIER)
    assert board.next("broker", NOON) is None
    assert board.hurry("E-1001", NOON, 1.0) == {"broker"}
    assert board.next("broker", NOON) is not None
    assert board.in_hurry(KEY)
    board.done(KEY)
    assert not board.in_hurry(KEY)
    assert board.next("broker", NOON) is None


@pytest.mark.parametrize(
    ("one", "hurried"),
    [
        (AT_CARRIER, True),
        (waiting(failed_looks=1, because=Because.DEVICE_OFFLINE), True),
        (waiting(kind=OperationKind.AWAIT_BUTTON), True),
        (waiting(state=OperationState.OBSERVING, writes=1), True),
        (waiting(), False),
        (waiting(because=Because.TECHNICIAN_LOCK), False),
        (waiting(state=OperationState.OBSERVING, writes=1, because=Because.LOAD_SIDE_VOLTAGE), False),
        (waiting(kind=OperationKind.CHECK), False),
    ],
)
def test_only_what_waits_for_the_device_is_hurried(one: Operation, hurried: bool) -> None:
    """A lock, an interlock's interval and a check's time are not the device's to shorten."""
    board = board_with(one)
    assert bool(board.hurry("E-1001", NOON, 1.0)) is hurried
    assert (board.next("broker", NOON) is not None) is hurried


def test_a_talkative_device_is_looked_at_at_a_pace() -> None:
    """A second after the last look, however often it speaks."""
    board = board_with(replace(AT_CARRIER, last_look=Observation(NOON)))
    for _ in range(5):
        board.hurry("E-1001", NOON, 1.0)
    assert board.next("broker", NOON) is None
    assert board.next("broker", NOON + timedelta(seconds=1)) is not None
    assert board.next("broker", NOON + timedelta(seconds=1)) is None


def test_what_is_said_during_a_turn_is_not_forgotten() -> None:
    """The look may have been older than the message."""
    board = board_with(AT_CARRIER)
    board.hurry("E-1001", NOON, 1.0)
    assert board.next("broker", NOON) is not None
    board.hurry("E-1001", NOON, 1.0)
    assert board.next("broker", NOON) is None, "it is under way"
    board.done(KEY)
    assert board.next("broker", NOON) is not None


def test_a_meter_without_work_is_nobodys_hurry() -> None:
    """Nothing is kept of what it says."""
    assert Board().hurry("E-1001", NOON, 1.0) == set()


@pytest.mark.parametrize(
    ("because", "event"),
    [
        (Because.TECHNICIAN_LOCK, MeterUnlocked(NOON, "E-1001", "fitter", "")),
        (Because.INHIBITED, InhibitLifted(NOON, "desk", "")),
        (Because.HELD_BY, HoldMoved(NOON, "H-1", HoldTrigger.RESTORE)),
    ],
)
def test_what_a_person_or_another_hold_kept_is_handed_out_when_that_is_over(because: Because, event: Event) -> None:
    """An hour before it would be asked again; nothing else is."""
    for kept in (because, Because.CLOCK):
        board = board_with(waiting(because=kept))
        draft = Draft(World(holds=dict(board.holds)), events=[event])
        links = {link for stop in ended_stops([draft]) for link in board.release(*stop, NOON)}
        assert links == ({"broker"} if kept is because else set())
        assert (board.next("broker", NOON) is not None) is (kept is because)


class Engine:
    """Remembers what it was told."""

    def __init__(self) -> None:
        """Know nothing."""
        self.told: list[tuple[str, ...]] = []

    def heard(self, meter_id: str) -> None:
        """A meter spoke."""
        self.told.append((meter_id,))

    def found_command(self, meter_id: str, topic: str) -> None:
        """A command was found."""
        self.told.append((meter_id, topic))


def test_a_topic_is_that_of_its_meters_on_that_link() -> None:
    """Two channels of one device may share it; what nobody has is nobody's."""
    hearing, engine = Hearing(), Engine()
    hearing.message("broker", "a/state")
    hearing.engine = engine  # type: ignore[assignment]
    for meter_id in ("E-1", "E-2", "E-1"):
        hearing.learn("broker", meter_id, speaks_on=["a/state"], obeys=[f"{meter_id}/set"])
    hearing.message("broker", "a/state")
    hearing.message("other", "a/state")
    hearing.message("broker", "b/state")
    hearing.retained_command("broker", "E-2/set")
    hearing.retained_command("broker", "a/state")
    assert engine.told == [("E-1",), ("E-2",), ("E-2", "E-2/set")]
