"""A simulated meter's body: its mechanism, its faults and who watches it. Protocol faces stand outside it."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from meterhold_simulators.clock import SimClock
from meterhold_simulators.faults import NO_FAULTS, Faults, Model, misplaced
from meterhold_simulators.journal import Fate, Journal
from meterhold_simulators.physics import Supply


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is physically so, whatever the meter says on the wire."""

    id: str
    model: Model
    serial: str
    supply: Supply
    shown_connected: bool
    load_w: float | None = None
    load_a: float | None = None
    load_side_v: float | None = None
    energy_kwh: float | None = None
    position: float | None = None
    flow_m3_h: float | None = None
    volume_m3: float | None = None
    reads: int = 0
    writes: int = 0
    faults: dict[str, Any] = field(default_factory=dict)


class Mechanism(Protocol):
    """What a meter drives: a relay or a valve."""

    @property
    def supply(self) -> Supply:
        """The physical supply state."""

    def command(self, now: float, *, connected: bool, flip_back_after_s: float | None = None) -> None:
        """Take a command."""

    def press_button(self, now: float) -> None:
        """Reverse on the spot."""

    def next_change(self) -> float | None:
        """When something happens by itself."""

    def advance(self, now: float) -> None:
        """Bring the state to `now`."""


class Meter(ABC):
    """One meter. All wires reach its mechanism through `switch`, which journals and lets faults have their way."""

    def __init__(self, meter_id: str, model: Model, serial: str, clock: SimClock, journal: Journal) -> None:
        self.id = meter_id
        self.model = model
        self.serial = serial
        self.clock = clock
        self.journal = journal
        self.faults = NO_FAULTS
        self.faulty = False
        self.watchers: list[Callable[[], None]] = []
        self.interlocks: list[Callable[[bool], bool]] = []
        """Say whether a movement to this state (connected or not) is acknowledged and not done."""
        self._uses_left: dict[str, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: list[tuple[Callable[[Truth], bool], asyncio.Future[Truth]]] = []

    @property
    @abstractmethod
    def mechanism(self) -> Mechanism:
        """The relay or valve."""

    @property
    @abstractmethod
    def shown_connected(self) -> bool:
        """What the meter says of its own state."""

    @abstractmethod
    def show(self, *, connected: bool) -> None:
        """Say this state without having moved."""

    @abstractmethod
    def truth(self) -> Truth:
        """What is physically so, now."""

    @abstractmethod
    def _apply_faults(self) -> None:
        """Bring the mechanism in line with the faults."""

    def now(self) -> float:
        """Bring the mechanism to the present moment, and say which it is."""
        now = self.clock.now()
        self.mechanism.advance(now)
        return now

    def switch(self, *, connected: bool, wire: bytes | str, flip_back_after_s: float | None = None) -> Fate:
        """Carry out a write that has reached the meter, and journal it."""
        fate = Fate.APPLIED
        now = self.now()
        if any(holds(connected) for holds in self.interlocks):
            fate = Fate.NOT_APPLIED
        elif self.faulty:
            if self.take("ack_only"):
                fate = Fate.NOT_APPLIED
            elif self.take("echo_only") or (self.faults.prepaid_empty and connected):
                fate = Fate.NOT_APPLIED
                self.show(connected=connected and not self.faults.prepaid_empty)
            flip_back_after_s = self.faults.flips_back_after_s or flip_back_after_s
        self.record(wire, "connected" if connected else "disconnected", fate)
        if fate is Fate.APPLIED:
            self.mechanism.command(now, connected=connected, flip_back_after_s=flip_back_after_s)
        self.changed()
        return fate

    def record(self, wire: bytes | str, target: str, fate: Fate) -> None:
        """Journal a write to this meter."""
        self.journal.record(self.id, self.clock.now(), self.clock.wall(), wire, target, fate)

    def press_button(self) -> None:
        """Reverse the supply by hand, at the device."""
        self.mechanism.press_button(self.now())
        self.changed()

    def set_faults(self, faults: Faults, times: int | None = None) -> None:
        """Replace all faults; with `times`, those that strike one message each strike only so often."""
        wrong = misplaced(self.model, faults)
        if wrong:
            raise ValueError(f"meter {self.id}: {'; '.join(wrong)}")
        self.now()
        new = [name for name in Faults.model_fields if getattr(faults, name) != getattr(self.faults, name)]
        self.faults = faults
        self.faulty = faults != NO_FAULTS
        for name in new:
            self._uses_left.pop(name, None)
            if times is not None:
                self._uses_left[name] = times
        self._apply_faults()
        self.changed()

    def take(self, name: str) -> Any:  # noqa: ANN401 - a fault is a flag, a number or a word
        """The fault's value where it strikes now; counts down those that were set for a number of times."""
        value = getattr(self.faults, name)
        left = self._uses_left.get(name)
        if left is not None and value != getattr(NO_FAULTS, name):
            if left <= 1:
                self.set_faults(self.faults.model_copy(update={name: getattr(NO_FAULTS, name)}))
            else:
                self._uses_left[name] = left - 1
        return value

    def changed(self) -> None:
        """Tell all who watch, and set the timer for what happens next by itself."""
        self.rearm()
        for watcher in self.watchers:
            watcher()
        if self._waiting:
            self._answer_waiting()

    def rearm(self) -> None:
        """Set the timer for what the mechanism does next by itself."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self.mechanism.next_change()
        if due is not None:
            self._timer = asyncio.get_running_loop().call_later(self.clock.real_delay_s(due), self._on_timer)

    async def wait_until(self, wanted: Callable[[Truth], bool]) -> Truth:
        """Wait for a change after which the truth is as wanted; at once where it already is."""
        self.now()
        truth = self.truth()
        if wanted(truth):
            return truth
        future: asyncio.Future[Truth] = asyncio.get_running_loop().create_future()
        self._waiting.append((wanted, future))
        return await future

    def stop(self) -> None:
        """Let no timer outlive the fleet."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_timer(self) -> None:
        self._timer = None
        self.now()
        self.changed()

    def _answer_waiting(self) -> None:
        truth = self.truth()
        for waiting in tuple(self._waiting):
            wanted, future = waiting
            if future.done():
                self._waiting.remove(waiting)
            elif wanted(truth):
                self._waiting.remove(waiting)
                future.set_result(truth)
