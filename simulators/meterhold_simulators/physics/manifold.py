"""Several valves side by side behind one inlet."""

from dataclasses import dataclass

from meterhold_simulators.physics.supply import Supply
from meterhold_simulators.physics.valve import Valve


@dataclass(slots=True)
class Manifold:
    """Valves that one command moves together, but for those that the device holds shut."""

    valves: tuple[Valve, ...]
    held_shut: frozenset[int] = frozenset()

    @property
    def supply(self) -> Supply:
        """The physical supply state: off only when every valve is shut."""
        states = {valve.supply for valve in self.valves}
        for state in (Supply.MOVING, Supply.CONNECTED):
            if state in states:
                return state
        return Supply.DISCONNECTED

    def command(self, now: float, *, connected: bool, flip_back_after_s: float | None = None) -> None:
        """Take a command for all."""
        for index, valve in enumerate(self.valves):
            if not (connected and index in self.held_shut):
                valve.command(now, connected=connected, flip_back_after_s=flip_back_after_s)

    def hold_shut(self, now: float, held: frozenset[int]) -> None:
        """Shut these and let no command move them until they are no longer named."""
        self.held_shut = held
        for index in held:
            if self.valves[index].commanded_connected:
                self.valves[index].command(now, connected=False)

    def press_button(self, now: float) -> None:
        """Reverse all on the spot."""
        for valve in self.valves:
            valve.press_button(now)

    def next_change(self) -> float | None:
        """When something happens by itself, or None."""
        return min((due for valve in self.valves if (due := valve.next_change()) is not None), default=None)

    def advance(self, now: float) -> None:
        """Bring every valve to `now`."""
        for valve in self.valves:
            valve.advance(now)
