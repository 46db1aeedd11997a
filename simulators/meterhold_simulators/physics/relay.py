"""A latching relay with a load behind it and energy that counts."""

from dataclasses import dataclass, field
from math import inf

from meterhold_simulators.physics.supply import Cause, Supply

_WS_PER_KWH = 3_600_000.0


@dataclass(frozen=True, slots=True)
class _Move:
    due: float
    connected: bool
    cause: Cause


@dataclass(slots=True)
class Relay:
    """Contacts, the armature that should move them, and the indicator that tells of it.

    The three are apart because real ones come apart: a welded contact stays when the armature moves, and an
    indicator that leads shows the command before anything has moved.
    """

    load_w: float = 0.0
    voltage_v: float = 230.0
    power_factor: float = 1.0
    energy_kwh: float = 0.0
    armature_connected: bool = True
    indicator_connected: bool = True
    indicator_leads: bool = False
    actuation_s: float = 0.0
    load_falls_after_s: float = 0.0
    welded: bool = False
    tripped: bool = False
    backfeed_v: float = 0.0
    at: float = 0.0
    last_cause: Cause = Cause.COMMAND
    _moves: list[_Move] = field(default_factory=list)
    _tail_until: float = -inf

    @property
    def contacts_connected(self) -> bool:
        """Whether the contacts conduct, whatever armature and indicator say."""
        return (self.armature_connected or self.welded) and not self.tripped

    @property
    def feeding(self) -> bool:
        """Whether current can reach the load now; it may outlast the indicator by `load_falls_after_s`."""
        return self.contacts_connected or self.at < self._tail_until

    @property
    def power_w(self) -> float:
        """Active power at the meter."""
        return self.load_w if self.feeding and self.voltage_v > 0 else 0.0

    @property
    def current_a(self) -> float:
        """Current through the contacts."""
        return self.power_w / (self.voltage_v * self.power_factor) if self.voltage_v > 0 else 0.0

    @property
    def load_side_v(self) -> float:
        """Voltage behind the contacts: the supply's, or what the premises feed back."""
        return self.voltage_v if self.feeding else self.backfeed_v

    @property
    def supply(self) -> Supply:
        """The physical supply state."""
        if self.command_pending or self.at < self._tail_until:
            return Supply.MOVING
        return Supply.CONNECTED if self.contacts_connected else Supply.DISCONNECTED

    @property
    def commanded_connected(self) -> bool:
        """Where the last command leads, carried out or not: what an output shows before its contactor has moved."""
        return next((move.connected for move in self._moves if move.cause is Cause.COMMAND), self.armature_connected)

    @property
    def command_pending(self) -> bool:
        """Whether a command has been taken and not yet carried out."""
        return any(move.cause is Cause.COMMAND for move in self._moves)

    @property
    def timer_due(self) -> float | None:
        """When a timer in the device will move the relay, or None."""
        return next((move.due for move in self._moves if move.cause is Cause.TIMER), None)

    def command(self, now: float, *, connected: bool, flip_back_after_s: float | None = None) -> None:
        """Take a command; the armature follows after `actuation_s` and may flip back by itself."""
        self.advance(now)
        self._moves = [move for move in self._moves if move.cause is not Cause.TIMER]
        if self.indicator_leads:
            self.indicator_connected = connected
        due = now + self.actuation_s
        self._moves.append(_Move(due, connected, Cause.COMMAND))
        if flip_back_after_s is not None:
            self._moves.append(_Move(due + flip_back_after_s, not connected, Cause.TIMER))
        self._moves.sort(key=lambda move: move.due)
        self.advance(now)

    def press_button(self, now: float) -> None:
        """Toggle on the spot, as a person at the device does."""
        self.advance(now)
        self._apply(_Move(now, not self.armature_connected, Cause.BUTTON))

    def trip(self, now: float) -> None:
        """Drop out on the spot, as a breaker does on a fault; what was commanded and not yet done is forgotten."""
        self.advance(now)
        self._moves.clear()
        if self.armature_connected:
            self._apply(_Move(now, connected=False, cause=Cause.TRIP))

    def next_change(self) -> float | None:
        """When something moves or falls by itself, or None."""
        due = self._moves[0].due if self._moves else inf
        if self.at < self._tail_until:
            due = min(due, self._tail_until)
        return due if due < inf else None

    def advance(self, now: float) -> None:
        """Bring the state to `now`, counting energy piece by piece. Time that goes back is ignored."""
        while self._moves and self._moves[0].due <= now:
            move = self._moves.pop(0)
            self._count(move.due)
            self._apply(move)
        self._count(now)

    def _apply(self, move: _Move) -> None:
        was_fed = self.contacts_connected
        self.armature_connected = self.indicator_connected = move.connected
        self.last_cause = move.cause
        if was_fed and not self.contacts_connected:
            self._tail_until = max(self.at, move.due) + self.load_falls_after_s
        elif move.connected:
            self._tail_until = -inf

    def _count(self, until: float) -> None:
        if until <= self.at:
            return
        if self.at < self._tail_until < until:
            self._add_energy(self._tail_until)
        self._add_energy(until)

    def _add_energy(self, until: float) -> None:
        self.energy_kwh += self.power_w * (until - self.at) / _WS_PER_KWH
        self.at = until
