"""A water meter's body with two valves, one each for a group of taps."""

from dataclasses import replace

from meterhold_simulators.clock import SimClock
from meterhold_simulators.journal import Fate, Journal
from meterhold_simulators.meter import Mechanism, Truth
from meterhold_simulators.physics import Manifold, Valve
from meterhold_simulators.spec_base import WaterBase
from meterhold_simulators.water import WaterMeter


class GroupedWaterMeter(WaterMeter):
    """Two valves behind one inlet: supply is off only when both are shut."""

    def __init__(
        self, spec: WaterBase, serial: str, clock: SimClock, journal: Journal, *, second_demand_m3_h: float
    ) -> None:
        self._second: Valve | None = None
        super().__init__(spec, serial, clock, journal)
        self._second = replace(self.valve, demand_m3_h=second_demand_m3_h, volume_m3=0.0)
        self.manifold = Manifold(self.valves)
        self.interlocks.append(self._all_held)
        self.set_faults(spec.faults)

    @property
    def mechanism(self) -> Mechanism:
        """Both valves."""
        return self.valve if self._second is None else self.manifold

    @property
    def valves(self) -> tuple[Valve, ...]:
        """The valves, in the order of their groups."""
        return (self.valve,) if self._second is None else (self.valve, self._second)

    @property
    def shown_groups(self) -> tuple[bool, ...]:
        """What the device says of each group: what it was last told, or what it claims."""
        return tuple(
            valve.commanded_connected if valve.claimed_connected is None else valve.claimed_connected
            for valve in self.valves
        )

    @property
    def shown_connected(self) -> bool:
        """Whether the device says that water can flow anywhere."""
        return any(self.shown_groups)

    def show(self, *, connected: bool) -> None:
        """Say this state without having moved."""
        for valve in self.valves:
            valve.claimed_connected = connected

    def switch_groups(self, first: bool, second: bool, wire: bytes) -> None:  # noqa: FBT001 - a state for each group
        """Carry out a write that names a state for each group."""
        if first is second:
            self.switch(connected=first, wire=wire)
            return
        now = self.now()
        self.record(wire, f"group 1 {_word(first)}, group 2 {_word(second)}", Fate.APPLIED)
        for index, connected in enumerate((first, second)):
            if not (connected and index in self.manifold.held_shut):
                self.valves[index].command(now, connected=connected)
        self.changed()

    def hold_shut(self, held: frozenset[int]) -> None:
        """Let the device keep these groups shut."""
        if held != self.manifold.held_shut:
            self.manifold.hold_shut(self.now(), held)
            self.changed()

    def _all_held(self, connect: bool) -> bool:  # noqa: FBT001 - an interlock takes the target
        return connect and len(self.manifold.held_shut) == len(self.valves)

    def truth(self) -> Truth:
        """What is physically so, now."""
        one = super().truth()
        flow_m3_h = sum(valve.flow_m3_h for valve in self.valves)
        volume_m3 = sum(valve.volume_m3 for valve in self.valves)
        position = max(valve.position for valve in self.valves)
        supply = self.manifold.supply
        return replace(one, supply=supply, flow_m3_h=flow_m3_h, volume_m3=volume_m3, position=position)


def _word(connected: bool) -> str:  # noqa: FBT001 - one word for it
    return "connected" if connected else "disconnected"
