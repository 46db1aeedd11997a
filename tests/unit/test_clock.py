"""The steady clock: it does not follow a jump, says so, and takes it over once it has settled."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterhold.clock import SteadyClock, UuidIds

START = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass
class Machine:
    """A machine's two clocks, moved by hand."""

    wall: datetime = START
    seconds: float = 1000.0
    clock: SteadyClock = field(init=False)

    def __post_init__(self) -> None:
        """Start the clock under test."""
        self.clock = SteadyClock(wall=lambda: self.wall, monotonic=lambda: self.seconds, limit_s=2.0, settle_s=60.0)

    def pass_time(self, seconds: float) -> None:
        """Let both clocks run."""
        self.seconds += seconds
        self.wall += timedelta(seconds=seconds)

    def jump(self, seconds: float) -> None:
        """Set the wall clock."""
        self.wall += timedelta(seconds=seconds)


@pytest.fixture
def machine() -> Machine:
    """A machine whose clocks agree."""
    return Machine()


def test_runs_with_the_monotonic_clock(machine: Machine) -> None:
    """Undisturbed, civil time is the machine's, aware and in UTC."""
    machine.pass_time(90)
    assert machine.clock.now() == START + timedelta(seconds=90)
    assert machine.clock.now().tzinfo is UTC
    assert machine.clock.monotonic() == 1090.0
    assert machine.clock.check() == 0.0
    assert machine.clock.trusted()


@pytest.mark.parametrize("by_s", [3600.0, -3600.0, -1_700_000_000.0])
def test_does_not_follow_a_jump(machine: Machine, by_s: float) -> None:
    """An hour forward or back, or to 1970: our time goes on, and is no longer trusted."""
    machine.jump(by_s)
    machine.pass_time(1)
    assert machine.clock.check() == pytest.approx(by_s)
    assert machine.clock.now() == START + timedelta(seconds=1)
    assert not machine.clock.trusted()
    assert machine.clock.take_over() is None


def test_small_corrections_cost_no_trust(machine: Machine) -> None:
    """What a time server corrects within the limit is not a jump."""
    machine.jump(1.9)
    machine.clock.check()
    assert machine.clock.trusted()


def test_a_jump_that_is_undone_gives_trust_back(machine: Machine) -> None:
    """Nothing is taken over when the machine's clock comes back by itself."""
    machine.jump(500)
    machine.clock.check()
    machine.pass_time(10)
    machine.jump(-500)
    machine.clock.check()
    assert machine.clock.trusted()
    assert machine.clock.take_over() is None


@pytest.mark.parametrize("by_s", [7200.0, -7200.0])
def test_a_settled_jump_is_taken_over_once(machine: Machine, by_s: float) -> None:
    """After the settling time the machine's time is ours, the step is told, and trust returns."""
    machine.jump(by_s)
    machine.clock.check()
    machine.pass_time(59)
    assert machine.clock.take_over() is None
    machine.pass_time(2)
    assert machine.clock.take_over() == pytest.approx(by_s)
    assert machine.clock.trusted()
    assert machine.clock.now() == machine.wall
    assert machine.clock.take_over() is None


def test_a_clock_that_keeps_jumping_is_never_taken_over(machine: Machine) -> None:
    """Each new jump starts the settling time again."""
    for _ in range(10):
        machine.jump(100)
        machine.clock.check()
        machine.pass_time(40)
        assert machine.clock.take_over() is None
    assert not machine.clock.trusted()


def test_the_real_clocks_agree() -> None:
    """On a real machine the clock is trusted and shows its time."""
    clock = SteadyClock()
    assert abs(clock.check()) < 1
    assert clock.trusted()


def test_ids_are_version_7_uuids_of_their_time() -> None:
    """An id carries the millisecond at which it was given."""
    uuid = UUID(UuidIds(Random(1), lambda: START).new())
    assert uuid.version == 7
    assert uuid.int >> 80 == int(START.timestamp() * 1000)


@given(st.integers(), st.lists(st.integers(-5, 50), min_size=1, max_size=300))
def test_later_ids_sort_later(seed: int, steps_ms: list[int]) -> None:
    """Even many within one millisecond, and even when the clock steps back."""
    now = START
    ids = UuidIds(Random(seed), lambda: now)
    given_so_far: list[str] = []
    for step in steps_ms:
        now += timedelta(milliseconds=step)
        given_so_far.append(ids.new())
    assert given_so_far == sorted(set(given_so_far))
