"""A motor valve: it travels, water flows through what is free, and litres count."""

from dataclasses import dataclass, field
from math import inf

from meterhold_simulators.physics.supply import Cause, Supply

_SECONDS_PER_H = 3600.0
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class _Move:
    due: float
    target: float
    cause: Cause


@dataclass(slots=True)
class Valve:
    """A valve between 0 (shut) and 1 (free), driven by a motor that runs for the travel time, moved or not."""

    demand_m3_h: float = 0.0
    volume_m3: float = 0.0
    position: float = 1.0
    target: float = 1.0
    travel_s: float = 8.0
    actuation_s: float = 0.0
    jam_at: float | None = None
    leak_m3_h: float = 0.0
    pipe_empty: bool = False
    claimed_connected: bool | None = None
    at: float = 0.0
    last_cause: Cause = Cause.COMMAND
    _motor_until: float = -inf
    _moves: list[_Move] = field(default_factory=list)

    @property
    def flow_m3_h(self) -> float:
        """What flows now. A leaking seat passes water when shut, but never more than is asked for."""
        if self.pipe_empty:
            return 0.0
        leak = min(self.leak_m3_h, self.demand_m3_h)
        # The bound is for rounding alone.
        return min(leak + (self.demand_m3_h - leak) * self.position, self.demand_m3_h)

    @property
    def motor_running(self) -> bool:
        """Whether the motor drives; a jammed valve's motor runs its time as well."""
        return self.at < self._motor_until

    @property
    def jammed(self) -> bool:
        """Whether the motor has stopped short of its target, as the limit switches tell."""
        return not self.motor_running and self.position != self.target

    @property
    def commanded_connected(self) -> bool:
        """Where the last command leads, carried out or not: all that an output without limit switches knows."""
        commanded = next((move.target for move in self._moves if move.cause is Cause.COMMAND), self.target)
        return commanded > 0

    @property
    def indicator_connected(self) -> bool:
        """What the valve says of itself: its claim if it makes one; in travel, where it came from."""
        if self.claimed_connected is not None:
            return self.claimed_connected
        return self.target == 0 if self.motor_running else self.position > 0

    @property
    def supply(self) -> Supply:
        """The physical supply state: a leaking seat or a half-way jam leaves the premises connected."""
        if self.motor_running or any(move.cause is Cause.COMMAND for move in self._moves):
            return Supply.MOVING
        return Supply.DISCONNECTED if self.position == 0 and self.leak_m3_h == 0 else Supply.CONNECTED

    def command(self, now: float, *, connected: bool, flip_back_after_s: float | None = None) -> None:
        """Take a command; the motor starts after `actuation_s` and the device may reverse by itself after arrival."""
        self.advance(now)
        self._moves = [move for move in self._moves if move.cause is not Cause.TIMER]
        target = 1.0 if connected else 0.0
        due = now + self.actuation_s
        self._moves.append(_Move(due, target, Cause.COMMAND))
        if flip_back_after_s is not None:
            self._moves.append(_Move(due + self.travel_s + flip_back_after_s, 1.0 - target, Cause.TIMER))
        self._moves.sort(key=lambda move: move.due)
        self.advance(now)

    def postpone(self, due: float, *, connected: bool) -> None:
        """Let a watchdog in the device move the valve at `due`, unless it is postponed again or a command comes."""
        self._moves = [move for move in self._moves if move.cause is not Cause.TIMER]
        self._moves.append(_Move(due, 1.0 if connected else 0.0, Cause.TIMER))
        self._moves.sort(key=lambda move: move.due)

    def halt(self, now: float) -> None:
        """Stop the motor where it is, for good: half-way is then where the valve is meant to be."""
        self.advance(now)
        self._moves.clear()
        if self.motor_running:
            self._motor_until = self.at
            self.target = self.position

    def press_button(self, now: float) -> None:
        """Reverse on the spot, as a person at the device does."""
        self.advance(now)
        self._start(_Move(now, 0.0 if self.target > 0 else 1.0, Cause.BUTTON))

    def next_change(self) -> float | None:
        """When the motor starts or stops by itself, or None."""
        due = self._moves[0].due if self._moves else inf
        if self.motor_running:
            due = min(due, self._motor_until)
        return due if due < inf else None

    def advance(self, now: float) -> None:
        """Bring the state to `now`, counting water piece by piece. Time that goes back is ignored."""
        while self._moves and self._moves[0].due <= now:
            move = self._moves.pop(0)
            self._run(move.due)
            self._start(move)
        self._run(now)

    def _start(self, move: _Move) -> None:
        self.target = move.target
        self.claimed_connected = None
        self.last_cause = move.cause
        run_s = abs(self.target - self.position) * self.travel_s
        if run_s > 0:
            self._motor_until = move.due + run_s
        else:
            self._motor_until = -inf
            self.position = self._stop()

    def _stop(self) -> float:
        """Where the present run ends: at the target, or at the jam if that lies in the way."""
        if self.jam_at is None:
            return self.target
        low, high = sorted((self.position, self.target))
        return self.jam_at if low <= self.jam_at <= high else self.target

    def _run(self, until: float) -> None:
        if until <= self.at:
            return
        if self.motor_running:
            stop = self._stop()
            arrival = self.at + abs(stop - self.position) * self.travel_s
            moving_until = min(until, arrival, self._motor_until)
            if moving_until > self.at:
                self._add_water(moving_until, self._position_at(moving_until, stop, arrival))
            if until >= self._motor_until:
                if abs(self.position - self.target) < _ROUNDING:
                    self.position = self.target
                self._add_water(self._motor_until, self.position)
        self._add_water(until, self.position)

    def _position_at(self, when: float, stop: float, arrival: float) -> float:
        if when >= arrival:
            return stop
        step = (when - self.at) / self.travel_s
        return self.position + (step if stop > self.position else -step)

    def _add_water(self, until: float, position: float) -> None:
        """Count the trapezoid between the present flow and the flow at `position`."""
        if until < self.at:
            return
        before = self.flow_m3_h
        self.position = position
        self.volume_m3 += (before + self.flow_m3_h) / 2 * (until - self.at) / _SECONDS_PER_H
        self.at = until
